"""Removes fields from replies."""

from wasmgate import Patch, plugin, response_filter

plugin(
    schema={
        "type": "object",
        "required": ["fields"],
        "additionalProperties": False,
        "properties": {"fields": {"type": "array", "items": {"type": "string"}, "description": "Fields that clients do not get."}},
    }
)


@response_filter()
def filter(request, reply, config):
    patch = Patch()
    for field in config["fields"]:
        patch.remove_header(field)
    return patch
