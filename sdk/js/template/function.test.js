import assert from "node:assert/strict";
import { test } from "node:test";

import { configure, request } from "wasmgate/test";

import * as plugin from "./plugin.js";

test("caller is greeted", () => {
  const { handle } = configure(plugin, { greeting: "hello" });
  assert.equal(handle(request("GET /?name=ann")).body, "hello, ann!");
});
