/** Does what a request's fields `do` say, in every hook: ../README.md. */

import {
  Denied, Invalid, Patch, assets, clock, context, crypto, http, kv, log, metrics, plugin, random, secrets, table, utf8,
} from "wasmgate";

const KEY = "key-of-at-least-32-bytes-for-HS256";
const STATUS = { unauthorized: 401, forbidden: 403, invalid: 400, "too-large": 413, "too-many": 429 };

/** What came of all that was to be done. */
class Done {
  lines = [];
  headers = [];
  context = [];
  grant = {};
  patch = new Patch();

  refuse() {
    const { headers, context } = this;
    const more = { headers, context, ...(this.details && { details: JSON.parse(this.details) }) };
    if (this.code === "stale") throw Denied.stale(this.message, more);
    if (this.code === "failure") throw new Error(this.message);
    throw new Denied(STATUS[this.code], this.message || undefined, more);
  }

  patched() {
    if (this.status !== undefined) return new Patch().respond(this.response());
    if (this.lines.length > 0) this.patch.setContext("seen", this.lines.join(","));
    return this.body === undefined ? this.patch : this.patch.body(this.body);
  }

  response() {
    return { status: this.status ?? 200, headers: this.headers, body: this.body ?? this.lines.join("\n") };
  }
}

/** What may be done; what it gives becomes a line. */
const verbs = {
  trap: () => { throw new TypeError("as asked"); },
  spin: () => { for (;;); },
  eat: () => { for (const eaten = []; ; ) eaten.push(new Uint8Array(1 << 20).fill(1)); },
  recurse: () => { const deeper = (depth) => deeper(depth + 1) + 1; deeper(0); },
  big: ({ done, a }) => { done.body = "x".repeat(Number(a)); },
  repeat: (all) => { for (let count = Number(all.a); count > 0; count--) step(all.b, all); },
  see: ({ request, reply, a, b }) => sights[a](request, reply, b) ?? "-",
  refuse: ({ done, a, b }) => { [done.code, done.message] = [a, b]; },
  details: ({ done, rest }) => { done.details = rest; },
  header: ({ done, a, b }) => { done.headers.push([a, b]); },
  context: ({ done, a, b }) => { done.context.push([a, b]); },
  principal: ({ done, rest }) => { done.grant.principal = rest; },
  "usage-key": ({ done, rest }) => { done.grant.usageKey = rest; },
  policy: ({ done, rest }) => { done.grant.policy = rest; },
  ttl: ({ done, a }) => { done.grant.ttl = Number(a); },
  status: ({ done, a }) => { done.status = Number(a); },
  body: ({ done, rest }) => { done.body = rest; },
  "line-end": ({ done }) => { done.patch.setHeader("x-a", "a\r\nb"); },
  "set-header": ({ done, a, b }) => { done.patch.setHeader(a, b); },
  "append-header": ({ done, a, b }) => { done.patch.appendHeader(a, b); },
  "remove-header": ({ done, a }) => { done.patch.removeHeader(a); },
  "set-context": ({ done, a, b }) => { done.patch.setContext(a, b); },
  "set-query": ({ done, a, b }) => { done.patch.setQuery(a, b); },
  "append-query": ({ done, a, b }) => { done.patch.appendQuery(a, b); },
  "remove-query": ({ done, a }) => { done.patch.removeQuery(a); },
  "set-path": ({ done, rest }) => { done.patch.setPath(rest); },
  "set-method": ({ done, rest }) => { done.patch.setMethod(rest); },
  "set-status": ({ done, rest }) => { done.patch.setStatus(Number(rest)); },
  upstream: ({ done, rest }) => { done.patch.upstream(rest); },

  log: ({ a, b }) => log.write(a, b),
  count: ({ state, a }) => state.count.add(Number(a)),
  level: ({ state, a }) => state.level.set(Number(a)),
  measure: ({ state, a }) => state.measure.record(Number(a)),
  now: () => (clock.now() > 1_600_000_000_000 ? "now" : "wrong"),
  random: () => (hex(random.bytes(8)) !== hex(random.bytes(8)) ? "random" : "wrong"),
  ask: ({ a }) => context.get(a) ?? "-",
  secret: ({ a }) => secrets.get(a),
  digest: ({ a, b }) => hex(crypto.digest(a, b)),
  equal: ({ a, b }) => crypto.equal(a, b),
  sign: ({ state, a }) => hex(state.signer.sign(a)),
  verify: ({ state: { signer, verifier }, a }) =>
    verifier.verify(a, signer.sign(a)) && !verifier.verify("other", signer.sign(a)),
  "kv-get": ({ a }) => kv.text(a) ?? "-",
  "kv-set": ({ a, b }) => (kv.set(a, b), "ok"),
  "kv-delete": ({ a }) => (kv.remove(a), "ok"),
  "kv-swap": ({ a, b }) => {
    const [expected, value] = cut(b);
    return kv.compareAndSwap(a, expected === "-" ? undefined : expected, value);
  },
  "kv-increment": ({ a, b }) => kv.increment(a, Number(b)),
  lookup: ({ state, a }) => state.table.text(a) ?? "-",
  fetch: ({ a }) => {
    const answer = http.fetch(a);
    return `${answer.status} ${answer.text()}`;
  },
};

const sights = {
  method: (request) => request.method,
  path: (request) => request.path,
  query: (request) => request.query,
  header: (request, reply, name) => request.header(name),
  "query-parameter": (request, reply, name) => request.queryParameter(name),
  "path-parameter": (request, reply, name) => request.pathParameter(name),
  context: (request, reply, name) => request.context(name),
  body: (request) => request.text(),
  "reply-status": (request, reply) => reply.status,
  "reply-header": (request, reply, name) => reply.header(name),
  "reply-body": (request, reply) => utf8.decode(reply.body),
};

function step(line, { request, reply, state, done }) {
  const [verb, rest] = cut(line);
  const [a, b] = cut(rest);
  let got;
  try {
    got = verbs[verb]({ request, reply, state, done, rest, a, b });
  } catch (error) {
    if (!error.code) throw error;
    got = `! ${error.code}`;
  }
  if (got !== undefined) done.lines.push(String(got));
}

function perform(request, reply, state) {
  const done = new Done();
  for (const [name, line] of request.headers) {
    if (name === "do") step(line, { request, reply, state, done });
  }
  if (done.code) done.refuse();
  return done;
}

/** The first word, and what stands behind its blank. */
function cut(line) {
  const at = line.indexOf(" ");
  return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const all = ["*"];
const interest = {
  headers: all, query: all, path: all, context: ["sourceIp", "authorizer.tenant"], body: true,
  replyHeaders: all, replyBody: true,
};

const made = plugin({
  capabilities: ["http", "kv", "secrets"],
  configuration: {
    type: "object",
    required: ["kept"],
    additionalProperties: false,
    properties: { kept: {}, mistake: { type: "string" } },
  },

  configure({ kept, mistake }) {
    if (mistake) throw new Invalid("/mistake", mistake);
    return {
      table: new table.Table([["kept", assets.read(kept)]]),
      signer: new crypto.SigningKey("HS256", "raw", KEY),
      verifier: new crypto.VerifyingKey("HS256", "raw", KEY),
      count: new metrics.Counter("count", "What was counted."),
      level: new metrics.Gauge("level", "How much there is."),
      measure: new metrics.Histogram("measure", "What was measured.", [1, 10]),
    };
  },

  authorizer: {
    interest,
    authorize(request, state) {
      const done = perform(request, undefined, state);
      return { ...done.grant, context: done.context };
    },
  },
  requestFilter: { interest, filter: (request, state) => perform(request, undefined, state).patched() },
  responseFilter: { interest, filter: (request, reply, state) => perform(request, reply, state).patched() },
  validator: { interest, validate: (request, state) => void perform(request, undefined, state) },
  mapper: {
    interest,
    mapRequest: (request, state) => perform(request, undefined, state).patched(),
    mapResponse: (request, reply, state) => perform(request, reply, state).patched(),
  },
  function: { interest, handle: (request, state) => perform(request, undefined, state).response() },
  observer: { interest, observe: (request, reply, state) => void perform(request, reply, state) },
});

export const { setup, authorizer, requestFilter, responseFilter, validator, mapper, observer } = made;
const { function: answered } = made;
export { answered as function };
