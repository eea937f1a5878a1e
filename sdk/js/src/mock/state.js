/** What the stand-in host holds: one for each test file, since `node --test` runs each in a process of its own. */

const empty = () => ({
  secrets: new Map(),
  context: new Map(),
  answers: new Map(),
  fetched: [],
  assets: [],
  time: undefined,
  accepted: [],
  lines: [],
  metrics: [],
  kvFails: false,
  values: new Map(),
  tables: [],
  keys: [],
});

export const host = empty();

/** Forgets everything. */
export function reset() {
  Object.assign(host, empty());
}

/** What an import throws in place of a result. */
export function error(code, message) {
  return { code, message };
}
