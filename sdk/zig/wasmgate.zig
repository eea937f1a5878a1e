//! Write wasmgate plugins in Zig.
//!
//! A plugin is a struct with `Configuration`, `configure`, and a function for each of its hooks:
//!
//!     const wasmgate = @import("wasmgate");
//!
//!     const Token = struct {
//!         token: []const u8,
//!
//!         pub const Configuration = struct { token: []const u8 };
//!
//!         pub fn configure(configuration: Configuration, setup: *wasmgate.Setup) !Token {
//!             setup.wantsHeader("authorization");
//!             return .{ .token = configuration.token };
//!         }
//!
//!         pub fn authorize(self: *const Token, request: *const wasmgate.Request, refusal: *wasmgate.Refusal) !wasmgate.Grant { … }
//!     };
//!
//!     comptime {
//!         wasmgate.plugin(Token, .{ .name = "token", .configuration = @embedFile("schema.json") });
//!     }
//!
//! Hooks are `authorize`, `filterRequest`, `filterResponse`, `validate`, `mapRequest` with `mapResponse`, `handle` and
//! `observe`. They refuse by `return refusal.forbidden("why")`; every other error is answered 500, its name goes to the
//! log. Memory of `allocator` lives until the hook returns, that of `configure` for ever: nothing is freed by hand.

const std = @import("std");

/// A text of the SDK for C: none where `data` is null.
pub const Text = extern struct {
    data: ?[*]const u8 = null,
    size: usize = 0,

    pub fn of(text: []const u8) Text {
        return .{ .data = text.ptr, .size = text.len };
    }

    pub fn get(self: Text) ?[]const u8 {
        const data = self.data orelse return null;
        return data[0..self.size];
    }

    pub fn slice(self: Text) []const u8 {
        return self.get() orelse "";
    }
};

pub const Pair = extern struct { name: Text, value: Text };

pub const Pairs = extern struct {
    items: ?[*]const Pair = null,
    count: usize = 0,

    pub fn slice(self: Pairs) []const Pair {
        const items = self.items orelse return &.{};
        return items[0..self.count];
    }

    /// The value of the first pair of a name.
    pub fn find(self: Pairs, name: []const u8) ?[]const u8 {
        for (self.slice()) |pair| {
            if (std.mem.eql(u8, pair.name.slice(), name)) return pair.value.slice();
        }
        return null;
    }
};

const List = extern struct {
    items: ?[*]Pair = null,
    count: usize = 0,
    room: usize = 0,

    fn add(self: *List, name: []const u8, value: []const u8) void {
        wg_add(self, Text.of(name), Text.of(value));
    }
};

/// As much of a request as the plugin wants. Names of fields are in lower case.
pub const Request = extern struct {
    method: Text,
    path: Text,
    query: Text,
    headers: Pairs,
    query_parameters: Pairs,
    path_parameters: Pairs,
    context: Pairs,
    body: Text,
};

pub const Reply = extern struct {
    status: u32,
    headers: Pairs,
    body: Text,
    extra: Pairs,
};

/// What an authorizer gives on success.
pub const Grant = extern struct {
    principal: Text = .{},
    context: List = .{},
    usage_key: Text = .{},
    policy: Text = .{},
    /// Seconds.
    ttl: u32 = 0,

    pub fn to(caller: []const u8) Grant {
        return .{ .principal = Text.of(caller) };
    }

    /// Adds a value that later hooks see as `authorizer.NAME`.
    pub fn with(self: Grant, name: []const u8, value: []const u8) Grant {
        var grant = self;
        grant.context.add(name, value);
        return grant;
    }
};

/// Why a hook did not do its work: `return refusal.forbidden("why")`.
pub const Refusal = extern struct {
    code: Text = .{},
    message: Text = .{},
    headers: List = .{},
    context: List = .{},
    details: Text = .{},

    pub fn refuse(self: *Refusal, code: []const u8, message: []const u8) error{Refused} {
        self.code = Text.of(code);
        self.message = Text.of(message);
        return error.Refused;
    }

    /// 401. An empty message is the code's own.
    pub fn unauthorized(self: *Refusal, message: []const u8) error{Refused} {
        return self.refuse("unauthorized", message);
    }

    /// 403.
    pub fn forbidden(self: *Refusal, message: []const u8) error{Refused} {
        return self.refuse("forbidden", message);
    }

    /// 400.
    pub fn invalid(self: *Refusal, message: []const u8) error{Refused} {
        return self.refuse("invalid", message);
    }

    pub fn header(self: *Refusal, name: []const u8, value: []const u8) void {
        self.headers.add(name, value);
    }

    /// Adds a value for the access log.
    pub fn with(self: *Refusal, name: []const u8, value: []const u8) void {
        self.context.add(name, value);
    }
};

pub const Response = extern struct {
    status: u32 = 200,
    headers: List = .{},
    body: Text = .{},

    pub fn text(body: []const u8) Response {
        var response = Response{ .body = Text.of(body) };
        response.header("content-type", "text/plain; charset=utf-8");
        return response;
    }

    pub fn header(self: *Response, name: []const u8, value: []const u8) void {
        self.headers.add(name, value);
    }
};

const Change = extern struct { code: Text, name: Text, value: Text };

/// Changes to a request or reply, in order, all or none.
pub const Patch = extern struct {
    changes: ?[*]Change = null,
    count: usize = 0,
    room: usize = 0,
    body: Text = .{},
    respond: ?*Response = null,

    /// `set-header`, `remove-query` and so on: see wit/types.wit. Empty where the code needs no name or no value.
    pub fn change(self: *Patch, code: [*:0]const u8, name: []const u8, value: []const u8) void {
        wg_change_add(self, code, Text.of(name), Text.of(value));
    }

    pub fn setHeader(self: *Patch, name: []const u8, value: []const u8) void {
        self.change("set-header", name, value);
    }

    pub fn removeHeader(self: *Patch, name: []const u8) void {
        self.change("remove-header", name, "");
    }

    /// Answers now, in place of everything that would follow.
    pub fn answer(self: *Patch, response: Response) !void {
        const kept = try allocator.create(Response);
        kept.* = response;
        self.respond = kept;
    }
};

/// What `configure` tells of one configuration.
pub const Setup = opaque {
    pub fn wantsHeader(self: *Setup, name: [*:0]const u8) void {
        wg_wants_header(self, name);
    }
    pub fn wantsQuery(self: *Setup, name: [*:0]const u8) void {
        wg_wants_query(self, name);
    }
    pub fn wantsPath(self: *Setup, name: [*:0]const u8) void {
        wg_wants_path(self, name);
    }
    pub fn wantsContext(self: *Setup, name: [*:0]const u8) void {
        wg_wants_context(self, name);
    }
    pub fn wantsBody(self: *Setup) void {
        wg_wants_body(self);
    }
    pub fn wantsReplyHeader(self: *Setup, name: [*:0]const u8) void {
        wg_wants_reply_header(self, name);
    }
    pub fn wantsReplyBody(self: *Setup) void {
        wg_wants_reply_body(self);
    }
    pub fn sets(self: *Setup, name: [*:0]const u8) void {
        wg_sets(self, name);
    }
    /// After how many seconds `configure` wants to run again; of several the soonest counts.
    pub fn refresh(self: *Setup, seconds: u32) void {
        wg_refresh(self, seconds);
    }
    pub fn identity(self: *Setup, value: [*:0]const u8) void {
        wg_identity(self, value);
    }
    /// A mistake in the configuration, at a JSON pointer.
    pub fn problem(self: *Setup, pointer: []const u8, message: []const u8) void {
        wg_problem(self, Text.of(pointer), Text.of(message));
    }
};

/// Memory that lives until the hook returns, or for ever in `configure`.
pub const allocator = std.mem.Allocator{ .ptr = undefined, .vtable = &.{
    .alloc = alloc,
    .resize = std.mem.Allocator.noResize,
    .remap = std.mem.Allocator.noRemap,
    .free = std.mem.Allocator.noFree,
} };

fn alloc(_: *anyopaque, size: usize, alignment: std.mem.Alignment, _: usize) ?[*]u8 {
    const at = @intFromPtr(wg_alloc(size + alignment.toByteUnits()));
    return @ptrFromInt(alignment.forward(at));
}

/// Why the gateway gave nothing. `Failed` stands for a code that a later gateway may have.
pub const Error = error{ Denied, NotFound, Invalid, Limit, Timeout, Unavailable, Conflict, Failed };

/// The contract's code of an error, such as `not-found`; none where it is not the gateway's.
pub fn codeOf(problem: anyerror) ?[]const u8 {
    for (codes) |known| {
        if (known.problem == problem) return known.code;
    }
    return null;
}

const codes = [_]struct { code: []const u8, problem: Error }{
    .{ .code = "denied", .problem = error.Denied },
    .{ .code = "not-found", .problem = error.NotFound },
    .{ .code = "invalid", .problem = error.Invalid },
    .{ .code = "limit", .problem = error.Limit },
    .{ .code = "timeout", .problem = error.Timeout },
    .{ .code = "unavailable", .problem = error.Unavailable },
    .{ .code = "conflict", .problem = error.Conflict },
};

/// What an import says in place of a result.
const Trouble = extern struct {
    code: Text = .{},
    message: Text = .{},

    fn problem(self: Trouble) Error {
        for (codes) |known| {
            if (std.mem.eql(u8, known.code, self.code.slice())) return known.problem;
        }
        return error.Failed;
    }
};

pub const Level = enum(c_int) { trace, debug, info, warn, err };

pub const log = struct {
    pub fn write(level: Level, message: []const u8) void {
        wg_log(level, Text.of(message));
    }

    pub fn info(comptime format: []const u8, arguments: anytype) void {
        const text = std.fmt.allocPrint(allocator, format, arguments) catch return;
        write(.info, text);
    }
};

/// Milliseconds since 1970.
pub fn now() u64 {
    return wg_now();
}

/// 64 random bits, fit for secrets. What is drawn in `configure` is the same for every request.
pub fn random() u64 {
    return wg_random();
}

/// A text as a JSON string.
pub fn quote(text: []const u8) []const u8 {
    return wg_quote(Text.of(text)).slice();
}

/// A value of `$context` that the plugin did not want in advance.
pub fn context(name: []const u8) ?[]const u8 {
    return wg_context(Text.of(name)).get();
}

pub fn secret(name: []const u8) Error![]const u8 {
    var value = Text{};
    var trouble = Trouble{};
    return if (wg_secret(Text.of(name), &value, &trouble)) value.slice() else trouble.problem();
}

/// Whether two texts are equal, in time that depends on their lengths only.
pub fn equal(a: []const u8, b: []const u8) bool {
    return wg_crypto_equal(Text.of(a), Text.of(b));
}

/// `SHA-1`, `SHA-256`, `SHA-384` or `SHA-512`.
pub fn digest(algorithm: [*:0]const u8, message: []const u8) Error![]const u8 {
    var value = Text{};
    var trouble = Trouble{};
    return if (wg_digest(algorithm, Text.of(message), &value, &trouble)) value.slice() else trouble.problem();
}

/// A key that checks signatures, made in `configure`: algorithm and format as wit/crypto.wit says.
pub const VerifyingKey = enum(u32) {
    _,

    pub fn of(algorithm: [*:0]const u8, format: [*:0]const u8, key: []const u8) Error!VerifyingKey {
        var number: u32 = 0;
        var trouble = Trouble{};
        return if (wg_verifying_key(algorithm, format, Text.of(key), &number, &trouble)) @enumFromInt(number) else trouble.problem();
    }

    /// Whether the signature is this key's over the message.
    pub fn verify(self: VerifyingKey, message: []const u8, signature: []const u8) Error!bool {
        var right = false;
        var trouble = Trouble{};
        const done = wg_verify(@intFromEnum(self), Text.of(message), Text.of(signature), &right, &trouble);
        return if (done) right else trouble.problem();
    }
};

/// A key that makes signatures, made in `configure`.
pub const SigningKey = enum(u32) {
    _,

    pub fn of(algorithm: [*:0]const u8, format: [*:0]const u8, key: []const u8) Error!SigningKey {
        var number: u32 = 0;
        var trouble = Trouble{};
        return if (wg_signing_key(algorithm, format, Text.of(key), &number, &trouble)) @enumFromInt(number) else trouble.problem();
    }

    pub fn sign(self: SigningKey, message: []const u8) Error![]const u8 {
        var signature = Text{};
        var trouble = Trouble{};
        const done = wg_sign(@intFromEnum(self), Text.of(message), &signature, &trouble);
        return if (done) signature.slice() else trouble.problem();
    }
};

/// Values that outlive a request. `ttl` in milliseconds, 0 for no end.
pub const kv = struct {
    pub fn get(key: []const u8) Error!?[]const u8 {
        var value = Text{};
        var trouble = Trouble{};
        return if (wg_kv_get(Text.of(key), &value, &trouble)) value.get() else trouble.problem();
    }

    pub fn set(key: []const u8, value: []const u8, ttl: u64) Error!void {
        var trouble = Trouble{};
        if (!wg_kv_set(Text.of(key), Text.of(value), ttl, &trouble)) return trouble.problem();
    }

    pub fn delete(key: []const u8) Error!void {
        var trouble = Trouble{};
        if (!wg_kv_delete(Text.of(key), &trouble)) return trouble.problem();
    }

    /// Sets the value where it is the expected one, null for none; whether it was.
    pub fn swap(key: []const u8, expected: ?[]const u8, value: []const u8, ttl: u64) Error!bool {
        var swapped = false;
        var trouble = Trouble{};
        const there = if (expected) |text| Text.of(text) else Text{};
        return if (wg_kv_swap(Text.of(key), there, Text.of(value), ttl, &swapped, &trouble)) swapped else trouble.problem();
    }

    pub fn increment(key: []const u8, by: i64, ttl: u64) Error!i64 {
        var sum: i64 = 0;
        var trouble = Trouble{};
        return if (wg_kv_increment(Text.of(key), by, ttl, &sum, &trouble)) sum else trouble.problem();
    }
};

/// A metric, registered in `configure`.
pub const Metric = enum(u32) {
    _,

    pub fn counter(name: [*:0]const u8, help: [*:0]const u8) Error!Metric {
        var number: u32 = 0;
        var trouble = Trouble{};
        return if (wg_counter(name, help, &number, &trouble)) @enumFromInt(number) else trouble.problem();
    }

    pub fn gauge(name: [*:0]const u8, help: [*:0]const u8) Error!Metric {
        var number: u32 = 0;
        var trouble = Trouble{};
        return if (wg_gauge(name, help, &number, &trouble)) @enumFromInt(number) else trouble.problem();
    }

    /// `bounds` are the upper ends of its buckets, in order.
    pub fn histogram(name: [*:0]const u8, help: [*:0]const u8, bounds: []const f64) Error!Metric {
        var number: u32 = 0;
        var trouble = Trouble{};
        const made = wg_histogram(name, help, bounds.ptr, bounds.len, &number, &trouble);
        return if (made) @enumFromInt(number) else trouble.problem();
    }

    /// Counts: for counters.
    pub fn add(self: Metric, value: f64) void {
        wg_metric_add(@intFromEnum(self), value);
    }

    /// Sets a gauge, or notes a value in a histogram.
    pub fn observe(self: Metric, value: f64) void {
        wg_metric_observe(@intFromEnum(self), value);
    }
};

const FetchRequest = extern struct { method: [*:0]const u8, url: Text, headers: Pairs = .{}, body: Text = .{}, timeout: u32 = 0 };

/// Sends a request to the outside.
pub fn fetch(method: [*:0]const u8, url: []const u8, body: []const u8) Error!Response {
    var response = Response{};
    var trouble = Trouble{};
    const request = FetchRequest{ .method = method, .url = Text.of(url), .body = Text.of(body) };
    return if (wg_fetch(&request, &response, &trouble)) response else trouble.problem();
}

/// A file of the operator: a member of a configuration of this type is written `{file: PATH}`.
pub const Asset = struct {
    asset: u32,
    name: []const u8,
    size: usize,

    /// The whole file, in `configure` only.
    pub fn read(self: Asset) Error![]const u8 {
        const written = std.fmt.allocPrint(allocator, "{{\"asset\":{d},\"size\":{d}}}", .{ self.asset, self.size }) catch return error.Failed;
        var content = Text{};
        var trouble = Trouble{};
        return if (wg_asset(Text.of(written), &content, &trouble)) content.slice() else trouble.problem();
    }
};

/// A table in the gateway, made in `configure`.
pub const Table = enum(u32) {
    _,

    pub fn of(entries: []const Pair) Error!Table {
        var number: u32 = 0;
        var trouble = Trouble{};
        if (!wg_table_create(&number, &trouble)) return trouble.problem();
        const pairs = Pairs{ .items = entries.ptr, .count = entries.len };
        return if (wg_table_insert(number, pairs, &trouble)) @enumFromInt(number) else trouble.problem();
    }

    pub fn lookup(self: Table, key: []const u8) ?[]const u8 {
        return wg_table_lookup(@intFromEnum(self), Text.of(key)).get();
    }
};

/// What a plugin is.
pub const About = struct {
    name: [:0]const u8,
    version: [:0]const u8 = "0.1.0",
    summary: [:0]const u8 = "",
    /// JSON: `["kv"]`.
    capabilities: [:0]const u8 = "[]",
    /// The JSON Schema of a configuration.
    configuration: [:0]const u8 = "{}",
};

const Description = extern struct {
    name: [*:0]const u8,
    version: [*:0]const u8,
    summary: [*:0]const u8,
    capabilities: [*:0]const u8,
    configuration: [*:0]const u8,
};

/// Exports a plugin: its type, with a function for each of its hooks.
pub fn plugin(comptime T: type, comptime about: About) void {
    const Hooks = hooks(T);
    @export(&Description{
        .name = about.name,
        .version = about.version,
        .summary = about.summary,
        .capabilities = about.capabilities,
        .configuration = about.configuration,
    }, .{ .name = "wg_plugin" });
    @export(&Hooks.configure, .{ .name = "wg_configure" });
    if (@hasDecl(T, "authorize")) export_hook(&Hooks.authorize, "wg_authorize", "authorizer", "authorize");
    if (@hasDecl(T, "filterRequest")) export_hook(&Hooks.filterRequest, "wg_filter_request", "request-filter", "filter");
    if (@hasDecl(T, "filterResponse")) export_hook(&Hooks.filterResponse, "wg_filter_response", "response-filter", "filter");
    if (@hasDecl(T, "validate")) export_hook(&Hooks.validate, "wg_validate", "validator", "validate");
    if (@hasDecl(T, "mapRequest")) {
        export_hook(&Hooks.mapRequest, "wg_map_request", "mapper", "map-request");
        export_hook(&Hooks.mapResponse, "wg_map_response", "mapper", "map-response");
    }
    if (@hasDecl(T, "handle")) export_hook(&Hooks.handle, "wg_handle", "function", "handle");
    if (@hasDecl(T, "observe")) {
        @export(&Hooks.observe, .{ .name = "wg_observe" });
        @export(&observed, .{ .name = "wasmgate:plugin/observer@0.1.0#observe" });
    }
}

/// A hook, and the contract's name of it; the gateway calls the plugin by bytes and never calls that.
fn export_hook(comptime hook: anytype, comptime name: []const u8, comptime interface: []const u8, comptime function: []const u8) void {
    @export(hook, .{ .name = name });
    @export(&standIn, .{ .name = "wasmgate:plugin/" ++ interface ++ "@0.1.0#" ++ function });
}

fn standIn(_: u32) callconv(.c) u32 {
    @trap();
}

fn observed(_: u32) callconv(.c) void {
    @trap();
}

fn hooks(comptime T: type) type {
    return struct {
        fn configure(text: Text, setup: *Setup) callconv(.c) ?*T {
            const configuration = std.json.parseFromSliceLeaky(T.Configuration, allocator, text.slice(), .{}) catch |problem| {
                setup.problem("", @errorName(problem));
                return null;
            };
            const made = allocator.create(T) catch return null;
            made.* = T.configure(configuration, setup) catch |problem| {
                if (problem != error.Refused) setup.problem("", @errorName(problem));
                return null;
            };
            return made;
        }

        fn authorize(self: *const T, request: *const Request, grant: *Grant, refusal: *Refusal) callconv(.c) bool {
            grant.* = T.authorize(self, request, refusal) catch |problem| return failed(problem, refusal);
            return true;
        }

        fn filterRequest(self: *const T, request: *const Request, patch: *Patch, refusal: *Refusal) callconv(.c) bool {
            patch.* = T.filterRequest(self, request, refusal) catch |problem| return failed(problem, refusal);
            return true;
        }

        fn filterResponse(self: *const T, request: *const Request, reply: *const Reply, patch: *Patch, refusal: *Refusal) callconv(.c) bool {
            patch.* = T.filterResponse(self, request, reply, refusal) catch |problem| return failed(problem, refusal);
            return true;
        }

        fn validate(self: *const T, request: *const Request, refusal: *Refusal) callconv(.c) bool {
            T.validate(self, request, refusal) catch |problem| return failed(problem, refusal);
            return true;
        }

        fn mapRequest(self: *const T, request: *const Request, patch: *Patch, refusal: *Refusal) callconv(.c) bool {
            patch.* = T.mapRequest(self, request, refusal) catch |problem| return failed(problem, refusal);
            return true;
        }

        fn mapResponse(self: *const T, request: *const Request, reply: *const Reply, patch: *Patch, refusal: *Refusal) callconv(.c) bool {
            if (@hasDecl(T, "mapResponse"))
                patch.* = T.mapResponse(self, request, reply, refusal) catch |problem| return failed(problem, refusal);
            return true;
        }

        fn handle(self: *const T, request: *const Request, response: *Response, refusal: *Refusal) callconv(.c) bool {
            response.* = T.handle(self, request, refusal) catch |problem| return failed(problem, refusal);
            return true;
        }

        fn observe(self: *const T, request: *const Request, reply: *const Reply) callconv(.c) void {
            T.observe(self, request, reply);
        }
    };
}

fn failed(problem: anyerror, refusal: *Refusal) bool {
    if (problem != error.Refused) refusal.refuse("failure", @errorName(problem)) catch {};
    return false;
}

extern fn wg_alloc(usize) *anyopaque;
extern fn wg_add(*List, Text, Text) void;
extern fn wg_change_add(*Patch, [*:0]const u8, Text, Text) void;
extern fn wg_problem(*Setup, Text, Text) void;
extern fn wg_wants_header(*Setup, [*:0]const u8) void;
extern fn wg_wants_query(*Setup, [*:0]const u8) void;
extern fn wg_wants_path(*Setup, [*:0]const u8) void;
extern fn wg_wants_context(*Setup, [*:0]const u8) void;
extern fn wg_wants_body(*Setup) void;
extern fn wg_wants_reply_header(*Setup, [*:0]const u8) void;
extern fn wg_wants_reply_body(*Setup) void;
extern fn wg_sets(*Setup, [*:0]const u8) void;
extern fn wg_identity(*Setup, [*:0]const u8) void;
extern fn wg_refresh(*Setup, u32) void;
extern fn wg_quote(Text) Text;
extern fn wg_log(Level, Text) void;
extern fn wg_now() u64;
extern fn wg_random() u64;
extern fn wg_context(Text) Text;
extern fn wg_secret(Text, *Text, *Trouble) bool;
extern fn wg_verifying_key([*:0]const u8, [*:0]const u8, Text, *u32, *Trouble) bool;
extern fn wg_signing_key([*:0]const u8, [*:0]const u8, Text, *u32, *Trouble) bool;
extern fn wg_verify(u32, Text, Text, *bool, *Trouble) bool;
extern fn wg_sign(u32, Text, *Text, *Trouble) bool;
extern fn wg_crypto_equal(Text, Text) bool;
extern fn wg_digest([*:0]const u8, Text, *Text, *Trouble) bool;
extern fn wg_kv_get(Text, *Text, *Trouble) bool;
extern fn wg_kv_set(Text, Text, u64, *Trouble) bool;
extern fn wg_kv_delete(Text, *Trouble) bool;
extern fn wg_kv_swap(Text, Text, Text, u64, *bool, *Trouble) bool;
extern fn wg_kv_increment(Text, i64, u64, *i64, *Trouble) bool;
extern fn wg_counter([*:0]const u8, [*:0]const u8, *u32, *Trouble) bool;
extern fn wg_gauge([*:0]const u8, [*:0]const u8, *u32, *Trouble) bool;
extern fn wg_histogram([*:0]const u8, [*:0]const u8, [*]const f64, usize, *u32, *Trouble) bool;
extern fn wg_metric_add(u32, f64) void;
extern fn wg_metric_observe(u32, f64) void;
extern fn wg_fetch(*const FetchRequest, *Response, *Trouble) bool;
extern fn wg_asset(Text, *Text, *Trouble) bool;
extern fn wg_table_create(*u32, *Trouble) bool;
extern fn wg_table_insert(u32, Pairs, *Trouble) bool;
extern fn wg_table_lookup(u32, Text) Text;
