/** Write wasmgate plugins in JavaScript and TypeScript. README.md says what the types do not. */

/** Names and values: an object whose lists repeat the name, a Map, or pairs. */
export type Pairs = Record<string, unknown> | Iterable<readonly [string, unknown]>;
/** A text, which travels as UTF-8, or bytes. */
export type Text = string | Uint8Array;

/** What a hook looks at; `*` stands for all. What it does not name, the request does not hold. */
export interface Interest {
  headers?: string[];
  query?: string[];
  path?: string[];
  context?: string[];
  body?: boolean;
  replyHeaders?: string[];
  replyBody?: boolean;
  /** Fields that it may set for the upstream: those of the client are removed first. */
  sets?: string[];
  /** By what an authorizer's outcome may be cached: `header.NAME`, `query.NAME`, `path.NAME`, `context.NAME`. */
  identity?: string[];
}

/** What requests and replies have in common. */
export interface Message {
  /** The fields of the interest in wire order, names in lower case. */
  readonly headers: readonly (readonly [string, string])[];
  /** The first value of a field. */
  header(name: string): string | undefined;
  /** The whole body, where the interest wants it. */
  readonly body: Uint8Array | undefined;
  /** The body as a text; throws where it is not UTF-8. */
  text(): string;
  /** The body as JSON; a body that is none denies the request with 400. */
  json(): any;
  /** A value that the gateway adds, such as `latency-us` for observers. */
  extra(name: string): string | undefined;
}

/** A request, as much of it as the interest asks for. */
export interface Request extends Message {
  /** As the client sent it, such as `GET`. */
  readonly method: string;
  /** Raw, percent-encoded. */
  readonly path: string;
  /** Raw and without its `?`, where the interest names `*` as a query parameter; else empty. */
  readonly query: string;
  /** The query parameters of the interest in wire order, decoded. */
  readonly queryParameters: readonly (readonly [string, string])[];
  /** The first value of a query parameter. */
  queryParameter(name: string): string | undefined;
  /** A path parameter, raw. */
  pathParameter(name: string): string | undefined;
  /** A context value of the interest, such as `sourceIp` or `authorizer.tenant`. */
  context(name: string): string | undefined;
}

/** A reply on its way to the client, as much of it as the interest asks for. */
export interface Reply extends Message {
  /** 100 to 599. */
  readonly status: number;
}

/** What an authorizer gives on success. */
export interface Grant {
  /** Who calls. */
  principal?: string;
  /** Values that become `$context.authorizer.NAME`. */
  context?: Pairs;
  /** The key that usage plans count. */
  usageKey?: string;
  /** An IAM policy document that is evaluated against the request. */
  policy?: string | object;
  /** For how many seconds the outcome may be cached by the interest's `identity`. */
  ttl?: number;
}

/** A complete answer. */
export interface Response {
  /** 200 to 599; 200 where it is left out. */
  status?: number;
  headers?: Pairs;
  body?: Text;
}

/** An answer whose body is JSON. */
export function json(value: unknown, status?: number): Response;

/** Changes of a request or reply, applied in order, all at once or not at all. */
export class Patch {
  setHeader(name: string, value: string): this;
  appendHeader(name: string, value: string): this;
  removeHeader(name: string): this;
  /** Seen by later hooks and the access log as `authorizer.NAME`. */
  setContext(name: string, value: unknown): this;
  setQuery(name: string, value: string): this;
  appendQuery(name: string, value: string): this;
  removeQuery(name: string): this;
  /** Raw, begins with `/`, without query. */
  setPath(path: string): this;
  setMethod(method: string): this;
  /** An upstream that the route allows. */
  upstream(name: string): this;
  setStatus(status: number): this;
  /** The new body. */
  body(body: Text): this;
  /** Answers now, in place of everything that would follow. */
  respond(response: Response): this;
}

/** What a refusal may say beside its message. */
export interface Refused {
  /** Fields of the answer, such as `www-authenticate`. */
  headers?: Pairs;
  /** Values for the access log, as `authorizer.NAME`. */
  context?: Pairs;
  /** What the client reads as `details`: any value that JSON can say. */
  details?: unknown;
}

/** Thrown by a hook that refuses a request. Any other error is a failure: 500, and its message goes to the log. */
export class Denied extends Error {
  constructor(status: 400 | 401 | 403 | 413 | 429, message?: string, more?: Refused);
  readonly status: number;
  /** What `configure` fetched is out of date: the gateway runs it again, once for all, and then calls again. */
  static stale(message?: string, more?: Refused): Denied;
}

/** Thrown by `configure`: shown to the operator at its place, and the deployment is refused. */
export class Invalid extends Error {
  /** `pointer` is a JSON Pointer into the configuration; line and column, from 1, a place in the text there. */
  constructor(pointer: string, message: string, place?: { line?: number; column?: number });
  readonly pointer: string;
  /** Throws all mistakes at once, where there are any. */
  static all(mistakes: Invalid[]): void;
}

/** A hook: its interest, and functions that get what `configure` made as their last argument. */
interface Hook<State> {
  interest?: Interest | ((state: State) => Interest);
}

/** A plugin: its configuration, and one member for each hook that it has. */
export interface Definition<Config, State> {
  /** Name, version and summary, where package.json does not say them. */
  name?: string;
  version?: string;
  summary?: string;
  /** The powers that it cannot do without: `http`, `kv`, `secrets`. */
  capabilities?: ("http" | "kv" | "secrets")[];
  /** The JSON Schema of one configuration; without it there are no settings. */
  configuration?: object;
  /** Reads one configuration, which the schema has passed. What it returns, hooks get; without it, the configuration. */
  configure?(config: Config): State;
  /** After how many seconds `configure` wants to run again, for what it fetched. */
  refresh?(state: State): number | undefined;

  /** Decides who may call a route. */
  authorizer?: Hook<State> & { authorize(request: Request, state: State): Grant };
  /** Changes a request or answers it. */
  requestFilter?: Hook<State> & { filter(request: Request, state: State): Patch | void };
  /** Changes a reply. */
  responseFilter?: Hook<State> & { filter(request: Request, reply: Reply, state: State): Patch | void };
  /** Decides whether a request is well formed: throws `Denied`, usually with 400. */
  validator?: Hook<State> & { validate(request: Request, state: State): void };
  /** Maps a request to what the upstream expects, and its reply back. */
  mapper?: Hook<State> & {
    mapRequest?(request: Request, state: State): Patch | void;
    mapResponse?(request: Request, reply: Reply, state: State): Patch | void;
  };
  /** Answers requests itself. */
  function?: Hook<State> & { handle(request: Request, state: State): Response };
  /** Is told of exchanges after their responses. */
  observer?: Hook<State> & { observe(request: Request, reply: Reply, state: State): void };
}

/** The exports of a component. */
export interface Exports {
  setup: object;
  authorizer: object;
  requestFilter: object;
  responseFilter: object;
  validator: object;
  mapper: object;
  function: object;
  observer: object;
}

/** The JSON Schema of a configuration, as far as its types are read. */
export interface Schema {
  readonly type: "object";
  readonly properties: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

/** What a JSON Schema lets through, read from `type`, `enum`, `items`, `properties` and `required`; `any` where they are not there. */
export type Configured<S> = S extends { readonly enum: readonly (infer Value)[] }
  ? Value
  : S extends { readonly type: "string" }
    ? string
    : S extends { readonly type: "number" | "integer" }
      ? number
      : S extends { readonly type: "boolean" }
        ? boolean
        : S extends { readonly type: "array"; readonly items: infer Item }
          ? Configured<Item>[]
          : S extends { readonly type: "object"; readonly properties: infer Members }
            ? ConfiguredMembers<Members, S extends { readonly required: readonly (infer Name)[] } ? Name : never>
            : any;
type ConfiguredMembers<Members, Required> = {
  [Name in keyof Members as Name extends Required ? Name : never]: Configured<Members[Name]>;
} & { [Name in keyof Members as Name extends Required ? never : Name]?: Configured<Members[Name]> };

/** Makes the exports of a component: `export const { setup, authorizer } = plugin({ … })`. */
export function plugin<const S extends Schema, State = Configured<S>>(
  definition: { readonly configuration: S } & Definition<Configured<S>, State>,
): Exports;
/** The same, where the types of the configuration are written out: `plugin<Config>({ … })`. */
export function plugin<Config = any, State = Config>(definition: Definition<Config, State>): Exports;

/** What an import answers in place of a result. */
export interface HostError extends Error {
  readonly code: "denied" | "not-found" | "invalid" | "limit" | "timeout" | "unavailable" | "conflict";
}

/** Files of the operator, read in `configure`. */
export namespace assets {
  /** What a configuration holds in the place of `{file: NAME}`. */
  interface File {
    readonly asset: number;
    readonly name: string;
    readonly size: number;
  }
  function read(file: File): Uint8Array;
  /** Throws where it is not UTF-8. */
  function text(file: File): string;
}

/** The time of day. */
export namespace clock {
  /** Milliseconds since 1970. */
  function now(): number;
}

/** Values of the running request that the interest did not ask for. */
export namespace context {
  /** The value of a `$context` name without its prefix, such as `requestId`. */
  function get(name: string): string | undefined;
}

/** Signatures and hashes, done by the host. Keys are made in `configure`; algorithms carry their names of JOSE. */
export namespace crypto {
  class VerifyingKey {
    constructor(algorithm: string, format: "jwk" | "pem" | "raw", key: Text);
    verify(message: Text, signature: Uint8Array): boolean;
  }
  class SigningKey {
    constructor(algorithm: string, format: "jwk" | "pem" | "raw", key: Text);
    sign(message: Text): Uint8Array;
  }
  function digest(algorithm: "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512", message: Text): Uint8Array;
  /** Whether two texts are equal, in time that depends on their lengths only. */
  function equal(a: Text, b: Text): boolean;
}

/** Requests to the outside. The operator grants them. */
export namespace http {
  interface Answer {
    readonly status: number;
    readonly ok: boolean;
    readonly headers: readonly (readonly [string, string])[];
    header(name: string): string | undefined;
    readonly body: Uint8Array;
    text(): string;
    json(): any;
  }
  /** Sends a request and waits for the whole answer. `timeout` in milliseconds. */
  function fetch(
    url: string,
    options?: { method?: string; headers?: Pairs; body?: Text; timeout?: number },
  ): Answer;
}

/** Values that outlive a request, shared by all instances of this plugin. The operator grants them. Times in ms. */
export namespace kv {
  function get(key: string): Uint8Array | undefined;
  function text(key: string): string | undefined;
  function set(key: string, value: Text, ttl?: number): void;
  function remove(key: string): void;
  /** Sets a value only where the present one is `expected`; `undefined`: only where there is none. */
  function compareAndSwap(key: string, expected: Text | undefined, value: Text, ttl?: number): boolean;
  /** Adds to a number atomically and gives the sum. A missing key counts as 0 and gets `ttl`. */
  function increment(key: string, by?: number, ttl?: number): number;
}

/** The gateway's log; `console` writes it too. A function is called only where its level is written. */
export namespace log {
  type Level = "trace" | "debug" | "info" | "warn" | "error";
  type Line = string | (() => string);
  function write(level: Level, message: Line): void;
  function enabled(level: Level): boolean;
  function trace(message: Line): void;
  function debug(message: Line): void;
  function info(message: Line): void;
  function warn(message: Line): void;
  function error(message: Line): void;
}

/** The plugin's own metrics, registered in `configure`. */
export namespace metrics {
  class Counter {
    constructor(name: string, help: string);
    add(value?: number): void;
  }
  class Gauge {
    constructor(name: string, help: string);
    add(value: number): void;
    set(value: number): void;
  }
  class Histogram {
    constructor(name: string, help: string, bounds: number[]);
    record(value: number): void;
  }
}

/** Randomness that is fit for secrets; `Math.random` is not. */
export namespace random {
  function bytes(count: number): Uint8Array;
}

/** Secrets that the operator named and granted. */
export namespace secrets {
  function get(name: string): string;
}

/** Tables that stay in the host: filled in `configure`, looked up at requests. */
export namespace table {
  class Table {
    constructor(entries: Record<string, Text> | Iterable<readonly [Text, Text]>);
    get(key: Text): Uint8Array | undefined;
    text(key: Text): string | undefined;
  }
}

/** Texts and bytes. */
export namespace utf8 {
  function encode(text: string): Uint8Array;
  /** Throws where the bytes are not UTF-8. */
  function decode(bytes: Uint8Array): string;
}

declare global {
  /** Writes the gateway's log. */
  var console: {
    trace(...values: unknown[]): void;
    debug(...values: unknown[]): void;
    log(...values: unknown[]): void;
    info(...values: unknown[]): void;
    warn(...values: unknown[]): void;
    error(...values: unknown[]): void;
  };
}
