//! Times the engine on the cases of `tests/bench/templates`: each template is read once, each body at every rendering.
//!
//! `bench FOLDER 2` renders each case for two seconds. `bench FOLDER list 100` renders one case a hundred times, so that
//! `valgrind --tool=callgrind` counts its instructions.

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use vtl_engine::{Input, Limits, MapRef, Scope, Template, Value};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [folder, seconds] => {
            let seconds = seconds.parse().expect("a number of seconds");
            timed(folder, Duration::from_secs_f64(seconds));
        }
        [folder, name, times] => {
            let (template, case) = read(folder, name);
            for _ in 0..times.parse().expect("how often") {
                black_box(render(&template, &case));
            }
        }
        _ => panic!("bench FOLDER SECONDS, or bench FOLDER CASE TIMES"),
    }
}

fn timed(folder: &str, time: Duration) {
    for name in ["put", "list", "params"] {
        let (template, case) = read(folder, name);
        let (begin, spent) = (Instant::now(), processor());
        let mut count = 0;
        while begin.elapsed() < time {
            for _ in 0..10 {
                black_box(render(&template, &case));
            }
            count += 10;
        }
        println!(
            "vtl {name} {:.1}",
            (processor() - spent) / f64::from(count) / 1e3
        );
    }
}

/// Nanoseconds that this thread had a processor.
fn processor() -> f64 {
    let spent = std::fs::read_to_string("/proc/self/schedstat").expect("Linux");
    let spent = spent.split(' ').next().and_then(|spent| spent.parse().ok());
    spent.expect("a number")
}

fn read(folder: &str, name: &str) -> (Template, Case) {
    let file = |ending: &str| {
        std::fs::read_to_string(format!("{folder}/{name}.{ending}")).expect("a case")
    };
    let template = Template::parse(&file("vtl")).expect("a template");
    let case = Case::of(&Value::from_json(&file("json")).expect("a case"));
    (template, case)
}

/// A case, taken apart.
struct Case {
    body: Arc<str>,
    params: Vec<(Add, String, String)>,
    context: MapRef,
    stage_variables: MapRef,
}

type Add = for<'i> fn(Input<'i>, &'i str, &'i str) -> Input<'i>;

impl Case {
    fn of(case: &Value) -> Case {
        let member = |name: &str| map(case).text(name).expect("a member");
        let given = map(&member("params"));
        let mut params = Vec::new();
        let kinds: [(&str, Add); 3] = [
            ("path", |input, name, value| input.path(name, value)),
            ("querystring", |input, name, value| input.query(name, value)),
            ("header", |input, name, value| input.header(name, value)),
        ];
        for (kind, add) in kinds {
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
        input = add(input, name, value);
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
