/** A shop's orders: a filter, a validator, a mapper and a function, each of which a route may use alone. */

import { Denied, Patch, json, plugin } from "wasmgate";

const { setup, requestFilter, validator, mapper, function: price } = plugin({
  configuration: {
    type: "object",
    additionalProperties: false,
    properties: { price: { type: "number", default: 1, description: "What one piece costs." } },
  },

  /** Advertisers' parameters do not reach the upstream. */
  requestFilter: {
    interest: { query: ["*"] },
    filter(request) {
      const ours = ([name]) => name.startsWith("utm_");
      return request.queryParameters.filter(ours).reduce((patch, [name]) => patch.removeQuery(name), new Patch());
    },
  },

  /** An order has a quantity. */
  validator: {
    interest: { body: true },
    validate(request) {
      const { quantity } = request.json();
      if (!(quantity > 0)) throw new Denied(400, "no valid order", { details: { quantity: "more than 0" } });
    },
  },

  /** The upstream speaks in envelopes, clients do not. */
  mapper: {
    interest: { body: true, replyBody: true },
    mapRequest: (request) => new Patch().body(JSON.stringify({ order: request.json() })),
    mapResponse: (request, reply) => new Patch().body(JSON.stringify(reply.json().result)),
  },

  /** Tells what an order would cost. */
  function: {
    interest: { query: ["quantity"] },
    handle(request, { price = 1 }) {
      return json({ total: price * Number(request.queryParameter("quantity") ?? 1) });
    },
  },
});

export { setup, requestFilter, validator, mapper, price as function };
