//! Does what a request's fields `do` say, in every hook: ../README.md.

const std = @import("std");
const wasmgate = @import("wasmgate");

const Reply = wasmgate.Reply;
const Request = wasmgate.Request;
const allocator = wasmgate.allocator;

const Plugin = struct {
    table: wasmgate.Table,
    signer: wasmgate.SigningKey,
    verifier: wasmgate.VerifyingKey,
    count: wasmgate.Metric,
    level: wasmgate.Metric,
    measure: wasmgate.Metric,

    pub const Configuration = struct { kept: wasmgate.Asset, mistake: ?[]const u8 = null };

    pub fn configure(configuration: Configuration, setup: *wasmgate.Setup) !Plugin {
        if (configuration.mistake) |mistake| setup.problem("/mistake", mistake);
        wants(setup);
        const key = "key-of-at-least-32-bytes-for-HS256";
        const kept = try configuration.kept.read();
        return .{
            .table = try wasmgate.Table.of(&.{.{ .name = .of("kept"), .value = .of(kept) }}),
            .signer = try wasmgate.SigningKey.of("HS256", "raw", key),
            .verifier = try wasmgate.VerifyingKey.of("HS256", "raw", key),
            .count = try wasmgate.Metric.counter("count", "What was counted."),
            .level = try wasmgate.Metric.gauge("level", "How much there is."),
            .measure = try wasmgate.Metric.histogram("measure", "What was measured.", &.{ 1, 10 }),
        };
    }

    pub fn authorize(self: *const Plugin, request: *const Request, refusal: *wasmgate.Refusal) !wasmgate.Grant {
        var all = try Done.of(self, ",", request, null, refusal);
        for (all.context.items) |pair| all.grant = all.grant.with(pair[0], pair[1]);
        return all.grant;
    }

    pub fn filterRequest(self: *const Plugin, request: *const Request, refusal: *wasmgate.Refusal) !wasmgate.Patch {
        return (try Done.of(self, ",", request, null, refusal)).patched();
    }

    pub fn filterResponse(self: *const Plugin, request: *const Request, reply: *const Reply, refusal: *wasmgate.Refusal) !wasmgate.Patch {
        return (try Done.of(self, ",", request, reply, refusal)).patched();
    }

    pub const mapRequest = filterRequest;
    pub const mapResponse = filterResponse;

    pub fn validate(self: *const Plugin, request: *const Request, refusal: *wasmgate.Refusal) !void {
        _ = try Done.of(self, ",", request, null, refusal);
    }

    pub fn handle(self: *const Plugin, request: *const Request, refusal: *wasmgate.Refusal) !wasmgate.Response {
        return (try Done.of(self, "\n", request, null, refusal)).response();
    }

    pub fn observe(self: *const Plugin, request: *const Request, reply: *const Reply) void {
        var refusal = wasmgate.Refusal{};
        _ = Done.of(self, ",", request, reply, &refusal) catch {};
    }
};

fn wants(setup: *wasmgate.Setup) void {
    setup.wantsHeader("*");
    setup.wantsQuery("*");
    setup.wantsPath("*");
    setup.wantsContext("sourceIp");
    setup.wantsContext("authorizer.tenant");
    setup.wantsBody();
    setup.wantsReplyHeader("*");
    setup.wantsReplyBody();
}

const Pairs = std.ArrayList([2][]const u8);

/// What came of all that was to be done.
const Done = struct {
    plugin: *const Plugin,
    request: *const Request,
    reply: ?*const Reply,
    lines: std.ArrayList([]const u8) = .empty,
    separator: []const u8,
    headers: Pairs = .empty,
    context: Pairs = .empty,
    code: ?[]const u8 = null,
    message: []const u8 = "",
    details: wasmgate.Text = .{},
    grant: wasmgate.Grant = .{},
    patch: wasmgate.Patch = .{},
    status: u32 = 0,

    /// Does all; refuses where one of the fields does.
    fn of(plugin: *const Plugin, separator: []const u8, request: *const Request, reply: ?*const Reply, refusal: *wasmgate.Refusal) !Done {
        var done = Done{ .plugin = plugin, .separator = separator, .request = request, .reply = reply };
        for (request.headers.slice()) |field| {
            if (same(field.name.slice(), "do")) try done.step(field.value.slice());
        }
        const code = done.code orelse return done;
        for (done.headers.items) |pair| refusal.header(pair[0], pair[1]);
        for (done.context.items) |pair| refusal.with(pair[0], pair[1]);
        refusal.details = done.details;
        return refusal.refuse(code, done.message);
    }

    fn step(done: *Done, written: []const u8) anyerror!void {
        const verb, const rest = split(written);
        const a, const b = split(rest);
        if (names(verb, &.{ "set-header", "append-header", "remove-header", "set-context", "set-query", "append-query", "remove-query" })) {
            done.patch.change(try allocator.dupeSentinel(u8, verb, 0), a, b);
        } else if (names(verb, &.{ "set-path", "set-method", "set-status", "upstream" })) {
            done.patch.change(try allocator.dupeSentinel(u8, verb, 0), "", rest);
        } else if (same(verb, "repeat")) {
            for (0..try std.fmt.parseInt(usize, a, 10)) |_| try done.step(b);
        } else if (try done.fails(verb)) {} else if (try done.gives(verb, rest)) {} else if (done.does(verb, a, b)) {} else {
            const got = done.ask(verb, rest) catch |problem|
                try std.mem.concat(allocator, u8, &.{ "! ", wasmgate.codeOf(problem) orelse @errorName(problem) });
            try done.lines.append(allocator, got);
        }
    }

    /// What never ends, or not well.
    fn fails(_: *const Done, verb: []const u8) !bool {
        if (same(verb, "trap")) @trap();
        if (same(verb, "spin")) while (true) tick();
        if (same(verb, "eat")) while (true) {
            @memset(try allocator.alloc(u8, 1 << 20), 1);
        };
        if (same(verb, "recurse")) sink = recurse(0);
        return false;
    }

    /// Parts of what the hook gives.
    fn gives(done: *Done, verb: []const u8, rest: []const u8) !bool {
        const a, const b = split(rest);
        if (same(verb, "principal")) {
            done.grant.principal = .of(rest);
        } else if (same(verb, "usage-key")) {
            done.grant.usage_key = .of(rest);
        } else if (same(verb, "policy")) {
            done.grant.policy = .of(rest);
        } else if (same(verb, "ttl")) {
            done.grant.ttl = try std.fmt.parseInt(u32, a, 10);
        } else if (same(verb, "header")) {
            try done.headers.append(allocator, .{ a, b });
        } else if (same(verb, "context")) {
            try done.context.append(allocator, .{ a, b });
        } else if (same(verb, "status")) {
            done.status = try std.fmt.parseInt(u32, a, 10);
        } else if (same(verb, "body")) {
            done.patch.body = .of(rest);
        } else if (same(verb, "big")) {
            const bytes = try allocator.alloc(u8, try std.fmt.parseInt(usize, a, 10));
            @memset(bytes, 'x');
            done.patch.body = .of(bytes);
        } else if (same(verb, "line-end")) {
            done.patch.setHeader("x-a", "a\r\nb");
        } else if (same(verb, "refuse")) {
            done.code = a;
            done.message = b;
        } else if (same(verb, "details")) {
            done.details = .of(rest);
        } else return false;
        return true;
    }

    /// Imports that give nothing.
    fn does(done: *Done, verb: []const u8, a: []const u8, b: []const u8) bool {
        const value = std.fmt.parseFloat(f64, a) catch 0;
        if (same(verb, "log")) {
            wasmgate.log.write(if (same(a, "debug")) .debug else .info, b);
        } else if (same(verb, "count")) {
            done.plugin.count.add(value);
        } else if (same(verb, "level")) {
            done.plugin.level.observe(value);
        } else if (same(verb, "measure")) {
            done.plugin.measure.observe(value);
        } else return false;
        return true;
    }

    /// What is seen, or what an import gives, as a line.
    fn ask(done: *Done, verb: []const u8, rest: []const u8) ![]const u8 {
        const a, const b = split(rest);
        if (same(verb, "see")) return try done.see(a, b) orelse "-";
        if (same(verb, "now")) return if (wasmgate.now() > 1_600_000_000_000) verb else "wrong";
        if (same(verb, "random")) return if (wasmgate.random() != wasmgate.random()) verb else "wrong";
        if (same(verb, "ask")) return wasmgate.context(a) orelse "-";
        if (same(verb, "secret")) return wasmgate.secret(a);
        if (same(verb, "digest")) return hex(try wasmgate.digest(try allocator.dupeSentinel(u8, a, 0), b));
        if (same(verb, "equal")) return named(wasmgate.equal(a, b));
        if (same(verb, "sign")) return hex(try done.plugin.signer.sign(a));
        if (same(verb, "verify")) return done.verified(a);
        if (same(verb, "lookup")) return done.plugin.table.lookup(a) orelse "-";
        if (same(verb, "fetch")) return fetched(a);
        return values(verb, a, b);
    }

    fn see(done: *Done, what: []const u8, name: []const u8) !?[]const u8 {
        const request = done.request;
        if (same(what, "method")) return request.method.get();
        if (same(what, "path")) return request.path.get();
        if (same(what, "query")) return request.query.get();
        if (same(what, "header")) return request.headers.find(name);
        if (same(what, "query-parameter")) return request.query_parameters.find(name);
        if (same(what, "path-parameter")) return request.path_parameters.find(name);
        if (same(what, "context")) return request.context.find(name);
        if (same(what, "body")) return request.body.get();
        const reply = done.reply orelse return null;
        if (same(what, "reply-status")) return try std.fmt.allocPrint(allocator, "{d}", .{reply.status});
        if (same(what, "reply-header")) return reply.headers.find(name);
        return reply.body.get();
    }

    fn verified(done: *Done, message: []const u8) ![]const u8 {
        const signature = try done.plugin.signer.sign(message);
        const right = try done.plugin.verifier.verify(message, signature);
        return named(right and !try done.plugin.verifier.verify("other", signature));
    }

    fn told(done: *const Done) ![]const u8 {
        return std.mem.join(allocator, done.separator, done.lines.items);
    }

    fn response(done: *const Done) !wasmgate.Response {
        var answer = wasmgate.Response{ .status = if (done.status == 0) 200 else done.status };
        for (done.headers.items) |pair| answer.header(pair[0], pair[1]);
        answer.body = if (done.patch.body.get()) |body| .of(body) else .of(try done.told());
        return answer;
    }

    fn patched(done: *const Done) !wasmgate.Patch {
        var patch = done.patch;
        if (done.lines.items.len > 0) patch.change("set-context", "seen", try done.told());
        if (done.status != 0) try patch.answer(try done.response());
        return patch;
    }
};

fn values(verb: []const u8, key: []const u8, rest: []const u8) ![]const u8 {
    if (same(verb, "kv-get")) return try wasmgate.kv.get(key) orelse "-";
    if (same(verb, "kv-set")) {
        try wasmgate.kv.set(key, rest, 0);
        return "ok";
    }
    if (same(verb, "kv-delete")) {
        try wasmgate.kv.delete(key);
        return "ok";
    }
    if (same(verb, "kv-increment")) {
        const sum = try wasmgate.kv.increment(key, try std.fmt.parseInt(i64, rest, 10), 0);
        return std.fmt.allocPrint(allocator, "{d}", .{sum});
    }
    if (!same(verb, "kv-swap")) return error.NoSuchVerb;
    const old, const new = split(rest);
    return named(try wasmgate.kv.swap(key, if (same(old, "-")) null else old, new, 0));
}

fn fetched(url: []const u8) ![]const u8 {
    const answer = try wasmgate.fetch("GET", url, "");
    return std.fmt.allocPrint(allocator, "{d} {s}", .{ answer.status, answer.body.slice() });
}

var sink: u32 = 0;

fn tick() void {
    const counter: *volatile u32 = &sink;
    counter.* +%= 1;
}

fn recurse(depth: u32) u32 {
    var kept = depth;
    const at: *volatile u32 = &kept;
    return if (sink == std.math.maxInt(u32)) 0 else recurse(depth + 1) +% at.*;
}

fn hex(bytes: []const u8) ![]const u8 {
    return std.fmt.allocPrint(allocator, "{x}", .{bytes});
}

fn named(truth: bool) []const u8 {
    return if (truth) "true" else "false";
}

fn names(verb: []const u8, known: []const []const u8) bool {
    for (known) |name| {
        if (same(verb, name)) return true;
    }
    return false;
}

fn same(a: []const u8, b: []const u8) bool {
    return std.mem.eql(u8, a, b);
}

/// The first word, and what follows its blank.
fn split(text: []const u8) [2][]const u8 {
    const blank = std.mem.indexOfScalar(u8, text, ' ') orelse return .{ text, "" };
    return .{ text[0..blank], text[blank + 1 ..] };
}

comptime {
    wasmgate.plugin(Plugin, .{
        .name = "conforms",
        .summary = "Does what a request says, in every hook",
        .capabilities = "[\"http\",\"kv\",\"secrets\"]",
        .configuration =
        \\{ "type": "object", "required": ["kept"], "additionalProperties": false,
        \\  "properties": { "kept": {}, "mistake": { "type": "string" } } }
        ,
    });
}
