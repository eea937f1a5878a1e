import { host } from "./state.js";

export default { now: () => host.time ?? Date.now() };
