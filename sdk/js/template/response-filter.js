/** Removes fields from replies. */

import { Patch, plugin } from "wasmgate";

export const { setup, responseFilter } = plugin({
  configuration: {
    type: "object",
    required: ["fields"],
    additionalProperties: false,
    properties: { fields: { type: "array", items: { type: "string" }, description: "Fields that clients do not get." } },
  },

  responseFilter: {
    filter(request, reply, { fields }) {
      return fields.reduce((patch, field) => patch.removeHeader(field), new Patch());
    },
  },
});
