import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Denied } from "wasmgate";
import { answer, asset, configure, logged, metric, request, reset, secret } from "wasmgate/test";

import * as plugin from "./plugin.js";

beforeEach(reset);

function door() {
  secret("directory", "password");
  answer("http://directory.test/ann", { status: 200 });
  answer("http://directory.test/bob", { status: 404 });
  return configure(plugin, { keys: asset("keys.csv", "a,ann\nb,bob\n"), directory: "http://directory.test" });
}

const show = (key) => request("GET /", { headers: { "X-Api-Key": key } });

test("known caller is let in and counted", () => {
  const { authorize } = door();
  assert.equal(authorize(show("a")).context.calls, "1");
  assert.deepEqual(authorize(show("a")).context, { calls: "2" });
  assert.equal(metric("granted_total"), 2);
});

test("caller without a key is asked for one", () => {
  assert.throws(() => door().authorize(request("GET /")), new Denied(401, "an API key is needed"));
});

test("unknown key is refused and logged", () => {
  assert.throws(() => door().authorize(show("x")), { status: 403, message: "no such API key" });
  assert.equal(logged()[0][0], "warn");
});

test("caller who has left is refused", () => {
  assert.throws(() => door().authorize(show("b")), { status: 403, message: "bob has left" });
});
