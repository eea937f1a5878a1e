"""Wraps request bodies for an upstream that wants an envelope."""

import json

from wasmgate import Patch, map_request, plugin

plugin(
    schema={
        "type": "object",
        "required": ["member"],
        "additionalProperties": False,
        "properties": {"member": {"type": "string", "description": "The member that holds the body."}},
    }
)


@map_request(body=True)
def map(request, config):
    body = json.dumps({config["member"]: request.json()}, separators=(",", ":"))
    return Patch().body(body)
