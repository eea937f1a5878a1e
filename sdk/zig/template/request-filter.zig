//! Tells the upstream which region it serves.

const wasmgate = @import("wasmgate");

const Region = struct {
    region: []const u8,

    pub const Configuration = struct { region: []const u8 };

    pub fn configure(configuration: Configuration, setup: *wasmgate.Setup) !Region {
        setup.sets("x-region");
        return .{ .region = configuration.region };
    }

    pub fn filterRequest(self: *const Region, _: *const wasmgate.Request, _: *wasmgate.Refusal) !wasmgate.Patch {
        var patch = wasmgate.Patch{};
        patch.setHeader("x-region", self.region);
        return patch;
    }
};

comptime {
    wasmgate.plugin(Region, .{
        .name = "NAME",
        .summary = "What it does, in a line",
        .configuration =
        \\{ "type": "object", "required": ["region"], "additionalProperties": false, "properties": { "region": { "type": "string" } } }
        ,
    });
}
