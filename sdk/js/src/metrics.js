/** The plugin's own metrics, registered in `configure`. */

import host from "#host/metrics";
import { call } from "./error.js";

/** A number that grows. */
export class Counter {
  constructor(name, help) {
    this.number = call(() => host.counter(name, help));
  }

  add(value = 1) {
    host.add(this.number, value);
  }
}

/** A number that rises and falls. */
export class Gauge {
  constructor(name, help) {
    this.number = call(() => host.gauge(name, help));
  }

  add(value) {
    host.add(this.number, value);
  }

  set(value) {
    host.observe(this.number, value);
  }
}

/** How values are spread over these upper bounds. */
export class Histogram {
  constructor(name, help, bounds) {
    this.number = call(() => host.histogram(name, help, bounds));
  }

  record(value) {
    host.observe(this.number, value);
  }
}
