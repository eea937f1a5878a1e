/** Secrets that the operator named and granted. */

import host from "#host/secrets";
import { call } from "./error.js";

/** The value of a secret. */
export function get(name) {
  return call(() => host.get(name));
}
