"""Values that outlive a request, shared by all instances of this plugin. The operator grants them. Times in ms."""

from __future__ import annotations

from . import host
from .host import call, to_bytes


def get(key: str) -> bytes | None:
    """The value of a key; none where there is none or its time is over."""
    value = call(host.kv.get, key)
    return None if value is None else bytes(value)


def set(key: str, value: str | bytes, ttl: int | None = None) -> None:
    """Sets a value."""
    call(host.kv.set, key, to_bytes(value), ttl)


def delete(key: str) -> None:
    """Removes a key; fine where there is none."""
    call(host.kv.delete, key)


def compare_and_swap(key: str, expected: str | bytes | None, value: str | bytes, ttl: int | None = None) -> bool:
    """Sets a value only where the present one is `expected` (none: only where there is none). Whether it was set."""
    present = None if expected is None else to_bytes(expected)
    return call(host.kv.compare_and_swap, key, present, to_bytes(value), ttl)


def increment(key: str, by: int = 1, ttl: int | None = None) -> int:
    """Adds to a number atomically and gives the sum. A missing key counts as 0 and gets `ttl`."""
    return call(host.kv.increment, key, by, ttl)
