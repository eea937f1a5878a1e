/** Tables that stay in the host: filled in `configure`, looked up at requests. A million keys cost an instance nothing. */

import host from "#host/table";
import { call } from "./error.js";
import { bytes, decode } from "./utf8.js";

const PORTION = 1000;

/** Keys and values: texts or bytes. */
export class Table {
  /** A table of these pairs: an object, a Map, or anything that gives pairs. */
  constructor(entries) {
    this.number = call(() => host.create());
    const pairs = typeof entries[Symbol.iterator] === "function" ? entries : Object.entries(entries);
    let portion = [];
    for (const [key, value] of pairs) {
      if (portion.push([bytes(key), bytes(value)]) === PORTION) portion = this.#insert(portion);
    }
    this.#insert(portion);
  }

  /** The value's bytes. */
  get(key) {
    return host.lookup(this.number, bytes(key)) ?? undefined;
  }

  /** The value as a text. */
  text(key) {
    const value = this.get(key);
    return value && decode(value);
  }

  #insert(portion) {
    call(() => host.insert(this.number, portion));
    return [];
  }
}
