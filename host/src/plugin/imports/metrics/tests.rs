//! Metrics: counting together, taking over, and definitions that are refused.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn definition(name: &str, shape: Shape) -> Definition {
    Definition::check(name.to_owned(), "help".to_owned(), shape).unwrap()
}

fn register(registry: &Registry, plugin: &str, name: &str, shape: Shape) -> Arc<Metric> {
    registry
        .register(&plugin.into(), definition(name, shape))
        .unwrap()
}

#[test]
fn threads_count_together() {
    let registry = Registry::default();
    let metric = register(&registry, "a", "hits", Shape::Counter);
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| (0..1000).for_each(|_| metric.add(0.5)));
        }
    });
    assert_eq!(metric.read(), Reading::Value(6000.0));
}

#[test]
fn counters_ignore_what_is_no_step_up() {
    let registry = Registry::default();
    let metric = register(&registry, "a", "hits", Shape::Counter);
    for value in [-1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        metric.add(value);
    }
    metric.observe(7.0);
    assert_eq!(metric.read(), Reading::Value(0.0));
}

#[test]
fn gauges_are_set_and_moved() {
    let registry = Registry::default();
    let metric = register(&registry, "a", "level", Shape::Gauge);
    metric.observe(5.0);
    metric.add(-2.0);
    assert_eq!(metric.read(), Reading::Value(3.0));
}

#[test]
fn a_bound_counts_into_its_own_bucket() {
    let registry = Registry::default();
    let metric = register(&registry, "a", "time", Shape::Histogram(vec![1.0, 2.0]));
    for value in [0.5, 1.0, 1.5, 2.0, 99.0, f64::NAN] {
        metric.observe(value);
    }
    let reading = Reading::Buckets {
        buckets: vec![(1.0, 2), (2.0, 4)],
        count: 5,
        sum: 104.0,
    };
    assert_eq!(metric.read(), reading);
}

#[test]
fn a_swap_goes_on_counting() {
    let registry = Registry::default();
    let old = register(&registry, "a", "hits", Shape::Counter);
    old.add(3.0);
    let new = register(&registry, "a", "hits", Shape::Counter);
    drop(old);
    new.add(1.0);
    assert_eq!(registry.read()[0].series[0].reading, Reading::Value(4.0));
}

#[test]
fn a_metric_that_nobody_holds_vanishes() {
    let registry = Registry::default();
    drop(register(&registry, "a", "hits", Shape::Counter));
    assert!(registry.read().is_empty());
}

#[test]
fn plugins_share_a_name_of_one_type_only() {
    let registry = Registry::default();
    let _held = register(&registry, "a", "hits", Shape::Counter);
    let _same = register(&registry, "b", "hits", Shape::Counter);
    let other = registry.register(&"c".into(), definition("hits", Shape::Gauge));
    assert_eq!(other.err().map(|e| e.code), Some(Code::Conflict));
    let families = registry.read();
    assert_eq!((families.len(), families[0].series.len()), (1, 2));
}

#[test]
fn bad_definitions_are_refused() {
    let check = |name: &str, bounds: &[f64]| {
        let shape = Shape::Histogram(bounds.to_vec());
        Definition::check(name.to_owned(), String::new(), shape)
    };
    assert!(check("ok_1", &[]).is_ok());
    for name in ["", "Hits", "1x", "_x", "a-b", "a\n", "ä", &"a".repeat(65)] {
        assert!(check(name, &[]).is_err(), "{name:?}");
    }
    let many: Vec<f64> = (0..33).map(f64::from).collect();
    for bounds in [
        &[1.0, 1.0][..],
        &[2.0, 1.0],
        &[f64::NAN],
        &[f64::INFINITY],
        &many,
    ] {
        assert!(check("ok", bounds).is_err(), "{bounds:?}");
    }
}
