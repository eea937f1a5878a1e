import assert from "node:assert/strict";
import { test } from "node:test";

import { configure, request } from "wasmgate/test";

import * as plugin from "./plugin.js";

const { authorize } = configure(plugin, { token: "secret" });
const show = (authorization) => request("GET /", { headers: { authorization } });

test("token decides", () => {
  assert.equal(authorize(show("secret")).principal, "someone");
  assert.throws(() => authorize(show("guess")), { status: 403 });
  assert.throws(() => authorize(request("GET /")), { status: 401 });
});
