"""Refuses requests without a query parameter."""

from wasmgate import Denied, plugin, validator

plugin(
    schema={
        "type": "object",
        "required": ["parameter"],
        "additionalProperties": False,
        "properties": {"parameter": {"type": "string", "description": "The query parameter that has to be there."}},
    }
)


@validator(interest=lambda config: {"query": [config["parameter"]]})
def validate(request, config):
    if request.query_parameter(config["parameter"]) is None:
        raise Denied(400, f"`{config['parameter']}` is missing")
