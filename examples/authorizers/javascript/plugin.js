/** Lets callers in who show a key of the file, and whom the directory still knows. */

import { Denied, assets, context, crypto, http, kv, metrics, plugin, secrets, table } from "wasmgate";

export const { setup, authorizer } = plugin({
  capabilities: ["http", "kv", "secrets"],
  configuration: {
    type: "object",
    required: ["keys", "directory"],
    additionalProperties: false,
    properties: {
      keys: { description: "A file with lines `KEY,CALLER`." },
      directory: { type: "string", description: "A URL; 200 at URL/CALLER lets the caller in." },
    },
  },

  configure({ keys, directory }) {
    const lines = assets.text(keys).trim().split("\n");
    const callers = lines.map((line) => line.split(","));
    return {
      directory,
      callers: new table.Table(callers.map(([key, caller]) => [crypto.digest("SHA-256", key), caller])),
      granted: new metrics.Counter("granted_total", "Requests that were let in"),
    };
  },

  authorizer: {
    interest: { headers: ["x-api-key"] },

    authorize(request, { directory, callers, granted }) {
      const key = request.header("x-api-key");
      if (key === undefined) throw new Denied(401, "an API key is needed");
      const caller = callers.text(crypto.digest("SHA-256", key));
      if (caller === undefined) {
        console.warn(`unknown key in request ${context.get("requestId")}`);
        throw new Denied(403, "no such API key");
      }
      const headers = { authorization: `Bearer ${secrets.get("directory")}` };
      if (!http.fetch(`${directory}/${caller}`, { headers }).ok) throw new Denied(403, `${caller} has left`);
      granted.add();
      return { principal: caller, context: { calls: kv.increment(caller) } };
    },
  },
});
