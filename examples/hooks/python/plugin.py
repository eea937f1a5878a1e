"""A shop's orders: a filter, a validator, a mapper and a function, each of which a route may use alone."""

import json

from wasmgate import Denied, Patch, Response, function, map_request, map_response, plugin, request_filter, validator

plugin(
    schema={
        "type": "object",
        "additionalProperties": False,
        "properties": {"price": {"type": "number", "default": 1, "description": "What one piece costs."}},
    }
)


@request_filter(query=["*"])
def remove_parameters_of_advertisers(request, config):
    patch = Patch()
    for name, _ in request.query_parameters:
        if name.startswith("utm_"):
            patch.remove_query(name)
    return patch


@validator(body=True)
def require_a_quantity(request, config):
    if not request.json().get("quantity", 0) > 0:
        raise Denied(400, "no valid order", details={"quantity": "more than 0"})


@map_request(body=True)
def put_into_an_envelope(request, config):
    return Patch().body(compact({"order": request.json()}))


@map_response(reply_body=True)
def take_out_of_the_envelope(request, reply, config):
    return Patch().body(compact(reply.json()["result"]))


@function(query=["quantity"])
def tell_the_price(request, config):
    quantity = float(request.query_parameter("quantity") or 1)
    return Response.json({"total": config.get("price", 1) * quantity})


def compact(value):
    return json.dumps(value, separators=(",", ":"))
