/** Stands in for the gateway where a plugin's own tests run, by plain `node --test`. */

import type { Grant, Pairs, Response, Text } from "./index.js";
import type { assets } from "./index.js";

/** A request for a test; hooks see of it what their interest asks for. */
export interface TestRequest {
  method?: string;
  path?: string;
  query?: string;
  headers?: Pairs;
  /** The route's path parameters. */
  parameters?: Pairs;
  context?: Pairs;
  body?: Text;
}

/** A reply for a test. */
export interface TestReply {
  status: number;
  headers?: Pairs;
  body?: Text;
  /** What the gateway tells observers. */
  extra?: Pairs;
}

/** A patch, to compare with. */
export interface Patched {
  changes: [code: string, name: string, value: string][];
  body?: string;
  respond?: { status: number; headers: Record<string, string>; body: string };
}

/** A configured plugin: its hooks. A refusal is thrown as `Denied`, a failure as another error. */
export interface Configured {
  /** By the contract's names of the hooks. */
  interests: Record<string, object>;
  authorize(request: TestRequest): Required<Grant> & { context: Record<string, string> };
  filterRequest(request: TestRequest): Patched;
  filterResponse(request: TestRequest, reply: TestReply): Patched;
  validate(request: TestRequest): void;
  mapRequest(request: TestRequest): Patched;
  mapResponse(request: TestRequest, reply: TestReply): Patched;
  handle(request: TestRequest): { status: number; headers: Record<string, string>; body: string };
  observe(request: TestRequest, reply: TestReply): void;
}

/** Configures a plugin, given as the exports of its module. Throws `Invalid` as the operator would see it. */
export function configure(exported: object, config?: object): Configured;
/** A request: `request("GET /orders?page=2", { headers: { "x-api-key": "k" } })`. */
export function request(line: string, more?: TestRequest): TestRequest;
/** A reply. */
export function reply(status: number, more?: Omit<TestReply, "status">): TestReply;
/** Forgets all that the stand-in holds, between two tests. */
export function reset(): void;
/** Grants a secret. */
export function secret(name: string, value: string): void;
/** Gives `$context` a value. */
export function context(name: string, value: string): void;
/** Answers requests to a URL with this; others are `unavailable`. */
export function answer(url: string, answer: Response): void;
/** The URLs that were fetched so far. */
export function fetched(): string[];
/** Makes a file, and gives what a configuration holds in the place of `{file: name}`. */
export function asset(name: string, content: Text): assets.File;
/** Sets the time, in milliseconds since 1970; it stands still from then on. */
export function time(milliseconds: number): void;
/** Has a signature of an algorithm with public keys count as valid: the stand-in computes HS only. */
export function accept(message: Text, signature: Uint8Array): void;
/** Has every call of `kv` fail from now on. */
export function failKv(): void;
/** What was logged so far: pairs of level and message. */
export function logged(): [level: string, message: string][];
/** The value of a metric; of a histogram the last one. */
export function metric(name: string): number | undefined;
