//! Wraps request bodies for an upstream that wants an envelope.

const std = @import("std");
const wasmgate = @import("wasmgate");

const Envelope = struct {
    member: []const u8,

    pub const Configuration = struct { member: []const u8 };

    pub fn configure(configuration: Configuration, setup: *wasmgate.Setup) !Envelope {
        setup.wantsBody();
        return .{ .member = configuration.member };
    }

    pub fn mapRequest(self: *const Envelope, request: *const wasmgate.Request, refusal: *wasmgate.Refusal) !wasmgate.Patch {
        const body = request.body.slice();
        if (!try std.json.validate(wasmgate.allocator, body)) return refusal.invalid("the body is not JSON");
        const name = wasmgate.quote(self.member);
        const wrapped = try std.mem.concat(wasmgate.allocator, u8, &.{ "{", name, ":", body, "}" });
        return .{ .body = .of(wrapped) };
    }
};

comptime {
    wasmgate.plugin(Envelope, .{
        .name = "NAME",
        .summary = "What it does, in a line",
        .configuration =
        \\{ "type": "object", "required": ["member"], "additionalProperties": false, "properties": { "member": { "type": "string" } } }
        ,
    });
}
