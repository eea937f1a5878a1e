/** What an authorizer returned, as the contract has it. */

import { pairs } from "./pairs.js";

/** An authorizer that returns nothing grants nothing. */
export function grant(granted) {
  if (typeof granted !== "object" || granted === null) {
    throw new TypeError("`authorize` returned no object: return `{ principal }`, or throw `Denied`");
  }
  const { principal = "", context, usageKey = "", policy = "", ttl = 0 } = granted;
  return {
    principal,
    context: pairs(context),
    usageKey,
    policy: typeof policy === "string" ? policy : JSON.stringify(policy),
    ttl,
    extra: [],
  };
}
