/** Greets whoever calls. */

import { plugin } from "wasmgate";

const { setup, function: greet } = plugin({
  configuration: {
    type: "object",
    required: ["greeting"],
    additionalProperties: false,
    properties: { greeting: { type: "string", description: "How callers are greeted." } },
  },

  function: {
    interest: { query: ["name"] },

    handle(request, { greeting }) {
      const name = request.queryParameter("name") ?? "stranger";
      return { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: `${greeting}, ${name}!` };
    },
  },
});

export { setup, greet as function };
