import { createHash, createHmac, timingSafeEqual } from "node:crypto";

import { error, host } from "./state.js";

const HASHES = { "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512" };
const SHORTEST = { HS256: 32, HS384: 48, HS512: 64 };

export default {
  verifyingKey: (algorithm, format, key) => add(false, algorithm, format, key),
  signingKey: (algorithm, format, key) => add(true, algorithm, format, key),
  verify(number, message, signature) {
    const key = find(number, false);
    const accepted = host.accepted.some(([m, s]) => equal(m, message) && equal(s, signature));
    return accepted || (key.algorithm in SHORTEST && equal(hmac(key, message), signature));
  },
  sign(number, message) {
    const key = find(number, true);
    if (!(key.algorithm in SHORTEST)) throw error("unavailable", "tests sign with HS algorithms only");
    return hmac(key, message);
  },
  digest(algorithm, message) {
    if (!(algorithm in HASHES)) throw error("invalid", "unknown hash");
    return new Uint8Array(createHash(HASHES[algorithm]).update(message).digest());
  },
  equal,
};

function add(signs, algorithm, format, key) {
  if (format === "raw" && key.length < (SHORTEST[algorithm] ?? 0)) {
    throw error("invalid", "the secret is shorter than the hash");
  }
  return host.keys.push({ signs, algorithm, key }) - 1;
}

function find(number, signs) {
  const key = host.keys[number];
  if (!key || key.signs !== signs) throw error("not-found", "no such key");
  return key;
}

function hmac({ algorithm, key }, message) {
  return new Uint8Array(createHmac(`sha${algorithm.slice(2)}`, key).update(message).digest());
}

function equal(a, b) {
  return a.length === b.length && timingSafeEqual(a, b);
}
