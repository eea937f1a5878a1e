"""Write wasmgate plugins in Python.

A decorated function is a hook; `wasmgate plugin build` makes the module `plugin.py` a plugin::

    from wasmgate import Denied, Grant, authorizer, crypto

    @authorizer(headers=["authorization"])
    def authorize(request, config):
        token = request.header("authorization")
        if token is None:
            raise Denied(401)
        if not crypto.equal(token, config["token"]):
            raise Denied(403)
        return Grant("someone")

See README.md for what the types do not say.
"""

from . import assets, clock, context, crypto, http, kv, log, metrics, random, secrets, table
from .answers import Denied, Grant, Invalid, Patch, Response
from .hooks import (
    authorizer,
    configure,
    function,
    map_request,
    map_response,
    observer,
    plugin,
    request_filter,
    response_filter,
    validator,
)
from .host import HostError
from .messages import Reply, Request

__all__ = [
    "Denied",
    "Grant",
    "HostError",
    "Invalid",
    "Patch",
    "Reply",
    "Request",
    "Response",
    "assets",
    "authorizer",
    "clock",
    "configure",
    "context",
    "crypto",
    "function",
    "http",
    "kv",
    "log",
    "map_request",
    "map_response",
    "metrics",
    "observer",
    "plugin",
    "random",
    "request_filter",
    "response_filter",
    "secrets",
    "table",
    "validator",
]
