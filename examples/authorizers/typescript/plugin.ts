/** Lets callers in who show a known key, and tells later hooks who they are. */

import { Denied, type Grant, type Request, context, crypto, log, metrics, plugin } from "wasmgate";

import { type Caller, Callers, count, wanted } from "./callers.js";

/** What `configure` makes of the settings, whose types are those of their JSON Schema. */
class Door {
  readonly #granted = new metrics.Counter("granted", "Callers that were let in.");

  constructor(
    private readonly callers: Callers,
    private readonly ask: string,
  ) {}

  open(key: string | undefined): Grant {
    if (key === undefined) throw new Denied(401, "show your key as X-Api-Key");
    const caller = this.callers.find(key);
    if (!caller) throw new Denied(403, "unknown key");
    if (!wanted(caller, this.ask)) throw new Denied(403, `${caller.name} is not wanted`);
    this.#granted.add();
    return granted(caller, key);
  }
}

function granted(caller: Caller, key: string): Grant {
  log.info(() => `${caller.name} calls in request ${context.get("requestId")}`);
  const proof = [...crypto.digest("SHA-256", key)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { principal: caller.name, context: { tenant: caller.tenant, calls: count(caller), proof } };
}

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
  configure: ({ keys, ask }) => new Door(new Callers(keys), ask),
  authorizer: {
    interest: { headers: ["x-api-key"] },
    authorize: (request: Request, door) => door.open(request.header("x-api-key")),
  },
});
