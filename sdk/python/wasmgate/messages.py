"""What hooks see."""

from __future__ import annotations

import json
from typing import Any

from .answers import Denied


class Message:
    """What requests and replies have in common."""

    __slots__ = ("_seen",)

    def __init__(self, seen: Any) -> None:
        self._seen = seen

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The fields of the interest in wire order, names in lower case."""
        return self._seen.headers

    def header(self, name: str) -> str | None:
        """The first value of a field."""
        return _find(self._seen.headers, name.lower())

    @property
    def body(self) -> bytes | None:
        """The whole body, where the interest wants it."""
        return self._seen.body

    def text(self) -> str:
        """The body as a text; raises `UnicodeDecodeError` where it is not UTF-8."""
        return (self._seen.body or b"").decode()

    def json(self) -> Any:
        """The body as JSON; a body that is none denies the request with 400."""
        try:
            return json.loads(self._seen.body or b"")
        except ValueError as error:
            raise Denied(400, f"the body is no JSON: {error}") from None

    def extra(self, name: str) -> str | None:
        """A value that the gateway adds, such as `latency-us` for observers."""
        return _find(self._seen.extra, name)


class Request(Message):
    """A request, as much of it as the interest asks for."""

    __slots__ = ()

    @property
    def method(self) -> str:
        """As the client sent it, such as `GET`."""
        return self._seen.method

    @property
    def path(self) -> str:
        """Raw, percent-encoded."""
        return self._seen.path

    @property
    def query(self) -> str:
        """Raw and without its `?`, where the interest names `*` as a query parameter; else empty."""
        return self._seen.query

    @property
    def query_parameters(self) -> list[tuple[str, str]]:
        """The query parameters of the interest in wire order, decoded."""
        return self._seen.query_parameters

    def query_parameter(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return _find(self._seen.query_parameters, name)

    def path_parameter(self, name: str) -> str | None:
        """A path parameter, raw."""
        return _find(self._seen.path_parameters, name)

    def context(self, name: str) -> str | None:
        """A context value of the interest, such as `sourceIp` or `authorizer.tenant`."""
        return _find(self._seen.context, name)


class Reply(Message):
    """A reply on its way to the client, as much of it as the interest asks for."""

    __slots__ = ()

    @property
    def status(self) -> int:
        """100 to 599."""
        return self._seen.status


def _find(pairs: list[tuple[str, str]], wanted: str) -> str | None:
    for name, value in pairs:
        if name == wanted:
            return value
    return None
