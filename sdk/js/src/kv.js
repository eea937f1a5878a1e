/** Values that outlive a request, shared by all instances of this plugin. The operator grants them. Times in ms. */

import host from "#host/kv";
import { call } from "./error.js";
import { bytes, decode } from "./utf8.js";

/** The bytes of a key's value. */
export function get(key) {
  return call(() => host.get(key)) ?? undefined;
}

/** The text of a key's value. */
export function text(key) {
  const value = get(key);
  return value && decode(value);
}

/** Sets a value, a text or bytes. */
export function set(key, value, ttl) {
  call(() => host.set(key, bytes(value), ttl ?? null));
}

/** Removes a key; fine where there is none. */
export function remove(key) {
  call(() => host.delete(key));
}

/** Sets a value only where the present one is `expected`; `undefined`: only where there is none. */
export function compareAndSwap(key, expected, value, ttl) {
  const present = expected === undefined ? null : bytes(expected);
  return call(() => host.compareAndSwap(key, present, bytes(value), ttl ?? null));
}

/** Adds to a number atomically and gives the sum. */
export function increment(key, by = 1, ttl) {
  return Number(call(() => host.increment(key, by, ttl ?? null)));
}
