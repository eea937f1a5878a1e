import assert from "node:assert/strict";
import { test } from "node:test";

import { configure, logged, reply, request } from "wasmgate/test";

import * as plugin from "./plugin.js";

test("failures are taken note of", () => {
  const { observe } = configure(plugin);
  observe(request("GET /a"), reply(200));
  observe(request("GET /b"), reply(503));
  assert.deepEqual(logged(), [["warn", "GET /b: 503"]]);
});
