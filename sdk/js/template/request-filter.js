/** Tells the upstream where a request came in. */

import { Patch, plugin } from "wasmgate";

export const { setup, requestFilter } = plugin({
  configuration: {
    type: "object",
    required: ["region"],
    additionalProperties: false,
    properties: { region: { type: "string", description: "Where this gateway stands." } },
  },

  requestFilter: {
    interest: { sets: ["x-region"] },

    filter(request, { region }) {
      return new Patch().setHeader("x-region", region);
    },
  },
});
