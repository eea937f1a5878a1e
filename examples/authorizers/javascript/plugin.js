/** Lets callers in who show a known key, and tells later hooks who they are. */

import { Denied, assets, context, crypto, http, kv, metrics, plugin, secrets, table } from "wasmgate";

export const { setup, authorizer } = plugin({
  capabilities: ["http", "kv", "secrets"],
  configuration: {
    type: "object",
    required: ["keys", "ask"],
    additionalProperties: false,
    properties: {
      keys: { description: "A file with a key, a caller and a tenant in each line." },
      ask: { type: "string", description: "The caller's name is added to this URL." },
    },
  },

  configure({ keys, ask }) {
    const lines = assets.text(keys).trim().split("\n");
    const callers = lines.map((line) => line.split(/,(.*)/, 2));
    return {
      ask,
      callers: new table.Table(callers),
      granted: new metrics.Counter("granted", "Callers that were let in."),
    };
  },

  authorizer: {
    interest: { headers: ["x-api-key"] },

    authorize(request, { ask, callers, granted }) {
      const key = request.header("x-api-key");
      if (key === undefined) throw new Denied(401, "show your key as X-Api-Key");
      const known = crypto.equal(key, secrets.get("master")) ? "operator,all" : callers.text(key);
      if (known === undefined) throw new Denied(403, "unknown key");
      const [caller, tenant] = known.split(",");
      if (http.fetch(ask + caller).status !== 200) throw new Denied(403, `${caller} is not wanted`);
      const calls = kv.increment(caller);
      granted.add();
      console.info(`${caller} calls in request ${context.get("requestId")}`);
      return { principal: caller, context: { tenant, calls, proof: hex(crypto.digest("SHA-256", key)) } };
    },
  },
});

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
