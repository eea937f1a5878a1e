/** Changes that a filter or mapper makes. */

import { bytes, response } from "./response.js";

/** Changes of a request or reply, applied in order, all at once or not at all. */
export class Patch {
  #changes = [];
  #body = null;
  #respond = null;

  setHeader(name, value) {
    return this.#change("set-header", name, value);
  }

  appendHeader(name, value) {
    return this.#change("append-header", name, value);
  }

  removeHeader(name) {
    return this.#change("remove-header", name);
  }

  setContext(name, value) {
    return this.#change("set-context", name, value);
  }

  setQuery(name, value) {
    return this.#change("set-query", name, value);
  }

  appendQuery(name, value) {
    return this.#change("append-query", name, value);
  }

  removeQuery(name) {
    return this.#change("remove-query", name);
  }

  setPath(path) {
    return this.#change("set-path", "", path);
  }

  setMethod(method) {
    return this.#change("set-method", "", method);
  }

  upstream(name) {
    return this.#change("upstream", "", name);
  }

  setStatus(status) {
    return this.#change("set-status", "", status);
  }

  /** The new body: bytes or a text. */
  body(body) {
    this.#body = bytes(body);
    return this;
  }

  /** Answers now, in place of everything that would follow. */
  respond(answer) {
    this.#respond = response(answer);
    return this;
  }

  #change(code, name, value = "") {
    this.#changes.push({ code, name, value: String(value) });
    return this;
  }

  /** As the contract has it. */
  toContract() {
    return { changes: this.#changes, body: this.#body, respond: this.#respond, extra: [] };
  }
}

/** What a filter or mapper returned; nothing changes nothing. */
export function contract(patch) {
  if (patch === undefined || patch === null) return new Patch().toContract();
  if (!(patch instanceof Patch)) throw new TypeError("return a `Patch`, or nothing to change nothing");
  return patch.toContract();
}
