"""Values of the running request that the interest did not ask for."""

from __future__ import annotations

from . import host


def get(name: str) -> str | None:
    """The value of a `$context` name without its prefix, such as `requestId`."""
    return host.context.get(name)
