import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Denied, Invalid, Patch, assets, clock, crypto, http, kv, log, plugin, random, table, utf8 } from "wasmgate";
import { answer, asset, configure, failKv, logged, request, reset, time } from "wasmgate/test";

beforeEach(reset);

/** The outcome of a function that does something. */
const handled = (handle, more = {}) => configure(plugin({ function: { handle }, ...more })).handle(request("GET /"));

test("texts become bytes and texts again", () => {
  for (const text of ["", "plain", "grüße, 世界 🌍", "x".repeat(100_000)]) {
    assert.equal(utf8.decode(utf8.encode(text)), text);
  }
  assert.equal(utf8.decode(utf8.encode("\ud800")), "\ufffd");
  assert.throws(() => utf8.decode(new Uint8Array([0xff])), { message: "these bytes are not UTF-8" });
});

test("plugin describes itself", () => {
  const made = plugin({ name: "a", observer: { observe() {} }, capabilities: ["kv"] });
  assert.deepEqual(Object.keys(made), ["setup", "observer"]);
  const described = JSON.parse(made.setup.describe());
  assert.deepEqual([described.name, described.hooks, described.capabilities], ["a", ["observer"], ["kv"]]);
  assert.throws(() => plugin({}), { message: /at least one of/ });
});

test("interest is as the contract has it", () => {
  const interest = { headers: ["X-A"], replyHeaders: ["X-B"], replyBody: true, sets: ["X-C"] };
  const { interests } = configure(plugin({ responseFilter: { interest, filter() {} } }));
  const seen = { headers: ["x-a"], sets: ["x-c"], "reply-headers": ["x-b"], "reply-body": true };
  assert.deepEqual(interests["response-filter"], seen);
});

test("every mistake of a configuration is told", () => {
  const wrong = () => Invalid.all([new Invalid("/a", "one"), new Invalid("/b", "two", { line: 3 })]);
  const { setup } = plugin({ observer: { observe() {} }, configure: wrong });
  let problems;
  try {
    setup.configure(["{}", "{}"]);
  } catch (thrown) {
    ({ problems } = JSON.parse(thrown));
  }
  assert.deepEqual(problems[1], { entry: 0, pointer: "/b", line: 3, message: "two" });
  assert.equal(problems.length, 4);
});

test("earliest refresh counts", () => {
  const { setup } = plugin({ observer: { observe() {} }, refresh: ({ seconds }) => seconds });
  const answer = setup.configure([`{"seconds":60}`, `{"seconds":20.5}`, "{}"]);
  assert.equal(JSON.parse(answer).refresh, 20);
});

test("refusal carries all that it says", () => {
  const more = { headers: { "www-authenticate": "Key" }, context: { why: "none" }, details: [1] };
  const refused = () => handled(() => { throw new Denied(401, "who?", more); });
  assert.throws(refused, { status: 401, message: "who?", ...more });
  assert.throws(() => handled(() => { throw Denied.stale(); }), { code: "stale" });
  assert.throws(() => new Denied(500), RangeError);
});

test("other errors are failures with their place", () => {
  assert.throws(() => handled(() => undefined.member), { message: /^TypeError: .* at / });
  assert.throws(() => handled(() => undefined), { message: /no answer/ });
  const error = Object.assign(new TypeError("no"), {
    stack: "    at parse (native)\n    at text (wasmgate/request.js:3:1)\n    at handle (a.js:7:2)\n",
  });
  assert.throws(() => handled(() => { throw error; }), { message: "TypeError: no at handle (a.js:7:2)" });
});

test("authorizer that returns nothing grants nothing", () => {
  const { authorize } = configure(plugin({ authorizer: { authorize() {} } }));
  assert.throws(() => authorize(request("GET /")), { message: /returned no object/ });
});

test("patch has its changes in order", () => {
  const filter = () => new Patch().setQuery("a", "b").setPath("/c").setStatus(201).respond({ status: 204 });
  const patch = configure(plugin({ requestFilter: { filter } })).filterRequest(request("GET /"));
  assert.deepEqual(patch.changes, [["set-query", "a", "b"], ["set-path", "", "/c"], ["set-status", "", "201"]]);
  assert.equal(patch.respond.status, 204);
});

test("console and log write the log", () => {
  handled(() => {
    console.log("a", { b: 1 });
    log.debug(() => "later");
    return {};
  });
  assert.deepEqual(logged(), [["info", `a {"b":1}`], ["debug", "later"]]);
});

test("values are kept, swapped and counted", () => {
  time(0);
  kv.set("k", "v", 10);
  assert.equal(kv.text("k"), "v");
  assert.equal(kv.compareAndSwap("k", "x", "w"), false);
  assert.equal(kv.compareAndSwap("k", "v", "w"), true);
  assert.equal(kv.increment("n", 2) + kv.increment("n"), 5);
  assert.throws(() => kv.increment("k"), { name: "HostError", code: "conflict" });
  kv.remove("k");
  assert.equal(kv.get("k"), undefined);
  failKv();
  assert.throws(() => kv.get("n"), { code: "unavailable" });
});

test("keys sign and verify", () => {
  const secret = "s".repeat(32);
  const signature = new crypto.SigningKey("HS256", "raw", secret).sign("message");
  const key = new crypto.VerifyingKey("HS256", "raw", secret);
  assert.equal(key.verify("message", signature), true);
  assert.equal(key.verify("other", signature), false);
  assert.throws(() => new crypto.SigningKey("HS256", "raw", "short"), { code: "invalid" });
  assert.equal(crypto.equal("a", "a") && !crypto.equal("a", "b"), true);
});

test("tables hold texts and bytes", () => {
  const many = Array.from({ length: 2500 }, (_, n) => [`key ${n}`, `value ${n}`]);
  const keys = new table.Table(many);
  assert.equal(keys.text("key 2499"), "value 2499");
  assert.equal(keys.get("key 2500"), undefined);
  assert.deepEqual(new table.Table({ a: new Uint8Array([1]) }).get("a"), new Uint8Array([1]));
});

test("the rest of the host answers", () => {
  time(7);
  assert.equal(clock.now(), 7);
  assert.equal(random.bytes(20).length, 20);
  assert.equal(assets.text(asset("a", "grüße")), "grüße");
  answer("http://a.test/", { status: 201, headers: { "X-A": "b" }, body: "[1]" });
  const got = http.fetch("http://a.test/");
  assert.deepEqual([got.ok, got.header("x-a"), got.json()], [true, "b", [1]]);
  assert.throws(() => http.fetch("http://b.test/"), { code: "unavailable" });
});
