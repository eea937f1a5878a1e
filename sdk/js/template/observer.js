/** Takes note of failures. */

import { plugin } from "wasmgate";

export const { setup, observer } = plugin({
  observer: {
    observe(request, reply) {
      if (reply.status >= 500) console.warn(`${request.method} ${request.path}: ${reply.status}`);
    },
  },
});
