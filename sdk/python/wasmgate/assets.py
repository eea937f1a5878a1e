"""Files of the operator: a member `{file: …}` of a configuration, read in `configure`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import host

_PORTION = 1 << 20


def read(file: dict[str, Any]) -> bytes:
    """The whole file."""
    return b"".join(portions(file))


def portions(file: dict[str, Any]) -> Iterator[bytes]:
    """The file in portions of a mebibyte, for large ones."""
    at = 0
    while portion := host.call(host.assets.read, file["asset"], at, _PORTION):
        yield bytes(portion)
        at += len(portion)
