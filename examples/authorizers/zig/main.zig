//! Lets callers in who show a known key, and tells later hooks who they are.

const std = @import("std");
const wasmgate = @import("wasmgate");

const Keys = struct {
    ask: []const u8,
    callers: wasmgate.Table,
    granted: wasmgate.Metric,

    pub const Configuration = struct { keys: wasmgate.Asset, ask: []const u8 };

    /// Each line of the file becomes an entry of the table: the key, and `caller,tenant`.
    pub fn configure(configuration: Configuration, setup: *wasmgate.Setup) !Keys {
        setup.wantsHeader("x-api-key");
        var entries: std.ArrayList(wasmgate.Pair) = .empty;
        var lines = std.mem.tokenizeScalar(u8, try configuration.keys.read(), '\n');
        while (lines.next()) |line| {
            const comma = std.mem.indexOfScalar(u8, line, ',') orelse continue;
            const entry = wasmgate.Pair{ .name = .of(line[0..comma]), .value = .of(line[comma + 1 ..]) };
            try entries.append(wasmgate.allocator, entry);
        }
        return .{
            .ask = configuration.ask,
            .callers = try wasmgate.Table.of(entries.items),
            .granted = try wasmgate.Metric.counter("granted", "Callers that were let in."),
        };
    }

    pub fn authorize(self: *const Keys, request: *const wasmgate.Request, refusal: *wasmgate.Refusal) !wasmgate.Grant {
        const key = request.headers.find("x-api-key") orelse return refusal.unauthorized("show your key as X-Api-Key");
        const master = wasmgate.equal(key, try wasmgate.secret("master"));
        const known = if (master) "operator,all" else self.callers.lookup(key) orelse return refusal.forbidden("unknown key");
        const comma = std.mem.indexOfScalar(u8, known, ',') orelse return error.NoTenant;
        const caller = known[0..comma];
        if (!try self.wanted(caller)) {
            return refusal.forbidden(try std.mem.concat(wasmgate.allocator, u8, &.{ caller, " is not wanted" }));
        }

        const calls = try wasmgate.kv.increment(caller, 1, 0);
        const proof = try wasmgate.digest("SHA-256", key);
        self.granted.add(1);
        wasmgate.log.info("{s} calls in request {s}", .{ caller, wasmgate.context("requestId") orelse "" });
        return wasmgate.Grant.to(caller)
            .with("tenant", known[comma + 1 ..])
            .with("calls", try std.fmt.allocPrint(wasmgate.allocator, "{d}", .{calls}))
            .with("proof", try std.fmt.allocPrint(wasmgate.allocator, "{x}", .{proof}));
    }

    /// The upstream has a word too: it answers 200 for callers that it wants.
    fn wanted(self: *const Keys, caller: []const u8) !bool {
        const url = try std.mem.concat(wasmgate.allocator, u8, &.{ self.ask, caller });
        const answer = try wasmgate.fetch("GET", url, "");
        return answer.status == 200;
    }
};

comptime {
    wasmgate.plugin(Keys, .{
        .name = "authorizer",
        .summary = "Lets callers in who show a known key",
        .capabilities = "[\"http\",\"kv\",\"secrets\"]",
        .configuration =
        \\{ "type": "object", "required": ["keys", "ask"], "additionalProperties": false, "properties": {
        \\  "keys": { "description": "A file with a key, a caller and a tenant in each line." },
        \\  "ask": { "type": "string", "description": "The caller's name is added to this URL." } } }
        ,
    });
}
