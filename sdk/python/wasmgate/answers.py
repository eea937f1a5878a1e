"""What hooks give, and what they raise."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Union

from . import host

#: Names and values: a mapping, whose lists repeat the name, or pairs.
Pairs = Union[Mapping[str, Any], Iterable[tuple[str, str]], None]

_CODES = {400: "invalid", 401: "unauthorized", 403: "forbidden", 413: "too-large", 429: "too-many"}


class Denied(Exception):
    """Raised by a hook that refuses a request. Any other exception is a failure: 500, and its text goes to the log.

    `status` is 400, 401, 403, 413 or 429; the client reads `message` in place of the standard one, and `details`, any
    value that JSON can say, beside it. `context` goes to the access log as `authorizer.NAME`.
    """

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        headers: Pairs = None,
        context: Pairs = None,
        details: Any = None,
    ) -> None:
        super().__init__(status, message)
        if status not in _CODES:
            raise ValueError(f"no refusal has the status {status}: {', '.join(map(str, _CODES))}")
        self.status = status
        self.code = _CODES[status]
        self.message = message
        self.headers = pairs(headers)
        self.context = pairs(context)
        self.details = details

    @classmethod
    def stale(cls, message: str = "") -> Denied:
        """What `configure` fetched is out of date: the gateway runs it again, once for all, and then calls again."""
        denied = cls(401, message)
        denied.code = "stale"
        return denied

    def to_contract(self) -> Any:
        """As the contract has it."""
        extra = [] if self.details is None else [("details", json.dumps(self.details))]
        return host.types.Refusal(self.code, self.message, self.headers, self.context, extra)


class Invalid(ValueError):
    """Raised by `configure`: shown to the operator at its place, and the deployment is refused.

    `pointer` is a JSON Pointer into the configuration; `line` and `column`, from 1, a place in the text there.
    """

    def __init__(self, pointer: str, message: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.line = line
        self.column = column

    def problem(self, entry: int) -> dict[str, Any]:
        """As the contract has it."""
        problem = {"entry": entry, "pointer": self.pointer, "message": str(self)}
        return problem | {k: v for k, v in (("line", self.line), ("column", self.column)) if v is not None}


class Grant:
    """What an authorizer gives on success: who calls, values that become `$context.authorizer.NAME`, the key that usage
    plans count, an IAM policy document (a text or a dict), and for how many seconds the outcome may be cached."""

    __slots__ = ("principal", "context", "usage_key", "policy", "ttl", "extra")

    def __init__(
        self,
        principal: str = "",
        context: Pairs = None,
        *,
        usage_key: str = "",
        policy: str | dict[str, Any] = "",
        ttl: int = 0,
    ) -> None:
        self.principal = principal
        self.context = pairs(context)
        self.usage_key = usage_key
        self.policy = policy if isinstance(policy, str) else json.dumps(policy)
        self.ttl = ttl
        self.extra: list[tuple[str, str]] = []


class Response:
    """An answer of a function, or of a filter in place of the upstream."""

    __slots__ = ("status", "headers", "body", "extra")

    def __init__(self, body: str | bytes = b"", status: int = 200, headers: Pairs = None) -> None:
        self.status = status
        self.headers = pairs(headers)
        self.body = host.to_bytes(body)
        self.extra: list[tuple[str, str]] = []

    @classmethod
    def json(cls, value: Any, status: int = 200) -> Response:
        """An answer whose body is JSON."""
        return cls(json.dumps(value), status, {"content-type": "application/json"})


class Patch:
    """Changes of a request or reply, applied in order, all at once or not at all."""

    __slots__ = ("changes", "_body", "_respond")

    def __init__(self) -> None:
        self.changes: list[tuple[str, str, str]] = []
        self._body: bytes | None = None
        self._respond: Response | None = None

    def set_header(self, name: str, value: str) -> Patch:
        return self._change("set-header", name, value)

    def append_header(self, name: str, value: str) -> Patch:
        return self._change("append-header", name, value)

    def remove_header(self, name: str) -> Patch:
        return self._change("remove-header", name)

    def set_context(self, name: str, value: str) -> Patch:
        return self._change("set-context", name, value)

    def set_query(self, name: str, value: str) -> Patch:
        return self._change("set-query", name, value)

    def append_query(self, name: str, value: str) -> Patch:
        return self._change("append-query", name, value)

    def remove_query(self, name: str) -> Patch:
        return self._change("remove-query", name)

    def set_path(self, path: str) -> Patch:
        return self._change("set-path", "", path)

    def set_method(self, method: str) -> Patch:
        return self._change("set-method", "", method)

    def upstream(self, name: str) -> Patch:
        return self._change("upstream", "", name)

    def set_status(self, status: int) -> Patch:
        return self._change("set-status", "", str(status))

    def body(self, body: str | bytes) -> Patch:
        """The new body."""
        self._body = host.to_bytes(body)
        return self

    def respond(self, response: Response) -> Patch:
        """Answers now, in place of everything that would follow."""
        self._respond = response
        return self

    def _change(self, code: str, name: str, value: str = "") -> Patch:
        self.changes.append((code, name, value))
        return self

    def to_contract(self) -> Any:
        """As the contract has it."""
        changes = [host.types.Change(*change) for change in self.changes]
        respond = self._respond
        if respond is not None:
            respond = host.types.Response(respond.status, respond.headers, respond.body, respond.extra)
        return host.types.Patch(changes, self._body, respond, [])


def pairs(values: Pairs) -> list[tuple[str, str]]:
    """A list of pairs; a list of values repeats the name."""
    if not values:
        return []
    items = values.items() if isinstance(values, Mapping) else values
    return [(name, str(one)) for name, value in items for one in (value if isinstance(value, list) else [value])]
