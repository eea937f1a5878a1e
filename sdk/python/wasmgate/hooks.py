"""The decorators: each makes a function a hook.

A hook takes what it looks at and the plugin's configuration, which `configure` may have made something else. Keywords are
the interest: `headers`, `query`, `path`, `context`, `body`, `reply_headers`, `reply_body`, `sets` and `identity`; or
`interest`, a function of the configuration that gives a dict of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]
Interest = dict[str, Any]


class Plugin:
    """What the decorators gathered: one plugin a process."""

    def __init__(self) -> None:
        #: By the contract's name of a hook.
        self.interests: dict[str, list[Callable[[Any], Interest]]] = {}
        #: By the name of its decorator.
        self.functions: dict[str, Function] = {}
        self.configure: Callable[[Any], Any] = lambda config: config
        self.schema: dict[str, Any] = {"type": "object", "additionalProperties": False}
        self.refresh: Callable[[Any], float | None] = lambda config: None
        self.capabilities: list[str] = []
        self.name, self.version, self.summary = "plugin", "0.0.0", ""


#: What the decorators fill.
PLUGIN = Plugin()


def plugin(
    *,
    schema: dict[str, Any] | None = None,
    capabilities: list[str] | None = None,
    refresh: Callable[[Any], float | None] | None = None,
) -> None:
    """Says of the plugin what its hooks do not: the JSON Schema of its configuration, the capabilities that it cannot do
    without, and after how many seconds `configure` wants to run again."""
    PLUGIN.schema = schema or PLUGIN.schema
    PLUGIN.capabilities = capabilities or PLUGIN.capabilities
    PLUGIN.refresh = refresh or PLUGIN.refresh


def configure(function: Function) -> Function:
    """Decorates the function that reads one configuration, a dict: hooks get what it returns. It raises `Invalid`, or
    several in an `ExceptionGroup`."""
    PLUGIN.configure = function
    return function


def _hook(decorator: str, hook: str, about: str) -> Callable[..., Callable[[Function], Function]]:
    def decorate(interest: Callable[[Any], Interest] | None = None, **wanted: Any) -> Callable[[Function], Function]:
        def register(function: Function) -> Function:
            if decorator in PLUGIN.functions:
                raise TypeError(f"a second function is decorated by `@{decorator}`")
            PLUGIN.functions[decorator] = function
            PLUGIN.interests.setdefault(hook, []).append(interest or (lambda config: wanted))
            return function

        return register

    decorate.__name__ = decorator
    decorate.__doc__ = about
    return decorate


authorizer = _hook("authorizer", "authorizer", "Decides who may call a route: gives a `Grant`, or raises `Denied`.")
request_filter = _hook("request_filter", "request-filter", "Changes a request: gives a `Patch`, or nothing.")
response_filter = _hook("response_filter", "response-filter", "Takes request and reply; gives a `Patch`, or nothing.")
validator = _hook("validator", "validator", "Decides whether a request is well formed: raises `Denied(400, …)`.")
map_request = _hook("map_request", "mapper", "Maps a request to what the upstream expects: gives a `Patch`.")
map_response = _hook("map_response", "mapper", "Maps the upstream's reply: takes request and reply, gives a `Patch`.")
function = _hook("function", "function", "Answers requests itself: gives a `Response`.")
observer = _hook("observer", "observer", "Is told of request and reply after the response.")


def interest(hook: str, config: Any) -> Interest:
    """The interest of a hook, as the contract has it: what each of its functions wants."""
    merged: Interest = {}
    for wanted in PLUGIN.interests[hook]:
        for name, value in wanted(config).items():
            name = name.replace("_", "-")
            if name in ("headers", "reply-headers", "sets"):
                value = [field.lower() for field in value]
            merged[name] = merged[name] + value if isinstance(merged.get(name), list) else value
    return merged
