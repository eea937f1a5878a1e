/** Randomness that is fit for secrets; `Math.random` is not. Drawn in `configure`, it is the same for each request. */

import host from "#host/random";

/** So many random bytes. */
export function bytes(count) {
  // A number holds 53 of the 64 bits exactly; the upper 32 of them are used.
  return Uint8Array.from({ length: count }, () => Math.floor(Number(host.next()) / 2 ** 32) & 0xff);
}
