//! The plugins' part of the page, by plugin and hook.

use super::Page;
use crate::plugin::{Family, HookStats, Kind, PluginState, PluginStatus, Plugins, Reading};

pub(super) fn write(plugins: &Plugins, page: &mut Page) {
    write_engine(plugins, page);
    let status = plugins.status();
    write_status(&status, page);
    let name = "wasmgate_plugin_log_lines_dropped_total";
    page.family(name, "counter", "Log lines over the budget of a call.");
    for (plugin, lines) in plugins.dropped_lines() {
        page.sample(name, &[("plugin", &plugin)], lines);
    }
    for family in plugins.families() {
        write_family(&family, page);
    }
}

fn write_status(plugins: &[PluginStatus], page: &mut Page) {
    write_states(plugins, page);
    for (name, kind, help, value) in NUMBERS {
        page.family(name, kind, help);
        for plugin in plugins {
            page.sample(name, &[("plugin", &plugin.name)], value(plugin));
        }
    }
    write_calls(plugins, page);
}

fn write_engine(plugins: &Plugins, page: &mut Page) {
    let engine = plugins.engine();
    let numbers = [
        (
            "wasmgate_engine_instances",
            "Plugin instances that there are.",
            engine.instances as u64,
        ),
        (
            "wasmgate_engine_pool_size",
            "Plugin instances that there may be.",
            engine.pool as u64,
        ),
        (
            "wasmgate_engine_compiles",
            "Components compiled since the start.",
            engine.compiles,
        ),
        (
            "wasmgate_engine_functions",
            "Functions compiled since the start.",
            engine.functions,
        ),
    ];
    for (name, help, value) in numbers {
        page.single(name, "gauge", help, value);
    }
}

/// A metric that plugins registered themselves.
fn write_family(family: &Family, page: &mut Page) {
    let name = format!("wasmgate_plugin_{}", family.name);
    let kind = match family.kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    };
    page.family(&name, kind, &family.help);
    for series in &family.series {
        let labels = [("plugin", &*series.plugin)];
        match &series.reading {
            Reading::Value(value) => page.sample(&name, &labels, value),
            Reading::Buckets {
                buckets,
                count,
                sum,
            } => {
                let all = [(f64::INFINITY, *count)];
                let buckets = buckets.iter().copied().chain(all);
                page.histogram(&name, &labels, buckets, *sum);
            }
        }
    }
}

fn write_states(plugins: &[PluginStatus], page: &mut Page) {
    let name = "wasmgate_plugin_state";
    page.family(name, "gauge", "1 for the state that a plugin is in.");
    for plugin in plugins {
        let state = match plugin.state {
            PluginState::Ready => "ready",
            PluginState::Broken { .. } => "broken",
            PluginState::SwapFailed { .. } => "swap-failed",
            PluginState::Deleted => "deleted",
        };
        page.sample(name, &[("plugin", &plugin.name), ("state", state)], 1);
    }
}

fn write_calls(plugins: &[PluginStatus], page: &mut Page) {
    let name = "wasmgate_plugin_calls_total";
    page.family(name, "counter", "Hook calls, by how they ended.");
    for (plugin, calls) in by_hook(plugins) {
        for (outcome, count) in &calls.outcomes {
            let labels = [
                ("plugin", plugin),
                ("hook", calls.hook.name()),
                ("outcome", outcome),
            ];
            page.sample(name, &labels, count);
        }
    }
    let name = "wasmgate_plugin_call_duration_seconds";
    page.family(
        name,
        "histogram",
        "Time of hook calls, the sandbox included.",
    );
    for (plugin, calls) in by_hook(plugins) {
        let labels = [("plugin", plugin), ("hook", calls.hook.name())];
        // Every other bound: each is twice the one before, which is finer than anyone asks for.
        let last = calls.buckets.len().saturating_sub(1);
        let buckets = calls.buckets.iter().enumerate();
        let buckets = buckets.filter(|(place, _)| place % 2 == 0 || *place == last);
        page.histogram(
            name,
            &labels,
            buckets.map(|(_, bucket)| *bucket),
            calls.seconds,
        );
    }
    let name = "wasmgate_plugin_memory_peak_bytes";
    page.family(name, "gauge", "Linear memory, the most that one call had.");
    for (plugin, calls) in by_hook(plugins) {
        let labels = [("plugin", plugin), ("hook", calls.hook.name())];
        page.sample(name, &labels, calls.memory_peak);
    }
}

fn by_hook(plugins: &[PluginStatus]) -> impl Iterator<Item = (&str, &HookStats)> {
    plugins.iter().flat_map(|plugin| {
        plugin
            .calls
            .iter()
            .map(|calls| (plugin.name.as_str(), calls))
    })
}

/// A family with one sample for each plugin.
type Number = (
    &'static str,
    &'static str,
    &'static str,
    fn(&PluginStatus) -> f64,
);

const NUMBERS: [Number; 9] = [
    (
        "wasmgate_plugin_running_calls",
        "gauge",
        "Calls that run now.",
        |plugin| plugin.running as f64,
    ),
    (
        "wasmgate_plugin_waiting_calls",
        "gauge",
        "Calls that wait for their turn.",
        |plugin| plugin.waiting as f64,
    ),
    (
        "wasmgate_plugin_breaker_open",
        "gauge",
        "1 while a plugin is switched off because it keeps failing.",
        |plugin| f64::from(u8::from(plugin.breaker_open)),
    ),
    (
        "wasmgate_plugin_swaps_total",
        "counter",
        "Newer files that took effect.",
        |plugin| plugin.swaps as f64,
    ),
    (
        "wasmgate_plugin_failed_swaps_total",
        "counter",
        "Newer files that were bad and changed nothing.",
        |plugin| plugin.failed_swaps as f64,
    ),
    (
        "wasmgate_plugin_compiles_total",
        "counter",
        "Times that code was compiled; none with a warm cache.",
        |plugin| plugin.compiles as f64,
    ),
    (
        "wasmgate_plugin_compile_seconds_total",
        "counter",
        "Time that compiling took.",
        |plugin| plugin.compile_seconds,
    ),
    (
        "wasmgate_plugin_memory_bytes",
        "gauge",
        "Linear memory that instances begin with, the largest of a plugin's images.",
        |plugin| {
            let sizes = plugin.images.iter().map(|image| image.memory);
            sizes.max().unwrap_or(0) as f64
        },
    ),
    (
        "wasmgate_plugin_loaded_timestamp_seconds",
        "gauge",
        "When what runs was loaded, in seconds since 1970; 0 for never.",
        |plugin| {
            let since = plugin
                .loaded_at
                .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
            since.map_or(0.0, |since| since.as_secs_f64())
        },
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::TAKEN_METRICS;

    #[test]
    fn plugins_cannot_take_the_gateways_names() {
        let mut page = Page::default();
        write_status(&[], &mut page);
        let types = page.text.lines();
        let types = types.filter_map(|line| line.strip_prefix("# TYPE wasmgate_plugin_"));
        let names: Vec<_> = types.filter_map(|line| line.split(' ').next()).collect();
        assert!(!names.is_empty());
        for name in names {
            assert!(TAKEN_METRICS.contains(&name), "{name}");
        }
    }
}
