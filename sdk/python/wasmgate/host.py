"""The imports of the contract: the gateway's in a plugin, and a stand-in's in tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

Err: Any
bindings: Any
try:
    import wit_world.imports as bindings
    from componentize_py_types import Err
    from wit_world.imports import assets, clock, context, crypto, http, kv, log, metrics, random, secrets, table, types
except ImportError:
    from . import mock as bindings
    from .mock import Err, assets, clock, context, crypto, http, kv, log, metrics, random, secrets, table, types

__all__ = [
    "Err",
    "HostError",
    "assets",
    "bindings",
    "call",
    "clock",
    "context",
    "crypto",
    "http",
    "kv",
    "log",
    "metrics",
    "random",
    "secrets",
    "table",
    "types",
]


class HostError(Exception):
    """What an import answers in place of a result: `code` is `denied`, `not-found`, `invalid`, `limit` and so on."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


def call(function: Callable[..., T], *arguments: Any) -> T:
    """Calls the host; what it refuses is raised as `HostError`."""
    try:
        return function(*arguments)
    except Err as error:
        raise HostError(error.value.code, error.value.message) from None


def to_bytes(value: str | bytes) -> bytes:
    """Bytes as they are, a text as UTF-8."""
    return value.encode() if isinstance(value, str) else value
