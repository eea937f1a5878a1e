/** Signatures and hashes, done by the host. Keys are made in `configure`. */

import host from "#host/crypto";
import { call } from "./error.js";
import { bytes } from "./utf8.js";

/** A key that checks signatures. */
export class VerifyingKey {
  constructor(algorithm, format, key) {
    this.number = call(() => host.verifyingKey(algorithm, format, bytes(key)));
  }

  /** Whether the signature is this key's over the message. */
  verify(message, signature) {
    return call(() => host.verify(this.number, bytes(message), signature));
  }
}

/** A key that makes signatures. */
export class SigningKey {
  constructor(algorithm, format, key) {
    this.number = call(() => host.signingKey(algorithm, format, bytes(key)));
  }

  /** Signs a message. */
  sign(message) {
    return call(() => host.sign(this.number, bytes(message)));
  }
}

/** A hash of a text or of bytes: `SHA-1`, `SHA-256`, `SHA-384` or `SHA-512`. */
export function digest(algorithm, message) {
  return call(() => host.digest(algorithm, bytes(message)));
}

/** Whether two texts are equal, in time that depends on their lengths only. */
export function equal(a, b) {
  return host.equal(bytes(a), bytes(b));
}
