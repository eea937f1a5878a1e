import { error, host } from "./state.js";

export default {
  fetch({ url }) {
    host.fetched.push(url);
    const answer = host.answers.get(url);
    if (!answer) throw error("unavailable", `no answer for ${url}`);
    return answer;
  },
};
