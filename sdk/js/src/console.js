/** `console.*` writes the gateway's log. */

import * as log from "./log.js";

const LEVELS = { trace: "trace", debug: "debug", log: "info", info: "info", warn: "warn", error: "error" };

const console = Object.fromEntries(
  Object.entries(LEVELS).map(([name, level]) => [name, (...values) => log.write(level, () => told(values))]),
);

/** Makes it the global console where there is none: the engine has none, Node.js keeps its own. */
export function install() {
  globalThis.console ??= console;
}

/** Does something while this is the global console. */
export function during(action) {
  const before = globalThis.console;
  globalThis.console = console;
  try {
    return action();
  } finally {
    globalThis.console = before;
  }
}

function told(values) {
  return values.map(text).join(" ");
}

function text(value) {
  if (value instanceof Error) return value.stack ? `${value}\n${value.stack}` : String(value);
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    return String(value);
  }
}
