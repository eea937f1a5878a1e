/** Who has which key, and what is known of them. */

import { assets, crypto, http, kv, secrets, table } from "wasmgate";

export interface Caller {
  name: string;
  tenant: string;
}

const OPERATOR: Caller = { name: "operator", tenant: "all" };

export class Callers {
  readonly #byKey: table.Table;

  /** Each line of the file becomes an entry of a table in the gateway: the key, and the caller and tenant. */
  constructor(file: assets.File) {
    const lines = assets.text(file).trim().split("\n");
    this.#byKey = new table.Table(lines.map((line): [string, string] => {
      const [, key = "", caller = ""] = /^([^,]*),(.*)$/.exec(line) ?? [];
      return [key, caller];
    }));
  }

  /** The operator has the master key. */
  find(key: string): Caller | undefined {
    if (crypto.equal(key, secrets.get("master"))) return OPERATOR;
    const [name, tenant = ""] = this.#byKey.text(key)?.split(",") ?? [];
    return name === undefined ? undefined : { name, tenant };
  }
}

/** The upstream has a word too: it answers 200 for callers that it wants. */
export function wanted({ name }: Caller, ask: string): boolean {
  return http.fetch(ask + name).status === 200;
}

/** The number of a caller's calls, with this one. */
export function count({ name }: Caller): number {
  return kv.increment(name);
}
