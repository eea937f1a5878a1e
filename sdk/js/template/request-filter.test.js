import assert from "node:assert/strict";
import { test } from "node:test";

import { configure, request } from "wasmgate/test";

import * as plugin from "./plugin.js";

test("region is set", () => {
  const { filterRequest } = configure(plugin, { region: "eu" });
  assert.deepEqual(filterRequest(request("GET /")).changes, [["set-header", "x-region", "eu"]]);
});
