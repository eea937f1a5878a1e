//! Hides what server answers.

const wasmgate = @import("wasmgate");

const Hide = struct {
    fields: []const []const u8,

    pub const Configuration = struct { fields: []const []const u8 };

    pub fn configure(configuration: Configuration, _: *wasmgate.Setup) !Hide {
        return .{ .fields = configuration.fields };
    }

    pub fn filterResponse(self: *const Hide, _: *const wasmgate.Request, _: *const wasmgate.Reply, _: *wasmgate.Refusal) !wasmgate.Patch {
        var patch = wasmgate.Patch{};
        for (self.fields) |field| patch.removeHeader(field);
        return patch;
    }
};

comptime {
    wasmgate.plugin(Hide, .{
        .name = "NAME",
        .summary = "What it does, in a line",
        .configuration =
        \\{ "type": "object", "required": ["fields"], "additionalProperties": false, "properties": { "fields": { "type": "array", "items": { "type": "string" } } } }
        ,
    });
}
