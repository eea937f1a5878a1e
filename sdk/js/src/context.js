/** Values of the running request that the interest did not ask for. */

import host from "#host/context";

/** The value of a `$context` name without its prefix, such as `requestId`. */
export function get(name) {
  return host.get(name) ?? undefined;
}
