/** What is wrong with a configuration. */

/** Thrown by `configure`: shown to the operator at its place, and the deployment is refused. */
export class Invalid extends Error {
  constructor(pointer, message, { line, column } = {}) {
    super(message);
    this.name = "Invalid";
    this.pointer = pointer;
    this.line = line;
    this.column = column;
  }

  /** Throws all mistakes at once, where there are any. */
  static all(mistakes) {
    if (mistakes.length > 0) throw new AggregateError(mistakes, mistakes.map(String).join("; "));
  }
}

/** What was thrown, as the problems of an entry. */
export function problems(error, entry) {
  const all = error instanceof AggregateError ? error.errors : [error];
  return all.map((one) => ({
    entry,
    pointer: one.pointer,
    line: one.line,
    column: one.column,
    message: one instanceof Error ? one.message : String(one),
  }));
}
