import { Buffer } from "node:buffer";

import { host } from "./state.js";

const text = (key) => Buffer.from(key).toString("base64");

export default {
  create: () => host.tables.push(new Map()) - 1,
  insert(table, entries) {
    for (const [key, value] of entries) host.tables[table].set(text(key), value);
  },
  lookup: (table, key) => host.tables[table].get(text(key)) ?? null,
};
