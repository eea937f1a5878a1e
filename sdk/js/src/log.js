/** The gateway's log. */

import host from "#host/log";

const LEVELS = ["trace", "debug", "info", "warn", "error"];

/** Writes a line; a function is called only where the level is written. */
export function write(level, message) {
  if (!enabled(level)) return;
  host.write(level, typeof message === "function" ? message() : String(message));
}

/** Whether lines of this level are written. */
export function enabled(level) {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(host.threshold());
}

export const trace = (message) => write("trace", message);
export const debug = (message) => write("debug", message);
export const info = (message) => write("info", message);
export const warn = (message) => write("warn", message);
export const error = (message) => write("error", message);
