//! Refuses requests that lack a query parameter.

const std = @import("std");
const wasmgate = @import("wasmgate");

const Required = struct {
    parameter: [:0]const u8,

    pub const Configuration = struct { parameter: []const u8 };

    pub fn configure(configuration: Configuration, setup: *wasmgate.Setup) !Required {
        const parameter = try wasmgate.allocator.dupeSentinel(u8, configuration.parameter, 0);
        setup.wantsQuery(parameter);
        return .{ .parameter = parameter };
    }

    pub fn validate(self: *const Required, request: *const wasmgate.Request, refusal: *wasmgate.Refusal) !void {
        if (request.query_parameters.find(self.parameter) != null) return;
        return refusal.invalid(try std.mem.concat(wasmgate.allocator, u8, &.{ "missing query parameter: ", self.parameter }));
    }
};

comptime {
    wasmgate.plugin(Required, .{
        .name = "NAME",
        .summary = "What it does, in a line",
        .configuration =
        \\{ "type": "object", "required": ["parameter"], "additionalProperties": false, "properties": { "parameter": { "type": "string" } } }
        ,
    });
}
