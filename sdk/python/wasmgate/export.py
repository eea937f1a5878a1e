"""The classes that componentize-py exports, one for each interface of the contract."""

from __future__ import annotations

import gc
import json
from typing import Any

from . import host, hooks, log
from .answers import Denied, Grant, Invalid, Patch
from .hooks import PLUGIN
from .messages import Reply, Request

#: What `configure` made of each entry.
_configs: list[Any] = []


def begin(name: str, version: str, summary: str) -> None:
    """What the project says of the plugin; called when the component is made."""
    PLUGIN.name, PLUGIN.version, PLUGIN.summary = name, version, summary
    log.install()


class Setup:
    def describe(self) -> str:
        return json.dumps(
            {
                "name": PLUGIN.name,
                "version": PLUGIN.version,
                "summary": PLUGIN.summary,
                "hooks": list(PLUGIN.interests),
                "capabilities": PLUGIN.capabilities,
                "configuration": PLUGIN.schema,
            }
        )

    def configure(self, entries: list[str]) -> str:
        log.begin()
        _configs.clear()
        problems = []
        for entry, text in enumerate(entries):
            try:
                _configs.append(PLUGIN.configure(json.loads(text)))
            except Exception as error:
                problems.extend(_problems(error, entry))
        if problems:
            raise host.Err(json.dumps({"problems": problems}))
        answer = json.dumps(_answer())
        # A collection at a request would touch, and so copy, most of the memory that all requests share.
        gc.collect()
        gc.freeze()
        return answer


def _problems(error: BaseException, entry: int) -> list[dict[str, Any]]:
    if isinstance(error, BaseExceptionGroup):
        return [problem for one in error.exceptions for problem in _problems(one, entry)]
    if isinstance(error, Invalid):
        return [error.problem(entry)]
    return [{"entry": entry, "message": _told(error)}]


def _answer() -> dict[str, Any]:
    entries = [{hook: hooks.interest(hook, config) for hook in PLUGIN.interests} for config in _configs]
    times = [time for config in _configs if (time := PLUGIN.refresh(config))]
    return {"entries": entries, "refresh": max(1, int(min(times)))} if times else {"entries": entries}


def _told(error: BaseException) -> str:
    """An exception with its place, for the log."""
    frame, place = error.__traceback__, ""
    while frame is not None:
        code = frame.tb_frame.f_code
        place = f" ({code.co_filename.rsplit('/', 1)[-1]}:{frame.tb_lineno})"
        frame = frame.tb_next
    return f"{type(error).__name__}: {error}{place}"


def _call(decorator: str, entry: int, *seen: Any) -> Any:
    function = PLUGIN.functions.get(decorator)
    try:
        return function(*seen, _configs[entry]) if function else None
    except Denied as denied:
        raise host.Err(denied.to_contract()) from None
    except Exception as error:
        raise _failure(_told(error)) from None


def _failure(message: str) -> Exception:
    return host.Err(host.types.Refusal("failure", message, [], [], []))


def _patch(patch: Any) -> Any:
    if patch is None:
        return Patch().to_contract()
    if not isinstance(patch, Patch):
        raise _failure(f"return a `Patch`, or nothing to change nothing, and no {type(patch).__name__}")
    return patch.to_contract()


class Authorizer:
    def authorize(self, entry: int, request: Any) -> Any:
        grant = _call("authorizer", entry, Request(request))
        if not isinstance(grant, Grant):
            raise _failure(f"an authorizer returns a `Grant` or raises `Denied`, and no {type(grant).__name__}")
        return grant


class RequestFilter:
    def filter(self, entry: int, request: Any) -> Any:
        return _patch(_call("request_filter", entry, Request(request)))


class ResponseFilter:
    def filter(self, entry: int, request: Any, reply: Any) -> Any:
        return _patch(_call("response_filter", entry, Request(request), Reply(reply)))


class Validator:
    def validate(self, entry: int, request: Any) -> None:
        _call("validator", entry, Request(request))


class Mapper:
    def map_request(self, entry: int, request: Any) -> Any:
        return _patch(_call("map_request", entry, Request(request)))

    def map_response(self, entry: int, request: Any, reply: Any) -> Any:
        return _patch(_call("map_response", entry, Request(request), Reply(reply)))


class Function:
    def handle(self, entry: int, request: Any) -> Any:
        response = _call("function", entry, Request(request))
        if response is None:
            raise _failure("a function returns a `Response` or raises `Denied`")
        return host.types.Response(response.status, response.headers, response.body, response.extra)


class Observer:
    def observe(self, entry: int, request: Any, reply: Any) -> None:
        _call("observer", entry, Request(request), Reply(reply))
