//! The page behind `/metrics`: the Prometheus text format, written from what the modules expose.

mod plugins;
mod traffic;

use std::{fmt::Write, time::UNIX_EPOCH};

use super::{
    Observe,
    series::{BOUNDS, Distribution, Totals},
};
use crate::{addresses::Addresses, gateway::Gateway, listener::Load, plugin::Plugins};

/// Where the numbers come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sources<'a> {
    pub(crate) observe: &'a Observe,
    pub(crate) plugins: &'a Plugins,
    pub(crate) gateway: &'a Gateway,
    pub(crate) load: &'a Load,
    pub(crate) addresses: &'a Addresses,
}

/// A page being written.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
}

/// Labels of a sample, escaped when written.
type Labels<'a> = &'a [(&'a str, &'a str)];

impl Sources<'_> {
    /// The whole page.
    pub(crate) fn page(&self) -> String {
        let mut page = Page::default();
        self.observe.write(&mut page);
        traffic::write_connections(self.load, &mut page);
        traffic::write_addresses(self.addresses, &mut page);
        traffic::write_upstreams(&self.gateway.upstreams, &mut page);
        plugins::write(self.plugins, &mut page);
        page.text
    }
}

impl Page {
    /// Begins a family: its help and type stand before its samples.
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail, here and below.
        _ = write!(self.text, "# HELP {name} ");
        escape(help, false, &mut self.text);
        _ = write!(self.text, "\n# TYPE {name} {kind}\n");
    }

    /// One sample of the family.
    pub fn sample(&mut self, name: &str, labels: Labels<'_>, value: impl std::fmt::Display) {
        self.text.push_str(name);
        let mut separator = '{';
        for (label, value) in labels {
            self.text.push(separator);
            separator = ',';
            _ = write!(self.text, "{label}=\"");
            escape(value, true, &mut self.text);
            self.text.push('"');
        }
        if separator == ',' {
            self.text.push('}');
        }
        _ = writeln!(self.text, " {value}");
    }

    /// A family with one sample.
    pub fn single(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    /// The samples of a histogram: upper bounds with how many are at most that, the last without bound.
    pub fn histogram(
        &mut self,
        name: &str,
        labels: Labels<'_>,
        buckets: impl IntoIterator<Item = (f64, u64)>,
        sum: f64,
    ) {
        let bucket = format!("{name}_bucket");
        let mut total = 0;
        for (bound, count) in buckets {
            total = count;
            let bound = if bound.is_finite() {
                bound.to_string()
            } else {
                "+Inf".to_owned()
            };
            let labels = [labels, &[("le", bound.as_str())]].concat();
            self.sample(&bucket, &labels, count);
        }
        self.sample(&format!("{name}_sum"), labels, sum);
        self.sample(&format!("{name}_count"), labels, total);
    }

    fn distribution(&mut self, name: &str, labels: Labels<'_>, distribution: &Distribution) {
        let bounds = BOUNDS.iter().map(|micros| *micros as f64 / 1e6);
        let mut below = 0;
        let counts = distribution.counts.iter().map(|count| {
            below += count;
            below
        });
        let buckets = bounds.chain([f64::INFINITY]).zip(counts);
        self.histogram(name, labels, buckets, distribution.sum as f64 / 1e6);
    }
}

impl Observe {
    fn write(&self, page: &mut Page) {
        page.family("wasmgate_build_info", "gauge", "What runs here.");
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        page.sample("wasmgate_build_info", &version, 1);
        let started = self.started.duration_since(UNIX_EPOCH).unwrap_or_default();
        page.single(
            "process_start_time_seconds",
            "gauge",
            "When the process started, in seconds since 1970.",
            started.as_secs_f64(),
        );
        self.write_requests(page);
        self.reloads.write(page);
        page.single(
            "wasmgate_log_lines_dropped_total",
            "counter",
            "Log lines that were lost because nobody took them in time.",
            self.lines.dropped(),
        );
    }

    fn write_requests(&self, page: &mut Page) {
        let series = self.registry.read();
        page.family(
            "wasmgate_requests_total",
            "counter",
            "Requests that were answered, by the hundreds of the status.",
        );
        for (route, totals) in &series {
            for (class, count) in ["1xx", "2xx", "3xx", "4xx", "5xx"]
                .iter()
                .zip(totals.statuses)
            {
                if count > 0 {
                    let labels = [&route.labels()[..], &[("status", class)]].concat();
                    page.sample("wasmgate_requests_total", &labels, count);
                }
            }
        }
        for (name, help, pick) in DISTRIBUTIONS {
            page.family(name, "histogram", help);
            for (route, totals) in &series {
                let distribution = pick(totals);
                if distribution.counts.iter().any(|count| *count > 0) {
                    page.distribution(name, &route.labels(), distribution);
                }
            }
        }
        for (name, help, pick) in BYTES {
            page.family(name, "counter", help);
            for (route, totals) in &series {
                page.sample(name, &route.labels(), pick(totals));
            }
        }
    }
}

impl super::Series {
    fn labels(&self) -> [(&'static str, &str); 3] {
        [
            ("api", &*self.api),
            ("stage", &*self.stage),
            ("route", &*self.route),
        ]
    }
}

/// Help texts keep their quotes, label values do not.
fn escape(text: &str, quotes: bool, page: &mut String) {
    for character in text.chars() {
        match character {
            '\\' => page.push_str(r"\\"),
            '\n' => page.push_str(r"\n"),
            '"' if quotes => page.push_str(r#"\""#),
            _ => page.push(character),
        }
    }
}

/// A family with a sample for each route: name, help, and which of the totals it shows.
type Family<T> = (&'static str, &'static str, fn(&Totals) -> &T);

const DISTRIBUTIONS: [Family<Distribution>; 2] = [
    (
        "wasmgate_request_duration_seconds",
        "From a request's head to its response's end.",
        |totals| &totals.latency,
    ),
    (
        "wasmgate_upstream_duration_seconds",
        "Until the head of the upstream's response was there.",
        |totals| &totals.upstream,
    ),
];

const BYTES: [Family<u64>; 2] = [
    (
        "wasmgate_request_bytes_total",
        "Bytes of request bodies.",
        |totals| &totals.bytes_in,
    ),
    (
        "wasmgate_response_bytes_total",
        "Bytes of response bodies.",
        |totals| &totals.bytes_out,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let mut page = Page::default();
        page.family("m", "gauge", "a \"b\"\nc \\");
        page.sample("m", &[("route", "GET /\"\\\n"), ("api", "é")], 1.5);
        assert_eq!(
            page.text,
            "# HELP m a \"b\"\\nc \\\\\n# TYPE m gauge\nm{route=\"GET /\\\"\\\\\\n\",api=\"é\"} 1.5\n"
        );
    }

    #[test]
    fn histogram_ends_without_bound() {
        let mut page = Page::default();
        let buckets = [(0.5, 2), (1.0, 2), (f64::INFINITY, 5)];
        page.histogram("h", &[("a", "b")], buckets, 7.25);
        assert_eq!(
            page.text,
            "h_bucket{a=\"b\",le=\"0.5\"} 2\nh_bucket{a=\"b\",le=\"1\"} 2\nh_bucket{a=\"b\",le=\"+Inf\"} 5\n\
             h_sum{a=\"b\"} 7.25\nh_count{a=\"b\"} 5\n"
        );
    }
}
