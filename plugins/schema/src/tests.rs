#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};
use wasmgate_sdk::{
    Refusal, Request,
    test::{self, TestRequest},
};

use super::Schema;

fn plugin(config: &Value) -> Schema {
    test::configure(&config.to_string()).unwrap_or_else(|problem| panic!("{problem}"))
}

fn post(content_type: &str, body: impl Into<Vec<u8>>) -> TestRequest {
    Request::test("POST", "/orders")
        .header("content-type", content_type)
        .body(body)
}

fn accepts(plugin: &Schema, request: &Request) -> bool {
    match test::validate(plugin, request) {
        Ok(()) => true,
        Err(refusal) => {
            assert_eq!(refusal.code(), "invalid", "{refusal:?}");
            false
        }
    }
}

/// A plugin for one kind of body, and whether it accepts each of these.
fn bodies(content_type: &str, schema: Value, cases: &[(&str, bool)]) {
    let essence = content_type.split(';').next().unwrap();
    let plugin = plugin(&json!({ "body": { essence: schema } }));
    for (body, accepted) in cases {
        assert_eq!(
            accepts(&plugin, &post(content_type, *body)),
            *accepted,
            "{body}"
        );
    }
}

fn refusal(plugin: &Schema, request: &Request) -> String {
    format!("{:?}", test::validate(plugin, request).unwrap_err())
}

fn order() -> Value {
    json!({
        "type": "object",
        "required": ["id", "items"],
        "properties": {
            "id": { "type": "integer", "minimum": 1 },
            "items": { "type": "array", "items": { "type": "string" }, "minItems": 1 },
            "paid": { "type": "boolean" },
        },
        "additionalProperties": false,
    })
}

#[test]
fn required_parameters_are_missing_in_the_words_of_aws() {
    let plugin = plugin(&json!({
        "headers": { "x-header-param": true, "x-there": true },
        "path": { "issuer": true },
        "query": { "qs2": { "required": false }, "qs1": { "required": true } },
        "body": { "application/json": false },
    }));
    let request = Request::test("GET", "/?qs1=%20")
        .header("X-There", "1")
        .path_parameter("issuer", "");
    let refusal = refusal(&plugin, &request);
    let message = "code: \"invalid\", message: \"Missing required request parameters: [x-header-param, issuer, qs1]\"";
    assert!(refusal.contains(message), "{refusal}");
    let whole = Request::test("GET", "/?qs1=1")
        .header("x-there", "1")
        .header("x-header-param", "2");
    assert!(
        !accepts(&plugin, &whole.path_parameter("issuer", "i")),
        "the body is next"
    );
}

#[test]
fn parameters_are_read_as_their_schemas_expect() {
    let plugin = plugin(&json!({
        "headers": { "X-Trace": { "schema": { "pattern": "^[0-9a-f]{4}$" } } },
        "path": { "id": { "schema": { "type": "integer", "maximum": 100 } } },
        "query": {
            "dry": { "schema": { "type": "boolean" } },
            "tag": { "schema": { "type": "array", "items": { "enum": ["a", "b"] }, "maxItems": 2 } },
            "ids": { "schema": { "type": "array", "items": { "type": "number" } }, "separator": "," },
            "sort": { "schema": { "enum": ["up", "down"] } },
        },
    }));
    for (target, id, trace, accepted) in [
        ("/", "7", "00ff", true),
        ("/", "7.5", "00ff", false),
        ("/", "101", "00ff", false),
        ("/", "seven", "00ff", false),
        ("/", "%37", "00ff", true),
        ("/", "7", "00fg", false),
        ("/?dry=true", "7", "00ff", true),
        ("/?dry=yes", "7", "00ff", false),
        ("/?tag=a", "7", "00ff", true),
        ("/?tag=a&tag=b", "7", "00ff", true),
        ("/?tag=a&tag=c", "7", "00ff", false),
        ("/?tag=a&tag=b&tag=a", "7", "00ff", false),
        ("/?ids=1,2.5,-3e2", "7", "00ff", true),
        ("/?ids=1,2,x", "7", "00ff", false),
        ("/?ids=1,,2", "7", "00ff", false),
        ("/?sort=up", "7", "00ff", true),
        ("/?sort=up&sort=sideways", "7", "00ff", false),
        ("/?sort=", "7", "00ff", false),
        ("/?other=1", "7", "00ff", true),
    ] {
        let request = Request::test("GET", target)
            .path_parameter("id", id)
            .header("x-trace", trace);
        assert_eq!(
            accepts(&plugin, &request),
            accepted,
            "{target} {id} {trace}"
        );
    }
    let wrong = Request::test("GET", "/?sort=x&dry=1")
        .path_parameter("id", "x")
        .header("x-trace", "x");
    let refusal = refusal(&plugin, &wrong);
    assert!(
        refusal.contains("Invalid request parameters: [X-Trace, id, dry, sort]"),
        "{refusal}"
    );
}

#[test]
fn unknown_query_parameters_are_refused_where_that_is_wanted() {
    let plugin = plugin(&json!({ "query": { "a": false }, "only_known_query": true }));
    assert!(accepts(&plugin, &Request::test("GET", "/?a=1&a=2")));
    assert!(!accepts(&plugin, &Request::test("GET", "/?a=1&b=2")));
}

#[test]
fn json_bodies_are_read_strictly() {
    bodies(
        "application/json; charset=utf-8",
        order(),
        &[
            (r#"{"id": 7, "items": ["a"]}"#, true),
            (r#"{"id": 7, "items": ["a"], "paid": true}"#, true),
            // Draft 4 says so; later ones call it an integer.
            (r#"{"id": 7.0, "items": ["a"]}"#, false),
            (r#"{"id": 0, "items": ["a"]}"#, false),
            (r#"{"id": 7, "items": []}"#, false),
            (r#"{"id": 7, "items": ["a"], "more": 1}"#, false),
            (r#"{"id": 0, "items": ["a"], "id": 7}"#, false),
            (r#"{"id": 7, "items": ["a"], "\u0069d": 7}"#, false),
            (r#"{"id": 7, "items": ["a"]} {}"#, false),
            (r#"{"id": 7, "items": ["a"],}"#, false),
            ("", false),
            ("id=7", false),
            ("\u{feff}{\"id\": 7, \"items\": [\"a\"]}", false),
        ],
    );
    let deep = "[".repeat(200) + &"]".repeat(200);
    bodies(
        "application/vnd.a+json",
        json!({}),
        &[(&deep, false), ("[]", true), ("", true)],
    );
}

#[test]
fn empty_body_counts_as_an_empty_object() {
    bodies(
        "application/json",
        json!({ "type": "object" }),
        &[("", true), ("{}", true)],
    );
    bodies(
        "application/json",
        json!({ "required": ["a"] }),
        &[("", false)],
    );
    let plugin = plugin(&json!({ "body": { "application/json": { "type": "object" } } }));
    assert!(
        accepts(&plugin, &Request::test("GET", "/")),
        "JSON is meant where no type is named"
    );
}

#[test]
fn content_type_decides_about_the_schema() {
    let body =
        json!({ "application/json": { "required": ["a"] }, "text/plain": { "maxLength": 3 } });
    let strict = plugin(&json!({ "body": body }));
    let lenient = plugin(&json!({ "body": body, "other_types": "pass" }));
    let default = plugin(&json!({ "body": { "$default": { "required": ["a"] } } }));
    for (content_type, text, by_strict, by_lenient, by_default) in [
        ("application/json", r#"{"a":1}"#, true, true, true),
        ("Application/JSON;x=y", "{}", false, false, false),
        ("text/plain", "abc", true, true, false),
        ("text/plain", "abcd", false, false, false),
        ("image/png", "abcd", false, true, false),
        ("image/png", r#"{"a":1}"#, false, true, true),
        (
            "application/x-www-form-urlencoded",
            "a=1",
            false,
            true,
            true,
        ),
    ] {
        let request = post(content_type, text);
        let found = [&strict, &lenient, &default].map(|plugin| accepts(plugin, &request));
        assert_eq!(
            found,
            [by_strict, by_lenient, by_default],
            "{content_type} {text}"
        );
    }
    let twice = post("image/png", "{}").header("content-type", "application/json");
    assert!(!accepts(&lenient, &twice));
}

#[test]
fn forms_are_objects() {
    let schema = order();
    bodies(
        "application/x-www-form-urlencoded",
        schema.clone(),
        &[
            ("id=7&items=a", true),
            ("id=7&items=a&items=b%20c&paid=false", true),
            ("id=7", false),
            ("id=x&items=a", false),
            ("id=7&id=8&items=a", false),
            ("id=7&items=a&paid=1", false),
            ("id=7&items=a&more=1", false),
        ],
    );
    let part = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let file = "--b\r\ncontent-disposition: form-data; name=photo; filename=\"a\\\"b;.png\"\r\nContent-Type: image/png\r\n\r\n\r\n--\u{1}\r\n";
    let json = "--b\r\nContent-Disposition: form-data; name=\"items\"\r\nContent-Type: application/json\r\n\r\n[\"a\"]\r\n";
    let end = "--b--\r\n";
    let mut with_photo = schema;
    with_photo["properties"]["photo"] = json!({
        "properties": { "filename": { "const": "a\"b;.png" }, "type": { "enum": ["image/png"] }, "size": { "maximum": 5 } },
    });
    with_photo["$schema"] = json!("http://json-schema.org/draft-06/schema#");
    bodies(
        "multipart/form-data; boundary=\"b\"",
        with_photo,
        &[
            (&(part("id", "7") + &part("items", "a") + end), true),
            (
                &(part("id", "7") + &part("items", "a") + &part("items", "b") + file + end),
                true,
            ),
            (
                &(part("id", "7") + &part("id", "8") + &part("items", "a") + end),
                false,
            ),
            (&(part("id", "x") + &part("items", "a") + end), false),
            (
                &(part("id", "7") + &part("items", "a") + &file.replace('\u{1}', "12345") + end),
                false,
            ),
            (&(part("id", "7") + &part("items", "a")), false),
            (&(part("id", "7") + json + end), false),
            (end, false),
            ("", false),
            ("--b\r\n\r\n\r\n--b--", false),
            (&(part("id", "7") + "--bc" + end), false),
        ],
    );
    let list =
        json!({ "properties": { "items": { "type": "array", "items": { "type": "array" } } } });
    bodies(
        "multipart/form-data; boundary=b",
        list,
        &[(&(json.to_owned() + end), true)],
    );
    for content_type in [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"b",
    ] {
        bodies(content_type, json!({}), &[(end, false)]);
    }
}

#[test]
fn xml_is_an_object() {
    let schema = json!({
        "required": ["order"],
        "properties": { "order": {
            "type": "object",
            "required": ["item"],
            "additionalProperties": false,
            "properties": {
                "@id": { "type": "integer" },
                "paid": { "type": "boolean" },
                "note": { "type": "string", "maxLength": 5 },
                "item": { "type": "array", "items": { "$ref": "#/definitions/item" } },
            },
        } },
        "definitions": { "item": {
            "properties": { "@n": { "type": "number" }, "#text": { "enum": [1, 2] } },
            "required": ["@n"],
        } },
    });
    bodies(
        "application/xml",
        schema,
        &[
            ("<order id='7'><item n='1.5'>1</item></order>", true),
            (
                "<?xml version='1.0'?><!-- c --><o:order xmlns:o='urn:o' id='7'>\n <paid> true </paid><item n='1'>2</item><item n='2'> 1 </item></o:order>",
                true,
            ),
            (
                "<order id='7'><item n='1'>1</item><note>a&lt;b&#x21;</note></order>",
                true,
            ),
            (
                "<order id='7'><item n='1'>1</item><note><![CDATA[<a>]]></note></order>",
                true,
            ),
            (
                "<order id='7'><item n='1'>1</item><note>&lt;&lt;&lt;&lt;&lt;&lt;</note></order>",
                false,
            ),
            ("<order id='x'><item n='1'>1</item></order>", false),
            ("<order id='7'><item n='1'>3</item></order>", false),
            ("<order id='7'><item>1</item></order>", false),
            ("<order id='7'/>", false),
            ("<order/>", false),
            ("<order>text</order>", false),
            ("<order><item n='1'>1</item><more/></order>", false),
            ("<orders/>", false),
            ("", false),
            ("<order>", false),
            ("<order></orders>", false),
            ("<order/><order/>", false),
            ("<order id='7' id='8'><item n='1'>1</item></order>", false),
            ("<order>&nbsp;<item n='1'>1</item></order>", false),
            (
                "<!DOCTYPE order [<!ENTITY a \"aaaaaaaaaa\">]><order id='7'><item n='1'>1</item></order>",
                false,
            ),
            (
                "<!DOCTYPE order SYSTEM \"file:///etc/passwd\"><order id='7'><item n='1'>1</item></order>",
                false,
            ),
        ],
    );
    let deep = "<a>".repeat(129) + &"</a>".repeat(129);
    let fine = "<a>".repeat(128) + &"</a>".repeat(128);
    let attributes = |count: usize| {
        let all: String = (0..count).map(|n| format!(" a{n}=''")).collect();
        format!("<a{all}/>")
    };
    bodies(
        "text/xml",
        json!({}),
        &[
            (&deep, false),
            (&fine, true),
            (&attributes(64), true),
            (&attributes(65), false),
        ],
    );
}

#[test]
fn models_refer_to_each_other() {
    let file = test::asset(
        "owner.json",
        r#"{"required": ["mail"], "properties": {"pet": {"$ref": "Pet"}}}"#,
    );
    let config = format!(
        r#"{{"models": {{
            "Owner": {file},
            "Pet": {{"properties": {{"owner": {{"$ref": "https://apigateway.amazonaws.com/restapis/a1b2c3/models/Owner"}},
                                     "kind": {{"$ref": "urn:zoo:kinds#/definitions/kind"}}}}}},
            "urn:zoo:kinds": {{"definitions": {{"kind": {{"enum": ["cat", "dog"]}}}}}}
        }}, "body": {{"application/json": "Pet"}}}}"#
    );
    let plugin = test::configure::<Schema>(&config).unwrap_or_else(|problem| panic!("{problem}"));
    for (body, accepted) in [
        (
            r#"{"kind": "cat", "owner": {"mail": "m", "pet": {"kind": "dog"}}}"#,
            true,
        ),
        (r#"{"kind": "cow"}"#, false),
        (r#"{"owner": {}}"#, false),
        (
            r#"{"owner": {"mail": "m", "pet": {"owner": {"mail": "m", "pet": {"kind": 1}}}}}"#,
            false,
        ),
    ] {
        assert_eq!(
            accepts(&plugin, &post("application/json", body)),
            accepted,
            "{body}"
        );
    }
}

#[test]
fn every_mistake_of_a_configuration_has_its_place() {
    let file = test::asset("broken.json", "{\n  \"type\": }");
    let file: Value = serde_json::from_str(&file).unwrap();
    for (config, places) in [
        (json!({ "bodies": {} }), &["/bodies: unknown field"][..]),
        (json!({ "draft": "draft-05" }), &["/draft: unknown variant"]),
        (
            json!({ "body": { "application/json": { "type": "objekt" } } }),
            &["/body/application~1json/type: "],
        ),
        (
            json!({ "query": { "a": { "schema": { "minimum": "1" } }, "b": { "schema": { "items": 5 } } },
                    "body": { "image/png": {}, "$default": 7 } }),
            &[
                "/query/a/schema/minimum: ",
                "/query/b/schema/items: ",
                "/body/$default: expected a schema",
                "/body/image~1png: bodies of this type",
            ],
        ),
        (
            json!({ "models": { "A": { "$ref": "B" } } }),
            &[
                "/models/A: ",
                "add `https://apigateway.amazonaws.com/restapis/-/models/B`",
            ],
        ),
        (
            json!({ "models": { "A": { "properties": { "a": { "pattern": "^(?=a)" } } } } }),
            &["patterns have no look-around"],
        ),
        (
            json!({ "models": { "A": { "pattern": "(" } } }),
            &["/models/A/pattern"],
        ),
        (
            json!({ "models": { "A": { "pattern": "(a{1000}){1000}" } } }),
            &["/models/A/pattern", "at most 1 MiB"],
        ),
        (
            json!({ "query": { "a": { "require": true } } }),
            &["/query: expected `true`, `false`"],
        ),
        (
            json!({ "body": { "application/json": file } }),
            &["/body/application~1json: `broken.json` is not JSON"],
        ),
    ] {
        let problem = test::configure::<Schema>(&config.to_string())
            .map(drop)
            .unwrap_err();
        for place in places {
            assert!(
                problem.to_string().contains(place),
                "{config}: {problem} has no {place}"
            );
        }
    }
}

#[test]
fn details_name_every_violation() {
    let plugin = plugin(&json!({
        "errors": "detailed",
        "headers": { "x-tenant": true },
        "query": { "page": { "schema": { "type": "integer" } } },
        "body": { "application/json": order() },
    }));
    let request = Request::test("POST", "/?page=x").body(r#"{"id": 0, "items": ["a", 5]}"#);
    let refusal = refusal(&plugin, &request).replace("\\\"", "\"");
    for part in [
        "Missing required request parameters: [x-tenant]",
        r#"{"in":"header","name":"x-tenant","pointer":"","keyword":"required","#,
        r#"{"in":"query","name":"page","pointer":"","keyword":"type","#,
        r#"{"in":"body","pointer":"/id","keyword":"minimum","#,
        r#"{"in":"body","pointer":"/items/1","keyword":"type","#,
    ] {
        assert!(refusal.contains(part), "{refusal} has no {part}");
    }
}

#[test]
fn brief_errors_tell_the_client_nothing_of_the_schema() {
    let plugin = plugin(&json!({ "body": { "application/json": order() } }));
    let refusal = refusal(&plugin, &post("application/json", r#"{"items": ["a"]}"#));
    assert!(
        refusal.contains(r#"message: "Invalid request body""#),
        "{refusal}"
    );
    assert!(refusal.contains("details: None"), "{refusal}");
    assert!(refusal.contains("validationErrorString"), "{refusal}");
}

#[test]
fn large_bodies_are_too_large() {
    let plugin = plugin(&json!({ "limit": 10, "body": { "application/json": {} } }));
    assert!(accepts(&plugin, &post("application/json", "[1,2,3,4 ]")));
    let refused = test::validate(&plugin, &post("application/json", "[1,2,3,4  ]"));
    assert_eq!(refused, Err(Refusal::too_large()));
}

#[test]
fn formats_are_checked_as_the_draft_or_the_operator_says() {
    let schema = json!({ "format": "ipv4" });
    for (draft, formats, checked) in [
        (json!("draft-04"), Value::Null, true),
        (json!("2020-12"), Value::Null, false),
        (json!("draft-04"), json!(false), false),
        (json!("2020-12"), json!(true), true),
    ] {
        let plugin = plugin(
            &json!({ "draft": draft, "formats": formats, "body": { "application/json": schema } }),
        );
        assert_eq!(
            accepts(&plugin, &post("application/json", "\"1.2.3\"")),
            !checked,
            "{draft} {formats}"
        );
        assert!(accepts(&plugin, &post("application/json", "\"1.2.3.4\"")));
    }
}
