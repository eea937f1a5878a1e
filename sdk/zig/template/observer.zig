//! Counts answers with a status of 500 or more.

const wasmgate = @import("wasmgate");

const Failures = struct {
    counter: wasmgate.Metric,

    pub const Configuration = struct {};

    pub fn configure(_: Configuration, _: *wasmgate.Setup) !Failures {
        return .{ .counter = try wasmgate.Metric.counter("failures", "Answers with a status of 500 or more.") };
    }

    pub fn observe(self: *const Failures, _: *const wasmgate.Request, reply: *const wasmgate.Reply) void {
        if (reply.status >= 500) self.counter.add(1);
    }
};

comptime {
    wasmgate.plugin(Failures, .{
        .name = "NAME",
        .summary = "What it does, in a line",
        .configuration =
        \\{ "type": "object", "additionalProperties": false }
        ,
    });
}
