"""Lets callers in who show a key of the file, and whom the directory still knows."""

import logging
from dataclasses import dataclass

from wasmgate import Denied, Grant, assets, authorizer, configure, context, crypto, http, kv, metrics, plugin, secrets
from wasmgate.table import Table

plugin(
    capabilities=["http", "kv", "secrets"],
    schema={
        "type": "object",
        "required": ["keys", "directory"],
        "additionalProperties": False,
        "properties": {
            "keys": {"description": "A file with lines `KEY,CALLER`."},
            "directory": {"type": "string", "description": "A URL; 200 at URL/CALLER lets the caller in."},
        },
    },
)


@dataclass
class Door:
    directory: str
    callers: Table
    granted: metrics.Counter


@configure
def door(config):
    lines = assets.read(config["keys"]).decode().split()
    callers = [line.split(",", 1) for line in lines]
    return Door(
        config["directory"],
        Table((crypto.digest("SHA-256", key), caller) for key, caller in callers),
        metrics.Counter("granted_total", "Requests that were let in"),
    )


@authorizer(headers=["x-api-key"])
def authorize(request, door):
    key = request.header("x-api-key")
    if key is None:
        raise Denied(401, "an API key is needed")
    caller = door.callers.get(crypto.digest("SHA-256", key))
    if caller is None:
        logging.warning("unknown key in request %s", context.get("requestId"))
        raise Denied(403, "no such API key")
    caller = caller.decode()
    headers = {"authorization": f"Bearer {secrets.get('directory')}"}
    if not http.fetch(f"{door.directory}/{caller}", headers=headers).ok:
        raise Denied(403, f"{caller} has left")
    door.granted.add()
    return Grant(caller, {"calls": kv.increment(caller)})
