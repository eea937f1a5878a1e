import { host } from "./state.js";

export default {
  counter: register,
  gauge: register,
  histogram: register,
  add(metric, value) {
    host.metrics[metric].value += value;
  },
  observe(metric, value) {
    host.metrics[metric].value = value;
  },
};

function register(name) {
  return host.metrics.push({ name, value: 0 }) - 1;
}
