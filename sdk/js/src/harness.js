/**
 * Stands in for the gateway where a plugin's own tests run, by plain `node --test`. See `test.d.ts`.
 *
 * @module
 */

import * as console from "./console.js";
import { Denied } from "./denied.js";
import { Invalid } from "./invalid.js";
import { host, reset } from "./mock/state.js";
import { pairs } from "./pairs.js";
import { bytes, response } from "./response.js";
import * as utf8 from "./utf8.js";

export { reset };

/** Configures a plugin's exports, and gives its hooks as functions. */
export function configure(exported, config = {}) {
  const answer = told(() => exported.setup.configure([JSON.stringify(config)]));
  const [interests] = JSON.parse(answer).entries;
  const call = (hook, name, make) => (request, answered) => {
    const interest = interests[HOOKS[hook]];
    const seen = [seenRequest(request, interest), ...(answered ? [seenReply(answered, interest)] : [])];
    return make(refused(() => exported[hook][name](0, ...seen)));
  };
  return {
    interests,
    authorize: call("authorizer", "authorize", granted),
    filterRequest: call("requestFilter", "filter", patched),
    filterResponse: call("responseFilter", "filter", patched),
    validate: call("validator", "validate", () => undefined),
    mapRequest: call("mapper", "mapRequest", patched),
    mapResponse: call("mapper", "mapResponse", patched),
    handle: call("function", "handle", answered),
    observe: call("observer", "observe", () => undefined),
  };
}

/** A request for a test: `request("GET /orders?page=2", { headers: { "x-api-key": "k" } })`. */
export function request(line, more = {}) {
  const [method, target] = line.split(" ", 2);
  const [path, query = ""] = target.split("?", 2);
  return { method, path, query, ...more };
}

/** A reply for a test. */
export function reply(status, more = {}) {
  return { status, ...more };
}

/** Grants a secret. */
export const secret = (name, value) => void host.secrets.set(name, value);

/** Gives `$context` a value. */
export const context = (name, value) => void host.context.set(name, value);

/** Answers requests to a URL with this. */
export const answer = (url, answer) => void host.answers.set(url, response(answer));

/** The URLs that were fetched so far. */
export const fetched = () => host.fetched;

/** Makes a file, and gives what a configuration holds in the place of `{file: name}`. */
export function asset(name, content) {
  const bytes = utf8.bytes(content);
  return { asset: host.assets.push(bytes) - 1, name, size: bytes.length };
}

/** Sets the time, in milliseconds since 1970; it stands still from then on. */
export const time = (milliseconds) => void (host.time = milliseconds);

/** Has a signature of an algorithm with public keys count as valid: the stand-in computes HS only. */
export const accept = (message, signature) => void host.accepted.push([utf8.bytes(message), signature]);

/** Has every call of `kv` fail from now on. */
export const failKv = () => void (host.kvFails = true);

/** What was logged so far: pairs of level and message. */
export const logged = () => host.lines;

/** The value of a metric; of a histogram the last one. */
export const metric = (name) => host.metrics.find((known) => known.name === name)?.value;

const HOOKS = {
  authorizer: "authorizer",
  requestFilter: "request-filter",
  responseFilter: "response-filter",
  validator: "validator",
  mapper: "mapper",
  function: "function",
  observer: "observer",
};

const STATUSES = { invalid: 400, unauthorized: 401, forbidden: 403, "too-large": 413, "too-many": 429 };

/** Turns the contract's problems into the error that an operator would see. */
function told(action) {
  try {
    return console.during(action);
  } catch (thrown) {
    if (typeof thrown !== "string") throw thrown;
    const all = JSON.parse(thrown).problems.map(({ pointer, message, ...more }) => new Invalid(pointer, message, more));
    throw all.length === 1 ? all[0] : new AggregateError(all, all.map(String).join("; "));
  }
}

/** Turns the contract's refusal back into what was thrown. */
function refused(action) {
  try {
    return console.during(action);
  } catch (thrown) {
    const { code, message, extra } = thrown;
    if (code === undefined) throw thrown;
    if (code === "failure") throw new Error(message);
    const more = { headers: byName(thrown.headers), context: byName(thrown.context) };
    if (extra.length > 0) more.details = JSON.parse(extra[0][1]);
    throw code === "stale" ? Denied.stale(message, more) : new Denied(STATUSES[code], message, more);
  }
}

function seenRequest(request, interest = {}) {
  const parameters = [...new URLSearchParams(request.query ?? "")];
  return {
    method: request.method ?? "GET",
    path: request.path ?? "/",
    query: interest.query?.includes("*") ? (request.query ?? "") : "",
    headers: fields(request.headers, interest.headers),
    queryParameters: only(parameters, interest.query),
    pathParameters: only(pairs(request.parameters), interest.path),
    context: only(pairs(request.context), interest.context),
    body: interest.body ? bytes(request.body) : null,
    extra: [],
  };
}

function seenReply(reply, interest = {}) {
  return {
    status: reply.status,
    headers: fields(reply.headers, interest["reply-headers"]),
    body: interest["reply-body"] ? bytes(reply.body) : null,
    extra: pairs(reply.extra),
  };
}

function fields(headers, wanted) {
  return only(pairs(headers).map(([name, value]) => [name.toLowerCase(), value]), wanted);
}

function only(pairs, wanted = []) {
  return wanted.includes("*") ? pairs : pairs.filter(([name]) => wanted.includes(name));
}

function granted({ context, extra: _, ...grant }) {
  return { ...grant, context: byName(context) };
}

function patched({ changes, body, respond }) {
  return {
    changes: changes.map(({ code, name, value }) => [code, name, value]),
    body: body === null ? undefined : utf8.decode(body),
    respond: respond === null ? undefined : answered(respond),
  };
}

function answered({ status, headers, body }) {
  return { status, headers: byName(headers), body: utf8.decode(body) };
}

function byName(pairs) {
  return Object.fromEntries(pairs);
}
