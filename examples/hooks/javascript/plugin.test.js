import assert from "node:assert/strict";
import { test } from "node:test";

import { configure, reply, request } from "wasmgate/test";

import * as plugin from "./plugin.js";

const hooks = configure(plugin, { price: 2.5 });

test("parameters of advertisers are removed", () => {
  const { changes } = hooks.filterRequest(request("GET /?utm_source=x&page=2"));
  assert.deepEqual(changes, [["remove-query", "utm_source", ""]]);
});

test("order without a quantity is refused", () => {
  hooks.validate(request("POST /", { body: `{"quantity":1}` }));
  assert.throws(() => hooks.validate(request("POST /", { body: "{}" })), { details: { quantity: "more than 0" } });
});

test("order travels in an envelope", () => {
  const order = request("POST /", { body: `{"quantity":1}` });
  assert.equal(hooks.mapRequest(order).body, `{"order":{"quantity":1}}`);
  assert.equal(hooks.mapResponse(order, reply(200, { body: `{"result":[7]}` })).body, "[7]");
});

test("price is told", () => {
  assert.equal(hooks.handle(request("GET /price?quantity=2")).body, `{"total":5}`);
});
