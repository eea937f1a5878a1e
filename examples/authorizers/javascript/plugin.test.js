import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { answer, asset, configure, logged, metric, request, reset, secret } from "wasmgate/test";

import * as plugin from "./plugin.js";

beforeEach(reset);

function keys() {
  secret("master", "let me in");
  answer("http://upstream.test/alice", { status: 200 });
  answer("http://upstream.test/mallory", { status: 404 });
  const keys = asset("keys.csv", "red-key,alice,acme\nblue-key,mallory,evil\n");
  return configure(plugin, { keys, ask: "http://upstream.test/" });
}

const show = (key) => request("GET /", { headers: { "X-Api-Key": key } });

test("known caller is let in and counted", () => {
  const { authorize } = keys();
  assert.equal(authorize(show("red-key")).context.tenant, "acme");
  assert.equal(authorize(show("red-key")).context.calls, "2");
  assert.equal(metric("granted"), 2);
  assert.deepEqual(logged()[0], ["info", "alice calls in request undefined"]);
});

test("others are refused with a message", () => {
  const { authorize } = keys();
  assert.throws(() => authorize(request("GET /")), { status: 401, message: "show your key as X-Api-Key" });
  assert.throws(() => authorize(show("guess")), { status: 403, message: "unknown key" });
  assert.throws(() => authorize(show("blue-key")), { status: 403, message: "mallory is not wanted" });
});
