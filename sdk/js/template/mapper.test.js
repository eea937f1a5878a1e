import assert from "node:assert/strict";
import { test } from "node:test";

import { configure, request } from "wasmgate/test";

import * as plugin from "./plugin.js";

test("body is wrapped", () => {
  const { mapRequest } = configure(plugin, { member: "data" });
  assert.equal(mapRequest(request("POST /", { body: "[1]" })).body, `{"data":[1]}`);
});
