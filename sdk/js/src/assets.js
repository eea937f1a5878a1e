/** Files of the operator: a member `{file: …}` of a configuration, read in `configure`. */

import host from "#host/assets";
import { call } from "./error.js";
import * as utf8 from "./utf8.js";

const PORTION = 1 << 20;

/** The bytes of a file, all of them. */
export function read({ asset, size }) {
  const content = new Uint8Array(size);
  for (let at = 0; at < size; ) {
    const portion = call(() => host.read(asset, at, Math.min(PORTION, size - at)));
    if (portion.length === 0) return content.subarray(0, at);
    content.set(portion, at);
    at += portion.length;
  }
  return content;
}

/** The file as a text; throws where it is not UTF-8. */
export function text(file) {
  return utf8.decode(read(file));
}
