//! Does the engine of `vtl` render what Apache Velocity 1.7 renders, with API Gateway's rules about what is missing?
//! Thousands of generated templates, and those that people use, give the same bytes or fail alike.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(
    clippy::disallowed_methods,
    reason = "a longer run is asked for by the environment"
)]

mod generate;
mod peer;

use peer::{Case, compare};

/// Templates a run; `VTL_CASES` and `VTL_SEED` make longer ones.
const CASES: usize = 6000;

#[test]
fn generated_templates_render_as_in_velocity() {
    let number = |name: &str, usual: usize| {
        std::env::var(name).map_or(usual, |value| value.parse().unwrap())
    };
    let seed = number("VTL_SEED", 20_260_101) as u64;
    let mut random = fastrand::Rng::with_seed(seed);
    let cases = (0..number("VTL_CASES", CASES)).map(|_| generate::case(&mut random));
    compare(&cases.collect::<Vec<_>>());
}

#[test]
fn templates_in_use_render_as_in_velocity() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/vtl");
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|ending| ending == "vtl" || ending == "vm")
        {
            let template = std::fs::read_to_string(path).unwrap();
            cases.extend(BODIES.iter().map(|body| Case::new(&template, body)));
        }
    }
    assert!(cases.len() > 20, "{} cases", cases.len());
    compare(&cases);
}

#[test]
fn paths_mean_what_they_mean_to_jayway() {
    let templates = PATHS.iter().map(|path| {
        let quoted = path.replace('\'', "''");
        format!("$input.json('{quoted}')|#foreach($i in $input.path('{quoted}'))$i;#end")
    });
    let cases = templates.flat_map(|template| DOCUMENTS.map(|body| Case::new(&template, body)));
    compare(&cases.collect::<Vec<_>>());
}

const DOCUMENTS: [&str; 4] = [
    r#"{"store": {"book": [{"kind": "ref", "price": 8.95, "title": "A b"}, {"kind": "fiction", "price": 12, "isbn": "0-1"},
        {"kind": "fiction", "price": 9, "isbn": null, "tags": ["x", "y"]}], "bicycle": {"color": "red", "price": 20}}, "limit": 10, "a.b": 1, "": 2}"#,
    r#"[{"a": 1, "b": {"a": [2, 3]}}, {"a": "1"}, [4, [5, {"a": null}]], "text", true, null]"#,
    r#"{"a": {"b": {"c": [0, 1, 2, 3, 4]}}, "n": 12345678901234567890, "f": 1.10, "e": 1e3, "s": "q\"\u00e9/"}"#,
    "[]",
];

const PATHS: &[&str] = &[
    "$",
    "$.store",
    "$.store.book",
    "$.store.book[0]",
    "$.store.book[0].title",
    "$.store.book[-1]",
    "$.store.book[9]",
    "$.store.book[*].price",
    "$.store.book[0,2].kind",
    "$.store.book[0:2].kind",
    "$.store.book[:1]",
    "$.store.book[-2:]",
    "$.store.book[1:].isbn",
    "$.store.*",
    "$.store.*.price",
    "$..price",
    "$..book[0]",
    "$..*",
    "$..book.length()",
    "$.store.book.length()",
    "$.store['bicycle']",
    "$['store']['bicycle']['color']",
    "$.store.book[0]['kind','price']",
    "$['a.b']",
    "$[0]",
    "$[0].a",
    "$[*].a",
    "$..a",
    "$[0].b.a[1]",
    "$[2][1][1].a",
    "$[-1]",
    "$[9]",
    "$[0:2]",
    "$.a.b.c[1:4]",
    "$.a.b.c[?(@ > 2)]",
    "$.store.book[?(@.price < 10)]",
    "$.store.book[?(@.price < 10)].title",
    "$.store.book[?(@.isbn)]",
    "$.store.book[?(@.isbn)].price",
    "$.store.book[?(@.kind == 'fiction')].price",
    "$.store.book[?(@.kind != 'fiction')].price",
    "$.store.book[?(@.kind == 'fiction' && @.price > 10)].isbn",
    "$.store.book[?(@.price < 9 || @.price >= 12)].kind",
    "$.store.book[?(!@.isbn)].title",
    "$.store.book[?(@.price <= $.limit)].kind",
    "$.store.book[?(@.kind in ['ref'])].title",
    "$.store.book[?(@.kind nin ['ref'])].price",
    "$.store.book[?(@.kind =~ /f.*/)].price",
    "$.store.book[?(@.kind =~ /F.*N/i)].price",
    "$.store.book[?(@.tags contains 'x')].price",
    "$.store.book[?(@.isbn == null)].price",
    "$..[?(@.price > 10)].price",
    "$[?(@.a == 1)]",
    "$[?(@.a == '1')]",
    "$[?(@.a)]",
    "$.missing",
    "$.missing.more",
    "$.a.b.missing",
    "$.a.b.c.d",
    "$.store.book.kind",
    "$.n",
    "$.f",
    "$.e",
    "$.s",
    "store.limit",
    "limit",
    "a.b.c",
    "$.",
    "$..",
    "$[",
    "$['a",
    "$[?(@.a ==)]",
    "$.store.book[a]",
    "",
    "$.store.book[?(@.price == 12)].isbn",
    "$.store.book[?(@.price == 12.0)].isbn",
    "$.limit.x",
    "$.a.b.c.sum()",
    "$.a.b.c.max()",
    "$.a.b.c.min()",
    "$.a.b.c.avg()",
    "$ ",
    " $.limit",
    "$.store.book[ 0 ].kind",
    "$.store.book[0 , 1].kind",
    "$[ 'limit' ]",
    "$.store.book[(@.length()-1)]",
];

/// What the templates in use are made for, and what they are not.
const BODIES: &[&str] = &[
    "",
    r#"{"ID": "7", "FirstName": "Ann", "Age": 41, "City": "Ulm \"x\""}"#,
    r#"{"Items": [{"ID": {"S": "1"}, "FirstName": {"S": "A"}, "Age": {"N": "3"}}, {"ID": {"S": "2"}}]}"#,
    r#"{"statusCode": 200, "error": "customerror", "list": [1, [2, {"a": null}]]}"#,
    "a=1&b=2",
];
