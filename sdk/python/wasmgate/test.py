"""Stands in for the gateway where a plugin's own tests run, by `python -m unittest` or pytest.

The decorators gather one plugin a process, so a test imports one module of hooks::

    import unittest

    import plugin
    from wasmgate import Denied, test

    class Token(unittest.TestCase):
        def setUp(self):
            self.hooks = test.configure({"token": "secret"})

        def test_right_token_is_granted(self):
            grant = self.hooks.authorize(test.request("GET /", headers={"Authorization": "secret"}))
            self.assertEqual(grant.principal, "someone")
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

from . import export, log, mock
from .answers import Denied, Invalid, Pairs, Response, pairs
from .host import to_bytes
from .mock import reset as _forget

_STATUSES = {"invalid": 400, "unauthorized": 401, "forbidden": 403, "too-large": 413, "too-many": 429}


def configure(config: dict[str, Any] | None = None) -> Hooks:
    """Configures the plugin whose decorators have run, and gives its hooks. Raises `Invalid` as operators see it."""
    log.install()
    try:
        answer = export.Setup().configure([json.dumps(config or {})])
    except mock.Err as error:
        problems = [_invalid(problem) for problem in json.loads(error.value)["problems"]]
        raise problems[0] if len(problems) == 1 else ExceptionGroup("the configuration", problems) from None
    return Hooks(json.loads(answer)["entries"][0])


def _invalid(problem: dict[str, Any]) -> Invalid:
    place = {key: problem[key] for key in ("line", "column") if key in problem}
    return Invalid(problem.get("pointer", ""), problem["message"], **place)


class Hooks:
    """A configured plugin: its hooks get of requests and replies what their interest asks for, and nothing else.

    A refusal is raised as `Denied`, a failure as `RuntimeError`.
    """

    def __init__(self, interests: dict[str, dict[str, Any]]) -> None:
        self.interests = interests

    def authorize(self, request: Any) -> Any:
        return self._call(export.Authorizer().authorize, "authorizer", request)

    def filter_request(self, request: Any) -> Patched:
        return Patched(self._call(export.RequestFilter().filter, "request-filter", request))

    def filter_response(self, request: Any, reply: Any) -> Patched:
        return Patched(self._call(export.ResponseFilter().filter, "response-filter", request, reply))

    def validate(self, request: Any) -> None:
        self._call(export.Validator().validate, "validator", request)

    def map_request(self, request: Any) -> Patched:
        return Patched(self._call(export.Mapper().map_request, "mapper", request))

    def map_response(self, request: Any, reply: Any) -> Patched:
        return Patched(self._call(export.Mapper().map_response, "mapper", request, reply))

    def handle(self, request: Any) -> Any:
        return self._call(export.Function().handle, "function", request)

    def observe(self, request: Any, reply: Any) -> None:
        self._call(export.Observer().observe, "observer", request, reply)

    def _call(self, function: Any, hook: str, request: Any, *reply: Any) -> Any:
        interest = self.interests[hook]
        seen = [_request_seen(request, interest), *(_reply_seen(one, interest) for one in reply)]
        try:
            return function(0, *seen)
        except mock.Err as error:
            raise _refused(error.value) from None


class Patched:
    """A patch, to compare with."""

    def __init__(self, patch: Any) -> None:
        self.changes = [(change.code, change.name, change.value) for change in patch.changes]
        self.body: bytes | None = patch.body
        self.respond = patch.respond


def _refused(refusal: Any) -> Exception:
    if refusal.code == "failure":
        return RuntimeError(refusal.message)
    if refusal.code == "stale":
        return Denied.stale(refusal.message)
    details = json.loads(refusal.extra[0][1]) if refusal.extra else None
    more = {"headers": refusal.headers, "context": refusal.context, "details": details}
    return Denied(_STATUSES[refusal.code], refusal.message, **more)


def request(
    line: str = "GET /",
    *,
    headers: Pairs = None,
    parameters: Pairs = None,
    context: Pairs = None,
    body: str | bytes = b"",
) -> Any:
    """A request: `request("GET /orders?page=2", headers={"x-api-key": "k"})`."""
    method, target = line.split(" ", 1)
    path, _, query = target.partition("?")
    return SimpleNamespace(
        method=method,
        path=path,
        query=query,
        headers=_fields(headers),
        query_parameters=parse_qsl(query, keep_blank_values=True),
        path_parameters=pairs(parameters),
        context=pairs(context),
        body=to_bytes(body),
        extra=[],
    )


def reply(status: int = 200, *, headers: Pairs = None, body: str | bytes = b"", extra: Pairs = None) -> Any:
    """A reply; `extra` is what the gateway tells observers."""
    return SimpleNamespace(status=status, headers=_fields(headers), body=to_bytes(body), extra=pairs(extra))


def _fields(headers: Pairs) -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, value in pairs(headers)]


def _request_seen(request: Any, interest: dict[str, Any]) -> Any:
    seen = SimpleNamespace(**vars(request))
    seen.headers = _only(request.headers, interest.get("headers", []))
    seen.query_parameters = _only(request.query_parameters, interest.get("query", []))
    seen.path_parameters = _only(request.path_parameters, interest.get("path", []))
    seen.context = _only(request.context, interest.get("context", []))
    seen.query = request.query if "*" in interest.get("query", []) else ""
    seen.body = request.body if interest.get("body") else None
    return seen


def _reply_seen(reply: Any, interest: dict[str, Any]) -> Any:
    seen = SimpleNamespace(**vars(reply))
    seen.headers = _only(reply.headers, interest.get("reply-headers", []))
    seen.body = reply.body if interest.get("reply-body") else None
    return seen


def _only(found: list[tuple[str, str]], wanted: list[str]) -> list[tuple[str, str]]:
    return found if "*" in wanted else [(name, value) for name, value in found if name in wanted]


def reset() -> None:
    """Forgets all that the stand-in holds, between two tests."""
    _forget()


def secret(name: str, value: str) -> None:
    """Grants a secret."""
    mock.STATE.secrets[name] = value


def context(name: str, value: str) -> None:
    """Gives `$context` a value."""
    mock.STATE.context[name] = value


def answer(url: str, response: Response) -> None:
    """Answers requests to a URL with this; others are `unavailable`."""
    mock.STATE.answers[url] = response


def fetched() -> list[str]:
    """The URLs that were fetched so far."""
    return mock.STATE.fetched


def asset(name: str, content: str | bytes) -> dict[str, Any]:
    """Makes a file, and gives what a configuration holds in the place of `{file: name}`."""
    mock.STATE.assets.append(to_bytes(content))
    return {"asset": len(mock.STATE.assets) - 1, "name": name, "size": len(mock.STATE.assets[-1])}


def time(milliseconds: int) -> None:
    """Sets the time, in milliseconds since 1970; it stands still from then on."""
    mock.STATE.time = milliseconds


def accept(message: bytes, signature: bytes) -> None:
    """Has a signature of an algorithm with public keys count as valid: the stand-in computes HS only."""
    mock.STATE.accepted.append((message, signature))


def fail_kv() -> None:
    """Has every call of `kv` fail from now on."""
    mock.STATE.kv_fails = True


def logged() -> list[tuple[str, str]]:
    """What was logged so far: pairs of level and message."""
    return mock.STATE.lines


def metric(name: str) -> float | None:
    """The value of a metric; of a histogram the last one."""
    return next((value for known, value in mock.STATE.metrics if known == name), None)
