"""Lets callers in who show the token."""

from wasmgate import Denied, Grant, authorizer, crypto, plugin

plugin(
    schema={
        "type": "object",
        "required": ["token"],
        "additionalProperties": False,
        "properties": {"token": {"type": "string", "description": "What callers send as `Authorization`."}},
    }
)


@authorizer(headers=["authorization"])
def authorize(request, config):
    token = request.header("authorization")
    if token is None:
        raise Denied(401)
    if not crypto.equal(token, config["token"]):
        raise Denied(403)
    return Grant("someone")
