//! Mapping templates: no template and no body panics, hangs or grows without bound.
//!
//! `cargo +nightly fuzz run vtl -- -dict=vtl.dict` in the folder above. The template ends at the first zero byte; what
//! follows is the body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vtl_engine::{Input, Limits, Map, MapRef, Scope, Template};

const LIMITS: Limits = Limits {
    iterations: 1000,
    output: 1 << 20,
    work: 100_000,
    depth: 100,
};

fuzz_target!(|text: &str| {
    let (template, body) = text.split_once('\0').unwrap_or((text, "{\"a\": [1, {\"b\": \"c\"}]}"));
    let Ok(template) = Template::parse(template) else {
        return;
    };
    template.mentions();
    let input = Input::new(body).path("id", "7").query("q", "a b").header("accept", "*/*");
    let context = MapRef::new([("stage", "test".into())].into_iter().collect::<Map>());
    let scope = Scope {
        input: &input,
        variables: vec![("context", context)],
    };
    if let Ok(out) = template.render(&scope, LIMITS) {
        assert!(out.len() <= LIMITS.output);
    }
});
