import { host } from "./state.js";

export default {
  write: (level, message) => void host.lines.push([level, message]),
  threshold: () => "trace",
};
