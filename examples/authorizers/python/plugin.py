"""Lets callers in who show a known key, and tells later hooks who they are."""

import logging
from dataclasses import dataclass

from wasmgate import Denied, Grant, assets, authorizer, configure, context, crypto, http, kv, metrics, plugin, secrets
from wasmgate.table import Table

plugin(
    capabilities=["http", "kv", "secrets"],
    schema={
        "type": "object",
        "required": ["keys", "ask"],
        "additionalProperties": False,
        "properties": {
            "keys": {"description": "A file with a key, a caller and a tenant in each line."},
            "ask": {"type": "string", "description": "The caller's name is added to this URL."},
        },
    },
)


@dataclass
class Keys:
    ask: str
    callers: Table
    granted: metrics.Counter


@configure
def keys(config):
    lines = assets.read(config["keys"]).decode().splitlines()
    return Keys(
        config["ask"],
        Table(line.split(",", 1) for line in lines),
        metrics.Counter("granted", "Callers that were let in."),
    )


@authorizer(headers=["x-api-key"])
def authorize(request, keys):
    key = request.header("x-api-key")
    if key is None:
        raise Denied(401, "show your key as X-Api-Key")
    known = b"operator,all" if crypto.equal(key, secrets.get("master")) else keys.callers.get(key)
    if known is None:
        raise Denied(403, "unknown key")
    caller, tenant = known.decode().split(",")
    if http.fetch(keys.ask + caller).status != 200:
        raise Denied(403, f"{caller} is not wanted")
    calls = kv.increment(caller)
    keys.granted.add()
    logging.info("%s calls in request %s", caller, context.get("requestId"))
    return Grant(caller, {"tenant": tenant, "calls": calls, "proof": crypto.digest("SHA-256", key).hex()})
