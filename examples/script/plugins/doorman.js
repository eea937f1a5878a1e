/** Lets callers in who know the word. */

import { Denied, crypto, plugin } from "wasmgate";

export default plugin({
  configuration: {
    type: "object",
    required: ["word"],
    additionalProperties: false,
    properties: { word: { type: "string", description: "What callers send as `X-Word`." } },
  },

  authorizer: {
    interest: { headers: ["x-word"] },

    authorize(request, { word }) {
      const said = request.header("x-word");
      if (said === undefined) throw new Denied(401);
      if (!crypto.equal(said, word)) throw new Denied(403);
      return { principal: "friend" };
    },
  },
});
