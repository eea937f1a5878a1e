//! Times the engine on the cases of `tests/bench/templates`: each template is read once, each body at every rendering.

use std::{
    hint::black_box,
    sync::Arc,
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
        let case = Case::of(&Value::from_json(&read("json")).expect("a case"));
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

/// A case, taken apart.
struct Case {
    body: Arc<str>,
    params: Vec<(Add, String, String)>,
    context: MapRef,
    stage_variables: MapRef,
}

type Add = fn(Input, String, String) -> Input;

impl Case {
    fn of(case: &Value) -> Case {
        let member = |name: &str| map(case).text(name).expect("a member");
        let given = map(&member("params"));
        let mut params = Vec::new();
        for (kind, add) in [
            ("path", Input::path as Add),
            ("querystring", Input::query),
            ("header", Input::header),
        ] {
            let kind = given.text(kind).expect("parameters");
            params.extend(
                map(&kind)
                    .entries()
                    .iter()
                    .map(|(name, value)| (add, name.shown(), value.shown())),
            );
        }
        Case {
            body: member("body").shown().into(),
            params,
            context: map(&member("context")),
            stage_variables: map(&member("stageVariables")),
        }
    }
}

fn render(template: &Template, case: &Case) -> String {
    let mut input = Input::new(Arc::clone(&case.body));
    for (add, name, value) in &case.params {
        input = add(input, name.clone(), value.clone());
    }
    let scope = Scope {
        input: &input,
        variables: vec![
            ("context", case.context.clone()),
            ("stageVariables", case.stage_variables.clone()),
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
