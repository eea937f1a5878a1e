/** What hooks see. */

import { Denied } from "./denied.js";
import * as utf8 from "./utf8.js";

class Message {
  #seen;

  constructor(seen) {
    this.#seen = seen;
  }

  /** All fields in wire order, names in lower case. */
  get headers() {
    return this.#seen.headers;
  }

  /** The first value of a field. */
  header(name) {
    return find(this.#seen.headers, name.toLowerCase());
  }

  /** The whole body, where the interest wants it. */
  get body() {
    return this.#seen.body ?? undefined;
  }

  /** The body as a text; throws where it is not UTF-8. */
  text() {
    return utf8.decode(this.#seen.body ?? new Uint8Array());
  }

  /** The body as JSON; a body that is none denies the request with 400. */
  json() {
    try {
      return JSON.parse(this.text());
    } catch (error) {
      throw new Denied(400, `the body is no JSON: ${error.message}`);
    }
  }

  /** A value that the gateway adds, such as `latency-us`. */
  extra(name) {
    return find(this.#seen.extra, name);
  }
}

/** A request, as much of it as the interest asks for. */
export class Request extends Message {
  #seen;

  constructor(seen) {
    super(seen);
    this.#seen = seen;
  }

  get method() {
    return this.#seen.method;
  }

  get path() {
    return this.#seen.path;
  }

  get query() {
    return this.#seen.query;
  }

  get queryParameters() {
    return this.#seen.queryParameters;
  }

  queryParameter(name) {
    return find(this.#seen.queryParameters, name);
  }

  pathParameter(name) {
    return find(this.#seen.pathParameters, name);
  }

  context(name) {
    return find(this.#seen.context, name);
  }
}

/** A reply on its way to the client, as much of it as the interest asks for. */
export class Reply extends Message {
  #seen;

  constructor(seen) {
    super(seen);
    this.#seen = seen;
  }

  get status() {
    return this.#seen.status;
  }
}

function find(pairs, wanted) {
  for (const [name, value] of pairs) if (name === wanted) return value;
  return undefined;
}
