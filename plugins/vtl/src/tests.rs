#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};
use wasmgate_sdk::{Mapper, Patch, Problem, Refusal, Reply, Request, test};

use super::Vtl;

mod replies;

fn plugin(config: &Value) -> Vtl {
    test::configure(&config.to_string()).unwrap()
}

fn problem(config: &Value) -> Problem {
    let configured = test::configure::<Vtl>(&config.to_string());
    configured.map(drop).unwrap_err()
}

/// A plugin with one template for JSON requests.
fn template(template: &str) -> Vtl {
    plugin(
        &json!({ "request": { "templates": { "application/json": template } }, "stage_variables": { "table": "t1" } }),
    )
}

fn body(patch: &Patch) -> &str {
    std::str::from_utf8(patch.new_body().unwrap()).unwrap()
}

fn mapped(text: &str, body: &str) -> String {
    let request = Request::test("POST", "/pets/7?q=a+b&q=c")
        .path_parameter("id", "7")
        .header("X-Trace", "abc")
        .context("requestId", "r-1")
        .context("routeKey", "POST /pets/{id}")
        .context("requestTimeEpoch", "1700000000000")
        .context("identity.sourceIp", "192.0.2.1")
        .context("authorizer.claims.sub", "alice")
        .body(body);
    self::body(&test::map_request(&template(text), &request).unwrap()).to_owned()
}

#[test]
fn template_sees_what_it_mentions() {
    for (template, expected) in [
        ("$input.json('$.name')", "\"Rex\""),
        ("$input.body", "{\"name\": \"Rex\"}"),
        (
            "$input.params('id') $input.params('q') $input.params('X-Trace')",
            "7 c abc",
        ),
        (
            "$input.params().path.id $input.params().querystring.q $input.params().header.get('X-Trace')",
            "7 c abc",
        ),
        (
            "$context.requestId $context.httpMethod $context.path",
            "r-1 POST /pets/7",
        ),
        (
            "$context.resourcePath $context.requestTime",
            "/pets/{id} 14/Nov/2023:22:13:20 +0000",
        ),
        (
            "$context.identity.sourceIp|$context.identity|$context.nothing",
            "192.0.2.1||",
        ),
        (
            "$context.authorizer.claims.sub $context.authorizer.claims['sub']",
            "alice alice",
        ),
        (
            "$stageVariables.table ${stageVariables['table']}|$stageVariables.none",
            "t1 t1|",
        ),
        ("#set($c = $context)$c.requestId", "r-1"),
        ("#set($i = $input)$i.params('q') $i.path('$.name')", "c Rex"),
        ("$util.base64Encode($input.path('$.name'))", "UmV4"),
    ] {
        assert_eq!(
            mapped(template, "{\"name\": \"Rex\"}"),
            expected,
            "{template}"
        );
    }
}

#[test]
fn context_too_deep_is_refused() {
    let deep = format!("{}{}", "[".repeat(101), "]".repeat(101));
    let deep: Value = serde_json::from_str(&deep).unwrap();
    let found = problem(&json!({ "context": { "a": 1, "b": { "c": deep } } }));
    let expected = "`b.c`: invalid JSON at byte 100: nested too deep";
    assert!(format!("{found:?}").contains(expected), "{found:?}");
}

#[test]
fn configured_context_wins() {
    let plugin = plugin(&json!({
        "request": { "templates": { "$default": "$context.accountId $context.identity.caller $context.identity.sourceIp $context.n.m" } },
        "context": { "accountId": "42", "identity": { "caller": "me" }, "n": { "m": [1, 2] } },
    }));
    let request = Request::test("POST", "/").context("identity.sourceIp", "192.0.2.1");
    assert_eq!(
        body(&test::map_request(&plugin, &request).unwrap()),
        "42 me 192.0.2.1 [1,2]"
    );
}

#[test]
fn only_what_is_mentioned_is_asked_for() {
    let interest = |text: &str| format!("{:?}", Mapper::interest(&template(text)));
    let nothing = interest("fixed");
    assert!(
        nothing.contains("body: false") && nothing.contains("headers: [\"content-type\"]"),
        "{nothing}"
    );
    assert!(
        nothing.contains("query: []")
            && nothing.contains("context: [\"authorizer.vtl.responseOverride\"]"),
        "{nothing}"
    );
    assert!(interest("$input.params('a')").contains("query: [\"a\"]"));
    assert!(interest("#foreach($k in $input.params().keySet())$k#end").contains("query: [\"*\"]"));
    assert!(
        interest("\"#if($context.authorizer.tenant)#end\"")
            .contains("context: [\"authorizer.tenant\",")
    );
    assert!(interest("$context.authorizer.claims").contains("context: [\"*\","));
    assert!(interest("#set($x = $input.path('$'))").contains("body: true"));
}

#[test]
fn template_is_chosen_by_type_or_passed_over() {
    let templates =
        json!({ "application/json": "J", "text/plain": "" , "application/x+json": "X" });
    let cases = [
        (
            "when_no_match",
            Some("application/json; charset=utf-8"),
            "J",
        ),
        ("when_no_match", Some("Application/X+JSON"), "X"),
        ("when_no_match", None, "J"),
        ("when_no_match", Some("text/plain"), "passed"),
        ("when_no_match", Some("text/xml"), "passed"),
        ("when_no_templates", Some("text/xml"), "415"),
        ("never", Some("text/xml"), "415"),
        ("never", Some("application/json"), "J"),
    ];
    for (passthrough, content_type, expected) in cases {
        let plugin =
            plugin(&json!({ "request": { "templates": templates, "passthrough": passthrough } }));
        assert_eq!(
            outcome(&plugin, content_type),
            expected,
            "{passthrough} {content_type:?}"
        );
    }
    for (passthrough, expected) in [
        ("when_no_match", "passed"),
        ("when_no_templates", "passed"),
        ("never", "415"),
    ] {
        let plugin = plugin(&json!({ "request": { "passthrough": passthrough } }));
        assert_eq!(outcome(&plugin, None), expected, "{passthrough}");
    }
    let any = plugin(&json!({ "request": { "templates": { "$default": "D" } } }));
    assert_eq!(outcome(&any, Some("text/xml")), "D");
}

fn outcome(plugin: &Vtl, content_type: Option<&str>) -> String {
    let request = Request::test("POST", "/");
    let request = match content_type {
        Some(content_type) => request.header("content-type", content_type),
        None => request,
    };
    let patch = test::map_request(plugin, &request).unwrap();
    match (patch.response(), patch.new_body()) {
        (Some(response), _) => response.status.to_string(),
        (None, Some(_)) => body(&patch).to_owned(),
        (None, None) => "passed".to_owned(),
    }
}

#[test]
fn overrides_change_header_query_and_path() {
    let text = "#set($context.requestOverride.header.X-A = 'b')\
        #set($context.requestOverride.header['x-list'] = ['1', '2'])\
        #set($context.requestOverride.querystring.page = 3)\
        #set($context.requestOverride.path.id = 'new')";
    let request = Request::test("PUT", "/pets/7/toys/a/b")
        .header("content-type", "application/json")
        .context("routeKey", "PUT /pets/{id}/toys/{rest+}");
    let patch = test::map_request(&template(text), &request).unwrap();
    let expected = Patch::new()
        .body("")
        .set_header("X-A", "b")
        .set_header("x-list", "1,2")
        .set_query("page", "3")
        .set_path("/pets/new/toys/a/b");
    assert_eq!(patch, expected);
}

#[test]
fn reply_is_mapped_by_what_the_client_accepts() {
    let plugin = plugin(&json!({ "response": { "templates": {
        "application/json": "{\"n\": $input.path('$.items').size()}#set($context.responseOverride.status = 201)",
        "text/csv": "$input.path('$.items[0]')",
    } } }));
    let reply = Reply::test(200).body("{\"items\": [5, 6]}");
    let map = |accept: &str| {
        test::map_response(
            &plugin,
            &Request::test("GET", "/").header("accept", accept),
            &reply,
        )
    };
    let json = Patch::new()
        .body("{\"n\": 2}")
        .set_header("content-type", "application/json")
        .set_status(201);
    assert_eq!(map("*/*"), Ok(json.clone()));
    assert_eq!(map("application/json, text/csv"), Ok(json));
    assert_eq!(body(&map("text/csv;q=1").unwrap()), "5");
}

#[test]
fn request_template_may_speak_of_the_reply() {
    let text = "#set($context.responseOverride.status = 202)#set($context.responseOverride.header.x-a = 'b')";
    let request = Request::test("GET", "/");
    let patch = test::map_request(&template(text), &request).unwrap();
    let carried = patch
        .changes()
        .iter()
        .find(|change| change.code == "set-context")
        .unwrap()
        .clone();
    let both = plugin(
        &json!({ "request": {}, "response": { "templates": { "text/plain": "$context.responseOverride.status" } } }),
    );
    let request = request.context(&format!("authorizer.{}", carried.name), &carried.value);
    let patch = test::map_response(&both, &request, &Reply::test(200)).unwrap();
    assert_eq!(body(&patch), "202");
    assert!(
        patch
            .changes()
            .iter()
            .any(|change| change.code == "set-status" && change.value == "202")
    );
}

#[test]
fn failures_are_told_apart() {
    let map = |text: &str, body: &str| {
        test::map_request(&template(text), &Request::test("POST", "/").body(body)).unwrap_err()
    };
    let refusal = map("$input.path('$.a')", "{\"a\": ");
    assert_eq!(refusal, Refusal::invalid("Invalid JSON in request body"));
    let refusal = map("a\n $input.body.substring(99)", "x");
    let expected =
        "template `application/json`: line 2, column 14: no characters 99 to 1 in a text of 1";
    assert_eq!(refusal, Refusal::failure(expected));
}

#[test]
fn wrong_templates_are_problems_at_their_places() {
    for (config, pointer, line, column, message) in [
        (
            json!({ "request": { "templates": { "a/b": "x\n#if(" } } }),
            "/request/templates/a~1b",
            2,
            5,
            "too early",
        ),
        (
            json!({ "request": { "templates": { "a/b": "#foreach($a $b)\n$x.y(1 + 2)#end" } } }),
            "/request/templates/a~1b",
            2,
            8,
            "'+'",
        ),
        (
            json!({ "response": { "templates": { "a/b": "#set($a = )" } } }),
            "/response/templates/a~1b",
            1,
            11,
            "`)`",
        ),
    ] {
        let problem = problem(&config);
        let mistake = &problem.mistakes()[0];
        assert_eq!(
            (mistake.pointer.as_str(), mistake.line, mistake.column),
            (pointer, Some(line), Some(column)),
            "{mistake:?}"
        );
        assert!(mistake.message.contains(message), "{mistake:?}");
    }
    let two = json!({ "request": { "templates": { "a/b": "#if(" } }, "response": { "templates": { "c/d": "#end" } } });
    assert_eq!(problem(&two).mistakes().len(), 2);
    for (config, pointer) in [
        (
            json!({ "response": { "templates": {} } }),
            "/response/templates",
        ),
        (
            json!({ "request": { "passthrough": "maybe" } }),
            "/request/passthrough",
        ),
        (
            json!({ "request": { "templates": { "a/b": 5 } } }),
            "/request/templates",
        ),
        (json!({ "requests": {} }), "/requests"),
    ] {
        let problem = problem(&config);
        assert_eq!(problem.mistakes()[0].pointer, pointer);
    }
}
