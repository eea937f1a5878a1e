//! Lets callers in who show the token.

const wasmgate = @import("wasmgate");

const Token = struct {
    token: []const u8,

    pub const Configuration = struct { token: []const u8 };

    pub fn configure(configuration: Configuration, setup: *wasmgate.Setup) !Token {
        setup.wantsHeader("authorization");
        return .{ .token = configuration.token };
    }

    pub fn authorize(self: *const Token, request: *const wasmgate.Request, refusal: *wasmgate.Refusal) !wasmgate.Grant {
        const token = request.headers.find("authorization") orelse return refusal.unauthorized("");
        if (!wasmgate.equal(token, self.token)) return refusal.forbidden("");
        return wasmgate.Grant.to("someone");
    }
};

comptime {
    wasmgate.plugin(Token, .{
        .name = "NAME",
        .summary = "What it does, in a line",
        .configuration =
        \\{ "type": "object", "required": ["token"], "additionalProperties": false,
        \\  "properties": { "token": { "type": "string", "description": "What callers send as `Authorization`." } } }
        ,
    });
}
