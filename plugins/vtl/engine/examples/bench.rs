//! Times the engine on the cases of `tests/bench/templates`: each template is read once, each body at every rendering.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use vtl_engine::{Input, Limits, MapRef, Scope, Template, Value};

fn main() {
    let folder = std::env::args().nth(1).expect("the folder of the cases");
    let seconds = std::env::args()
        .nth(2)
        .and_then(|seconds| seconds.parse().ok());
    let time = Duration::from_secs_f64(seconds.unwrap_or(2.0));
    for name in ["put", "list", "params"] {
        let read = |ending: &str| {
            std::fs::read_to_string(format!("{folder}/{name}.{ending}")).expect("a case")
        };
        let template = Template::parse(&read("vtl")).expect("a template");
        let case = Value::from_json(&read("json")).expect("a case");
        let begin = Instant::now();
        let mut count = 0;
        while begin.elapsed() < time {
            for _ in 0..10 {
                black_box(render(&template, &case));
            }
            count += 10;
        }
        println!(
            "vtl {name} {:.1}",
            begin.elapsed().as_secs_f64() / f64::from(count) * 1e6
        );
    }
}

fn render(template: &Template, case: &Value) -> String {
    let member = |name: &str| map(case).text(name).expect("a member");
    let mut input = Input::new(member("body").shown());
    let params = map(&member("params"));
    for (kind, add) in [
        ("path", Input::path as fn(Input, String, String) -> Input),
        ("querystring", Input::query),
        ("header", Input::header),
    ] {
        for (name, value) in map(&params.text(kind).expect("parameters")).entries() {
            input = add(input, name.shown(), value.shown());
        }
    }
    let scope = Scope {
        input: &input,
        variables: vec![
            ("context", map(&member("context"))),
            ("stageVariables", map(&member("stageVariables"))),
        ],
    };
    template
        .render(&scope, Limits::default())
        .expect("a result")
}

fn map(value: &Value) -> MapRef {
    match value {
        Value::Map(map) => map.clone(),
        _ => panic!("an object"),
    }
}
