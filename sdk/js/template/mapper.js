/** Wraps request bodies for an upstream that wants an envelope. */

import { Patch, plugin } from "wasmgate";

export const { setup, mapper } = plugin({
  configuration: {
    type: "object",
    required: ["member"],
    additionalProperties: false,
    properties: { member: { type: "string", description: "The member that holds the body." } },
  },

  mapper: {
    interest: { body: true },

    mapRequest(request, { member }) {
      return new Patch().body(JSON.stringify({ [member]: request.json() }));
    },
  },
});
