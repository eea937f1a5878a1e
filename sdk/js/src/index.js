/**
 * Write wasmgate plugins in JavaScript and TypeScript: see README.md, and `index.d.ts` for each item.
 *
 * @module
 */

export { plugin } from "./plugin.js";
export { Denied } from "./denied.js";
export { Invalid } from "./invalid.js";
export { Patch } from "./patch.js";
export { json } from "./response.js";
export * as assets from "./assets.js";
export * as clock from "./clock.js";
export * as context from "./context.js";
export * as crypto from "./crypto.js";
export * as http from "./http.js";
export * as kv from "./kv.js";
export * as log from "./log.js";
export * as metrics from "./metrics.js";
export * as random from "./random.js";
export * as secrets from "./secrets.js";
export * as table from "./table.js";
export * as utf8 from "./utf8.js";
