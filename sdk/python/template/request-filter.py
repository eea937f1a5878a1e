"""Tells the upstream where a request came in."""

from wasmgate import Patch, plugin, request_filter

plugin(
    schema={
        "type": "object",
        "required": ["region"],
        "additionalProperties": False,
        "properties": {"region": {"type": "string", "description": "Where this gateway stands."}},
    }
)


@request_filter(sets=["x-region"])
def filter(request, config):
    return Patch().set_header("x-region", config["region"])
