/** What a definition becomes: the exports of a component. */

import * as console from "./console.js";
import { refusal } from "./denied.js";
import { grant } from "./grant.js";
import { problems } from "./invalid.js";
import { contract as patch } from "./patch.js";
import { Reply, Request } from "./request.js";
import { response } from "./response.js";

/** The hooks: the contract's name, the member that holds its functions, and how the contract sees what they return. */
const HOOKS = {
  authorizer: ["authorizer", { authorize: grant }],
  requestFilter: ["request-filter", { filter: patch }],
  responseFilter: ["response-filter", { filter: patch }],
  validator: ["validator", { validate: nothing }],
  mapper: ["mapper", { mapRequest: patch, mapResponse: patch }],
  function: ["function", { handle: response }],
  observer: ["observer", { observe: nothing }],
};

/** Makes the exports of a component: `setup`, and one for each hook that the definition has. */
export function plugin(definition) {
  console.install();
  const hooks = Object.keys(HOOKS).filter((hook) => definition[hook]);
  if (hooks.length === 0) {
    throw new TypeError(`a plugin has at least one of ${Object.keys(HOOKS).join(", ")}`);
  }
  const states = [];
  const exports = { setup: setup(definition, hooks, states) };
  for (const hook of hooks) {
    exports[hook] = calls(definition[hook], HOOKS[hook][1], states);
  }
  return exports;
}

function setup(definition, hooks, states) {
  return {
    describe: () => JSON.stringify(describe(definition, hooks)),
    configure(entries) {
      const wrong = [];
      states.length = 0;
      entries.forEach((text, entry) => {
        try {
          states.push(configure(definition, JSON.parse(text)));
        } catch (error) {
          wrong.push(...problems(error, entry));
        }
      });
      if (wrong.length > 0) throw JSON.stringify({ problems: wrong });
      return JSON.stringify(answer(definition, hooks, states));
    },
  };
}

function describe(definition, hooks) {
  // What `wasmgate plugin build` reads in package.json; under `node --test` nobody asks.
  const project = typeof WASMGATE_PROJECT === "object" ? WASMGATE_PROJECT : {};
  return {
    name: definition.name ?? project.name ?? "plugin",
    version: definition.version ?? project.version ?? "0.0.0",
    summary: definition.summary ?? project.description ?? "",
    hooks: hooks.map((hook) => HOOKS[hook][0]),
    capabilities: definition.capabilities ?? [],
    configuration: definition.configuration ?? { type: "object", additionalProperties: false },
  };
}

function configure(definition, config) {
  return definition.configure ? definition.configure(config) : config;
}

function answer(definition, hooks, states) {
  const entries = states.map((state) =>
    Object.fromEntries(hooks.map((hook) => [HOOKS[hook][0], interest(definition[hook], state)])),
  );
  const refresh = states.map((state) => definition.refresh?.(state)).filter((seconds) => seconds > 0);
  return refresh.length > 0 ? { entries, refresh: Math.max(1, Math.floor(Math.min(...refresh))) } : { entries };
}

/** An interest as the contract has it: `replyHeaders` becomes `reply-headers`, and fields lower case. */
function interest(hook, state) {
  const wanted = typeof hook.interest === "function" ? hook.interest(state) : (hook.interest ?? {});
  const { replyHeaders, replyBody, headers, sets, ...rest } = wanted;
  const lower = (names) => names?.map((name) => name.toLowerCase());
  return {
    ...rest,
    headers: lower(headers),
    sets: lower(sets),
    "reply-headers": lower(replyHeaders),
    "reply-body": replyBody,
  };
}

function calls(hook, functions, states) {
  const exported = {};
  for (const [name, contract] of Object.entries(functions)) {
    exported[name] = (entry, request, reply) => {
      try {
        const seen = [new Request(request), ...(reply ? [new Reply(reply)] : [])];
        return contract(hook[name]?.(...seen, states[entry]));
      } catch (error) {
        throw refusal(error);
      }
    };
  }
  return exported;
}

function nothing() {}
