/** Lets callers in who show the token. */

import { Denied, crypto, plugin } from "wasmgate";

export const { setup, authorizer } = plugin({
  configuration: {
    type: "object",
    required: ["token"],
    additionalProperties: false,
    properties: { token: { type: "string", description: "What callers send as `Authorization`." } },
  },

  authorizer: {
    interest: { headers: ["authorization"] },

    authorize(request, { token }) {
      const given = request.header("authorization");
      if (given === undefined) throw new Denied(401);
      if (!crypto.equal(given, token)) throw new Denied(403);
      return { principal: "someone" };
    },
  },
});
