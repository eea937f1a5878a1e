"""Secrets that the operator named and granted to this plugin."""

from . import host


def get(name: str) -> str:
    """The value of a secret."""
    return host.call(host.secrets.get, name)
