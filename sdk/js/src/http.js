/** Requests to the outside. The operator grants them. */

import host from "#host/http";
import { call } from "./error.js";
import { pairs } from "./pairs.js";
import { bytes } from "./response.js";
import * as utf8 from "./utf8.js";

/** An answer from the outside. */
export class Answer {
  #body;

  constructor({ status, headers, body }) {
    this.status = status;
    this.headers = headers;
    this.#body = body;
  }

  /** Whether the status is 200 to 299. */
  get ok() {
    return this.status >= 200 && this.status < 300;
  }

  /** The first value of a field. */
  header(name) {
    return this.headers.find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1];
  }

  /** The whole body. */
  get body() {
    return this.#body;
  }

  text() {
    return utf8.decode(this.#body);
  }

  json() {
    return JSON.parse(this.text());
  }
}

/** Sends a request and waits for the whole answer. */
export function fetch(url, { method = "GET", headers, body, timeout = 0 } = {}) {
  const request = { method, url, headers: pairs(headers), body: bytes(body), timeout, extra: [] };
  return new Answer(call(() => host.fetch(request)));
}
