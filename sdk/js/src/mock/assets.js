import { error, host } from "./state.js";

export default {
  read(asset, offset, length) {
    const content = host.assets[asset];
    if (!content) throw error("not-found", "no such asset");
    return content.subarray(Number(offset), Number(offset) + length);
  },
};
