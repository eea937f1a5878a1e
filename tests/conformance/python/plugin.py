"""Does what a request's fields `do` say, in every hook: ../README.md."""

import json
from dataclasses import dataclass, field
from typing import Any

from wasmgate import (
    Denied,
    Grant,
    HostError,
    Invalid,
    Patch,
    Response,
    assets,
    authorizer,
    clock,
    configure,
    context,
    crypto,
    function,
    http,
    kv,
    log,
    map_request,
    map_response,
    metrics,
    observer,
    plugin,
    random,
    request_filter,
    response_filter,
    secrets,
    table,
    validator,
)

KEY = "key-of-at-least-32-bytes-for-HS256"
STATUS = {"unauthorized": 401, "forbidden": 403, "invalid": 400, "too-large": 413, "too-many": 429}

plugin(
    capabilities=["http", "kv", "secrets"],
    schema={
        "type": "object",
        "required": ["kept"],
        "additionalProperties": False,
        "properties": {"kept": {}, "mistake": {"type": "string"}},
    },
)


@dataclass
class Conforms:
    table: table.Table
    signer: crypto.SigningKey
    verifier: crypto.VerifyingKey
    count: metrics.Counter
    level: metrics.Gauge
    measure: metrics.Histogram


@configure
def conforms(config):
    if "mistake" in config:
        raise Invalid("/mistake", config["mistake"])
    return Conforms(
        table.Table({"kept": assets.read(config["kept"])}),
        crypto.SigningKey("HS256", "raw", KEY),
        crypto.VerifyingKey("HS256", "raw", KEY),
        metrics.Counter("count", "What was counted."),
        metrics.Gauge("level", "How much there is."),
        metrics.Histogram("measure", "What was measured.", [1, 10]),
    )


@dataclass
class Done:
    """What came of all that was to be done."""

    request: Any
    reply: Any
    state: Conforms
    lines: list = field(default_factory=list)
    headers: list = field(default_factory=list)
    context: list = field(default_factory=list)
    grant: dict = field(default_factory=dict)
    patch: Patch = field(default_factory=Patch)
    code: str | None = None
    message: str = ""
    details: Any = None
    status: int | None = None
    body: str | None = None

    def refuse(self):
        if self.code == "failure":
            raise RuntimeError(self.message)
        if self.code == "stale":
            raise Denied.stale(self.message)
        raise Denied(
            STATUS[self.code], self.message, headers=self.headers, context=self.context, details=self.details
        )

    def patched(self):
        if self.status is not None:
            return Patch().respond(self.response())
        if self.lines:
            self.patch.set_context("seen", ",".join(self.lines))
        return self.patch if self.body is None else self.patch.body(self.body)

    def response(self):
        body = "\n".join(self.lines) if self.body is None else self.body
        return Response(body, 200 if self.status is None else self.status, self.headers)


def trap(done, a, b):
    raise AssertionError("as asked")


def spin(done, a, b):
    while True:
        pass


def eat(done, a, b):
    eaten = []
    while True:
        eaten.append(bytearray(b"x") * (1 << 20))


def recurse(done, a, b):
    return recurse(done, a, b)


def repeat(done, a, b):
    for _ in range(int(a)):
        step(done, b)


def see(done, what, name):
    request, reply = done.request, done.reply
    seen = {
        "method": lambda: request.method,
        "path": lambda: request.path,
        "query": lambda: request.query,
        "header": lambda: request.header(name),
        "query-parameter": lambda: request.query_parameter(name),
        "path-parameter": lambda: request.path_parameter(name),
        "context": lambda: request.context(name),
        "body": lambda: request.text(),
        "reply-status": lambda: reply.status,
        "reply-header": lambda: reply.header(name),
        "reply-body": lambda: reply.text(),
    }[what]()
    return "-" if seen is None else seen


def refuse(done, a, b):
    done.code, done.message = a, b


def verify(done, a, b):
    signature = done.state.signer.sign(a)
    return done.state.verifier.verify(a, signature) and not done.state.verifier.verify("other", signature)


def swap(done, a, b):
    expected, _, value = b.partition(" ")
    return kv.compare_and_swap(a, None if expected == "-" else expected, value)


def fetch(done, a, b):
    answer = http.fetch(a)
    return f"{answer.status} {answer.text()}"


def decoded(value):
    return "-" if value is None else value.decode()


def ok(_):
    return "ok"


def nothing(_):
    return None


# What may be done with the rest of the line as words; what it gives becomes a line.
VERBS = {
    "trap": trap,
    "spin": spin,
    "eat": eat,
    "recurse": recurse,
    "repeat": repeat,
    "see": see,
    "refuse": refuse,
    "big": lambda done, a, b: setattr(done, "body", "x" * int(a)),
    "header": lambda done, a, b: done.headers.append((a, b)),
    "context": lambda done, a, b: done.context.append((a, b)),
    "ttl": lambda done, a, b: done.grant.update(ttl=int(a)),
    "status": lambda done, a, b: setattr(done, "status", int(a)),
    "line-end": lambda done, a, b: nothing(done.patch.set_header("x-a", "a\r\nb")),
    "set-header": lambda done, a, b: nothing(done.patch.set_header(a, b)),
    "append-header": lambda done, a, b: nothing(done.patch.append_header(a, b)),
    "remove-header": lambda done, a, b: nothing(done.patch.remove_header(a)),
    "set-context": lambda done, a, b: nothing(done.patch.set_context(a, b)),
    "set-query": lambda done, a, b: nothing(done.patch.set_query(a, b)),
    "append-query": lambda done, a, b: nothing(done.patch.append_query(a, b)),
    "remove-query": lambda done, a, b: nothing(done.patch.remove_query(a)),
    "log": lambda done, a, b: log.write(a, b),
    "count": lambda done, a, b: done.state.count.add(float(a)),
    "level": lambda done, a, b: done.state.level.set(float(a)),
    "measure": lambda done, a, b: done.state.measure.record(float(a)),
    "now": lambda done, a, b: "now" if clock.now() > 1_600_000_000_000 else "wrong",
    "random": lambda done, a, b: "random" if random.token(8) != random.token(8) else "wrong",
    "ask": lambda done, a, b: context.get(a) or "-",
    "secret": lambda done, a, b: secrets.get(a),
    "digest": lambda done, a, b: crypto.digest(a, b).hex(),
    "equal": lambda done, a, b: crypto.equal(a, b),
    "sign": lambda done, a, b: done.state.signer.sign(a).hex(),
    "verify": verify,
    "kv-get": lambda done, a, b: decoded(kv.get(a)),
    "kv-set": lambda done, a, b: ok(kv.set(a, b)),
    "kv-delete": lambda done, a, b: ok(kv.delete(a)),
    "kv-swap": swap,
    "kv-increment": lambda done, a, b: kv.increment(a, int(b)),
    "lookup": lambda done, a, b: decoded(done.state.table.get(a)),
    "fetch": fetch,
}

# The same with the rest as one text.
TEXTS = {
    "details": lambda done, rest: setattr(done, "details", json.loads(rest)),
    "principal": lambda done, rest: done.grant.update(principal=rest),
    "usage-key": lambda done, rest: done.grant.update(usage_key=rest),
    "policy": lambda done, rest: done.grant.update(policy=rest),
    "body": lambda done, rest: setattr(done, "body", rest),
    "set-path": lambda done, rest: nothing(done.patch.set_path(rest)),
    "set-method": lambda done, rest: nothing(done.patch.set_method(rest)),
    "set-status": lambda done, rest: nothing(done.patch.set_status(int(rest))),
    "upstream": lambda done, rest: nothing(done.patch.upstream(rest)),
}


def step(done, line):
    verb, _, rest = line.partition(" ")
    a, _, b = rest.partition(" ")
    try:
        got = TEXTS[verb](done, rest) if verb in TEXTS else VERBS[verb](done, a, b)
    except HostError as error:
        got = f"! {error.code}"
    if got is not None:
        done.lines.append(str(got).lower() if isinstance(got, bool) else str(got))


def perform(request, reply, state):
    done = Done(request, reply, state)
    for name, line in request.headers:
        if name == "do":
            step(done, line)
    if done.code:
        done.refuse()
    return done


SEEN = {"headers": ["*"], "query": ["*"], "path": ["*"], "context": ["sourceIp", "authorizer.tenant"], "body": True}
REPLY = SEEN | {"reply_headers": ["*"], "reply_body": True}


@authorizer(**SEEN)
def authorize(request, state):
    done = perform(request, None, state)
    return Grant(done.grant.pop("principal", ""), done.context, **done.grant)


@request_filter(**SEEN)
def filter_request(request, state):
    return perform(request, None, state).patched()


@response_filter(**REPLY)
def filter_response(request, reply, state):
    return perform(request, reply, state).patched()


@validator(**SEEN)
def validate(request, state):
    perform(request, None, state)


@map_request(**REPLY)
def to_upstream(request, state):
    return perform(request, None, state).patched()


@map_response(**REPLY)
def from_upstream(request, reply, state):
    return perform(request, reply, state).patched()


@function(**SEEN)
def handle(request, state):
    return perform(request, None, state).response()


@observer(**REPLY)
def observe(request, reply, state):
    perform(request, reply, state)
