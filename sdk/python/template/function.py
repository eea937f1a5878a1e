"""Greets whoever calls."""

from wasmgate import Response, function, plugin

plugin(
    schema={
        "type": "object",
        "required": ["greeting"],
        "additionalProperties": False,
        "properties": {"greeting": {"type": "string", "description": "How callers are greeted."}},
    }
)


@function(query=["name"])
def handle(request, config):
    name = request.query_parameter("name") or "stranger"
    return Response(f"{config['greeting']}, {name}!", headers={"content-type": "text/plain; charset=utf-8"})
