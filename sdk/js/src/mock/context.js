import { host } from "./state.js";

export default { get: (name) => host.context.get(name) ?? null };
