/** Answers of a function, or of a filter in place of the upstream. */

import { pairs } from "./pairs.js";
import * as utf8 from "./utf8.js";

/** An answer whose body is JSON. */
export function json(value, status = 200) {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

/** An answer as the contract has it. */
export function response(answer) {
  if (typeof answer !== "object" || answer === null) {
    throw new TypeError("no answer: return `{ status, headers, body }`, or `json(value)`");
  }
  const { status = 200, headers, body } = answer;
  return { status, headers: pairs(headers), body: bytes(body), extra: [] };
}

/** A body: bytes as they are, a text as UTF-8, nothing as nothing. */
export function bytes(body) {
  if (body === undefined || body === null) return new Uint8Array();
  return typeof body === "string" ? utf8.encode(body) : body;
}
