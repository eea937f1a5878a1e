import assert from "node:assert/strict";
import { test } from "node:test";

import { configure, reply, request } from "wasmgate/test";

import * as plugin from "./plugin.js";

test("fields are removed", () => {
  const { filterResponse } = configure(plugin, { fields: ["server"] });
  const patch = filterResponse(request("GET /"), reply(200, { headers: { server: "x" } }));
  assert.deepEqual(patch.changes, [["remove-header", "server", ""]]);
});
