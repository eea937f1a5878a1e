import assert from "node:assert/strict";
import { test } from "node:test";

import { configure, request } from "wasmgate/test";

import * as plugin from "./plugin.js";

test("parameter has to be there", () => {
  const { validate } = configure(plugin, { parameter: "page" });
  validate(request("GET /?page=1"));
  assert.throws(() => validate(request("GET /")), { status: 400, message: "`page` is missing" });
});
