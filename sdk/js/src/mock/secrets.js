import { error, host } from "./state.js";

export default {
  get(name) {
    const value = host.secrets.get(name);
    if (value === undefined) throw error("denied", `the secret \`${name}\` was not granted`);
    return value;
  },
};
