/** The time of day. */

import host from "#host/clock";

/** Milliseconds since 1970. */
export function now() {
  return Number(host.now());
}
