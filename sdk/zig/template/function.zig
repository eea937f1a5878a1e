//! Greets whoever calls.

const std = @import("std");
const wasmgate = @import("wasmgate");

const Greeting = struct {
    greeting: []const u8,

    pub const Configuration = struct { greeting: []const u8 };

    pub fn configure(configuration: Configuration, setup: *wasmgate.Setup) !Greeting {
        setup.wantsQuery("name");
        return .{ .greeting = configuration.greeting };
    }

    pub fn handle(self: *const Greeting, request: *const wasmgate.Request, _: *wasmgate.Refusal) !wasmgate.Response {
        const name = request.query_parameters.find("name") orelse "stranger";
        return wasmgate.Response.text(try std.mem.concat(wasmgate.allocator, u8, &.{ self.greeting, ", ", name, "!" }));
    }
};

comptime {
    wasmgate.plugin(Greeting, .{
        .name = "NAME",
        .summary = "What it does, in a line",
        .configuration =
        \\{ "type": "object", "required": ["greeting"], "additionalProperties": false, "properties": { "greeting": { "type": "string" } } }
        ,
    });
}
