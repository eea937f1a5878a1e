/** Errors of the host. */

/** What an import answers in place of a result: `code` is `denied`, `not-found`, `invalid`, `limit` and so on. */
export class HostError extends Error {
  constructor({ code, message }) {
    super(`${code}: ${message}`);
    this.name = "HostError";
    this.code = code;
  }
}

/** Calls the host; what it throws becomes an error with a stack. */
export function call(action) {
  try {
    return action();
  } catch (thrown) {
    // A failed result arrives as the contract's record, or inside of the engine's own error.
    const told = thrown?.payload ?? thrown;
    throw typeof told?.code === "string" ? new HostError(told) : thrown;
  }
}
