/** Why a hook refuses a request. */

import { pairs } from "./pairs.js";

const CODES = { 400: "invalid", 401: "unauthorized", 403: "forbidden", 413: "too-large", 429: "too-many" };

/** Thrown by a hook that refuses a request; any other error is a failure: 500, and its message goes to the log. */
export class Denied extends Error {
  constructor(status, message = "", { headers = {}, context = {}, details } = {}) {
    super(message);
    this.name = "Denied";
    this.code = CODES[status];
    if (!this.code) throw new RangeError(`no refusal has the status ${status}: ${Object.keys(CODES).join(", ")}`);
    this.status = status;
    this.headers = headers;
    this.context = context;
    this.details = details;
  }

  /** What `configure` fetched is out of date: the gateway runs it again, once for all, and then calls again. */
  static stale(message, more) {
    const denied = new Denied(401, message, more);
    denied.code = "stale";
    return denied;
  }
}

/** What was thrown, as the contract has it. */
export function refusal(error) {
  if (!(error instanceof Denied)) {
    return { code: "failure", message: told(error), headers: [], context: [], extra: [] };
  }
  const { code, message, details } = error;
  const extra = details === undefined ? [] : [["details", JSON.stringify(details)]];
  return { code, message, headers: pairs(error.headers), context: pairs(error.context), extra };
}

/** Places that are not the plugin's own: the engine's, and in a script the SDK's. */
const OURS = /\((native\)|wasmgate\/)/;

/** An error with its first place, for the log. */
function told(error) {
  if (!(error instanceof Error)) return String(error);
  const lines = String(error.stack ?? "").split("\n").map((line) => line.trim());
  const places = lines.filter((line) => line.startsWith("at "));
  const place = places.find((line) => !OURS.test(line)) ?? places[0];
  return place ? `${error} ${place}` : String(error);
}
