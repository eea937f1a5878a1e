#![expect(clippy::unwrap_used, reason = "tests")]

use crate::{Input, Limits, Scope, Template};

fn render(template: &str) -> String {
    render_with(template, "{}")
}

fn render_with(template: &str, body: &str) -> String {
    let input = Input::new(body);
    let scope = Scope {
        input: &input,
        variables: Vec::new(),
    };
    Template::parse(template)
        .unwrap()
        .render(&scope, Limits::default())
        .unwrap()
}

#[test]
fn basics() {
    assert_eq!(
        render("#set($x = 1)#foreach($i in [1..3])$i#if($foreach.hasNext),#end#end $x $y"),
        "1,2,3 1 "
    );
}
