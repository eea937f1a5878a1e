import { Buffer } from "node:buffer";

import { error, host } from "./state.js";

export default {
  get: (key) => find(key)?.value ?? null,
  set: (key, value, ttl) => void put(key, value, ttl),
  delete: (key) => void (find(key), host.values.delete(key)),
  compareAndSwap(key, expected, value, ttl) {
    const present = find(key)?.value ?? null;
    const same = present === null || expected === null ? present === expected : Buffer.compare(present, expected) === 0;
    if (same) put(key, value, ttl);
    return same;
  },
  increment(key, by, ttl) {
    const known = find(key);
    const sum = Number(Buffer.from(known?.value ?? "0")) + by;
    if (!Number.isInteger(sum)) throw error("conflict", "the value is no number");
    host.values.set(key, { value: new Uint8Array(Buffer.from(String(sum))), end: known ? known.end : end(ttl) });
    return sum;
  },
};

function find(key) {
  if (host.kvFails) throw error("unavailable", "the test has it fail");
  const known = host.values.get(key);
  return known && known.end > now() ? known : undefined;
}

function put(key, value, ttl) {
  find(key);
  host.values.set(key, { value, end: end(ttl) });
}

function end(ttl) {
  return ttl === null ? Infinity : now() + ttl;
}

function now() {
  return host.time ?? Date.now();
}
