/** Refuses requests without a query parameter. */

import { Denied, plugin } from "wasmgate";

interface Config {
  parameter: string;
}

export const { setup, validator } = plugin<Config>({
  configuration: {
    type: "object",
    required: ["parameter"],
    additionalProperties: false,
    properties: { parameter: { type: "string", description: "The query parameter that has to be there." } },
  },

  validator: {
    interest: ({ parameter }) => ({ query: [parameter] }),

    validate(request, { parameter }) {
      if (request.queryParameter(parameter) === undefined) throw new Denied(400, `\`${parameter}\` is missing`);
    },
  },
});
