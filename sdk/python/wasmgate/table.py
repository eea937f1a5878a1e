"""Tables that stay in the host: filled in `configure`, looked up at requests. A million keys cost an instance nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from . import host
from .host import call, to_bytes

_PORTION = 1000

Text = str | bytes


class Table:
    """A table of these keys and values."""

    def __init__(self, entries: Mapping[str, Text] | Iterable[tuple[Text, Text]]) -> None:
        self._number = call(host.table.create)
        pairs = iter(entries.items() if isinstance(entries, Mapping) else entries)
        while portion := [(to_bytes(key), to_bytes(value)) for key, value in islice(pairs, _PORTION)]:
            call(host.table.insert, self._number, portion)

    def get(self, key: Text) -> bytes | None:
        """The value of a key."""
        value = host.table.lookup(self._number, to_bytes(key))
        return None if value is None else bytes(value)
