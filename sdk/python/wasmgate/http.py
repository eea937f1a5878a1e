"""Requests to the outside. The operator grants them."""

from __future__ import annotations

import json as _json
from typing import Any

from . import host
from .answers import Pairs, pairs


class Answer:
    """An answer from the outside."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def ok(self) -> bool:
        """Whether the status is 200 to 299."""
        return 200 <= self.status < 300

    def header(self, name: str) -> str | None:
        """The first value of a field."""
        wanted = name.lower()
        return next((value for known, value in self.headers if known.lower() == wanted), None)

    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return _json.loads(self.body)


def fetch(
    url: str, *, method: str = "GET", headers: Pairs = None, body: str | bytes = b"", timeout: int = 0
) -> Answer:
    """Sends a request and waits for the whole answer; `timeout` in milliseconds, 0 for the plugin's limit."""
    request = host.http.Outgoing(method, url, pairs(headers), host.to_bytes(body), timeout, [])
    incoming = host.call(host.http.fetch, request)
    return Answer(incoming.status, incoming.headers, bytes(incoming.body))
