#![expect(clippy::unwrap_used, reason = "tests")]

use wasmgate_sdk::{Patch, Refusal, Reply, Request, RequestFilter, test};

use super::Transform;

fn plugin(config: &str) -> Transform {
    test::configure(config).unwrap()
}

#[test]
fn fields_are_removed_then_set_then_appended() {
    let plugin = plugin(
        r#"{"request": {"headers": {"append": {"via": "gate"}, "set": {"x-tenant": "acme"}, "remove": ["cookie"]}}}"#,
    );
    let patch = test::filter_request(&plugin, &Request::test("GET", "/")).unwrap();
    let expected = Patch::new()
        .remove_header("cookie")
        .set_header("x-tenant", "acme")
        .append_header("via", "gate");
    assert_eq!(patch, expected);
}

#[test]
fn variables_are_filled_in() {
    let plugin = plugin(
        r#"{"request": {"query": {"set": {"who": "${context.authorizer.principalId}/${path.id}?${query.a}${header.X-B}"}}}}"#,
    );
    let request = Request::test("GET", "/?a=1")
        .context("authorizer.principalId", "alice")
        .path_parameter("id", "7")
        .header("x-b", "2");
    assert_eq!(
        test::filter_request(&plugin, &request).unwrap(),
        Patch::new().set_query("who", "alice/7?12")
    );
}

#[test]
fn value_with_a_missing_variable_is_passed_over() {
    let plugin = plugin(
        r#"{"request": {"headers": {"set": {"x-user": "user ${context.authorizer.name}"}}}}"#,
    );
    assert_eq!(
        test::filter_request(&plugin, &Request::test("GET", "/")).unwrap(),
        Patch::new()
    );
}

#[test]
fn client_cannot_forge_what_is_set() {
    let plugin =
        plugin(r#"{"request": {"headers": {"set": {"X-User": "a"}, "append": {"via": "b"}}}}"#);
    let interest = format!("{:?}", RequestFilter::interest(&plugin));
    assert!(interest.contains(r#"sets: ["x-user"]"#), "{interest}");
}

#[test]
fn replies_are_changed_too() {
    let plugin = plugin(
        r#"{"response": {"headers": {"remove": ["server"], "set": {"x-path": "${path.id}"}}}}"#,
    );
    let request = Request::test("GET", "/7").path_parameter("id", "7");
    let patch =
        test::filter_response(&plugin, &request, &Reply::test(200).header("server", "x")).unwrap();
    assert_eq!(
        patch,
        Patch::new()
            .remove_header("server")
            .set_header("x-path", "7")
    );
}

#[test]
fn unknown_variable_is_a_problem_at_its_place() {
    let config = r#"{"request": {"headers": {"set": {"a/b": "${contxt.x}"}}}}"#;
    let problem = test::configure::<Transform>(config).map(drop).unwrap_err();
    assert_eq!(problem.mistakes()[0].pointer, "/request/headers/set/a~1b");
    assert!(
        problem
            .to_string()
            .contains("unknown variable `${contxt.x}`")
    );
    assert!(
        test::configure::<Transform>(r#"{"response": {"headers": {"set": {"a": "${x"}}}}"#)
            .is_err()
    );
}

#[test]
fn fields_are_renamed_copied_and_added() {
    let plugin = plugin(
        r#"{"request": {
            "headers": {"rename": {"X-Old": "x-new"}, "copy": {"host-id": "x-copy"}, "add": {"accept": "*/*", "x-a": "new"}},
            "query": {"rename": {"q": "query"}, "copy": {"p": "page"}, "add": {"size": "10", "p": "1"}}}}"#,
    );
    let request = Request::test("GET", "/?q=1&q=2&p=3")
        .header("x-old", "1")
        .header("x-old", "2")
        .header("host-id", "h")
        .header("x-a", "old");
    let expected = Patch::new()
        .remove_header("X-Old")
        .set_header("x-new", "1")
        .append_header("x-new", "2")
        .set_header("x-copy", "h")
        .set_header("accept", "*/*")
        .remove_query("q")
        .set_query("query", "1")
        .append_query("query", "2")
        .set_query("page", "3")
        .set_query("size", "10");
    assert_eq!(test::filter_request(&plugin, &request), Ok(expected));
    let interest = format!("{:?}", RequestFilter::interest(&plugin));
    assert!(
        interest.contains(r#"sets: ["x-new", "x-copy"]"#),
        "{interest}"
    );
}

#[test]
fn what_has_no_value_lets_nothing_of_the_client_through() {
    let plugin = plugin(
        r#"{"request": {"query": {"set": {"user": "${context.none}"}, "rename": {"none": "who"}},
                        "body": {"set": {"/user": "${context.none}"}}}}"#,
    );
    let request = Request::test("POST", "/?user=me&who=me").body(r#"{"user":"me","a":1}"#);
    let expected = Patch::new()
        .remove_query("none")
        .remove_query("who")
        .remove_query("user")
        .body(r#"{"a":1}"#);
    assert_eq!(test::filter_request(&plugin, &request), Ok(expected));
}

#[test]
fn variables_name_every_part_of_a_request() {
    let multipart = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nbytes\r\n\
                     --b\r\nContent-Disposition: form-data; name=\"field\"\r\n\r\ntwo\r\nlines\r\n--b--\r\n";
    for (value, content_type, body, expected) in [
        ("${method} ${path}", "", "", Some("POST /a/7")),
        ("${cookie.session}", "", "", Some("s1")),
        ("${body./user/id}", "", r#"{"user": {"id": 7}}"#, Some("7")),
        (
            "${body.$.items[-1]['a b']}",
            "",
            r#"{"items": [0, {"a b": "x\u00e9\"y"}]}"#,
            Some("xé\"y"),
        ),
        ("${body./a~1b/0}", "", r#"{"a/b": [true]}"#, Some("true")),
        (
            "${body./o}",
            "",
            r#"{"o": {"p": [1, 2]}}"#,
            Some(r#"{"p": [1, 2]}"#),
        ),
        ("${body.$}", "", r#" "whole" "#, Some("whole")),
        ("${body./n}", "", r#"{"n": null}"#, None),
        ("${body./none}", "", r#"{"n": 1}"#, None),
        ("${body./n}", "", "{n: 1}", None),
        (
            "${body./a}",
            "",
            r#"{"a": 1, "a": 2, "\u0061": 3}"#,
            Some("3"),
        ),
        (
            "${form.a}",
            "application/x-www-form-urlencoded",
            "b=1&a=x+%C3%A9",
            Some("x é"),
        ),
        (
            "${form.field}",
            "Multipart/Form-Data; boundary=\"b\"",
            multipart,
            Some("two\r\nlines"),
        ),
        (
            "${form.file}",
            "multipart/form-data; boundary=b",
            multipart,
            None,
        ),
        ("${form.field}", "multipart/form-data", multipart, None),
        ("${form.field}", "text/plain", multipart, None),
    ] {
        let config = serde_json::json!({ "request": { "query": { "append": { "x": value } } } });
        let request = Request::test("POST", "/a/7")
            .header("cookie", "a=b; session=s1")
            .header("content-type", content_type)
            .body(body);
        let patch = test::filter_request(&plugin(&config.to_string()), &request).unwrap();
        let found = patch.changes().first().map(|change| &*change.value);
        assert_eq!(found, expected, "{value} of {body}");
    }
}

#[test]
fn variables_name_every_part_of_a_reply() {
    let plugin = plugin(
        r#"{"response": {"headers": {"set": {"x": "${response.status} ${response.header.server} ${response.body./id} ${query.q}"},
                                     "rename": {"server": "x-server"}}}}"#,
    );
    let reply = Reply::test(201)
        .header("server", "s")
        .body(r#"{"id": "7"}"#);
    let expected = Patch::new()
        .remove_header("server")
        .set_header("x-server", "s")
        .set_header("x", "201 s 7 q");
    let request = Request::test("GET", "/?q=q");
    assert_eq!(
        test::filter_response(&plugin, &request, &reply),
        Ok(expected)
    );
}

#[test]
fn members_are_changed_and_all_else_stays_as_it_is() {
    let body = r#"{"big": 12345678901234567890.10, "a": {"b": [1, 2, {"c": "x"}], "k": null}, "esc\u0061pe": "\ud83d\ude00", "e": [ ] }"#;
    for (changes, expected) in [
        (
            r#"{"remove": ["/a", "/none/x", "$.e[0]"]}"#,
            r#"{"big":12345678901234567890.10,"esc\u0061pe":"\ud83d\ude00","e":[]}"#,
        ),
        (
            r#"{"remove": ["$.a.b[*].c", "/a/b/0", "/escape"]}"#,
            r#"{"big":12345678901234567890.10,"a":{"b":[2,{}],"k":null},"e":[ ]}"#,
        ),
        (
            r#"{"remove": ["$.a.*", "/big", "/escape"]}"#,
            r#"{"a":{},"e":[ ]}"#,
        ),
        (
            r#"{"remove": ["/big", "/escape"], "rename": {"/a": "e", "$.e": "/x/y"}}"#,
            r#"{"e":{"b": [1, 2, {"c": "x"}], "k": null},"x":{"y":[ ]}}"#,
        ),
        (
            r#"{"remove": ["/a", "/escape"], "copy": {"/big": "/e/-", "$.a.b[2].c": "$.n.c"}}"#,
            r#"{"big":12345678901234567890.10,"e":[12345678901234567890.10],"n":{"c":"x"}}"#,
        ),
        (
            r#"{"remove": ["/big", "/escape", "/e"], "set": {"/a/b/1": {"q": "${query.q}", "n": 1.5}, "/a/b/3": true, "$.a.b[*].d": 1}}"#,
            "",
        ),
        (
            r#"{"remove": ["/big", "/escape", "/e"], "set": {"/a/b/1": {"q": "\"${query.q}\"", "n": 1.5, "l": [null, "t"]}, "/a/k/x": 1}}"#,
            "",
        ),
        (
            r#"{"remove": ["/big", "/escape", "/e"], "set": {"/a/b/1": {"q": "\"${query.q}\"", "n": 1.5, "l": [null, "t", {}]}, "/a/k": "v", "/z/y/x": []}}"#,
            r#"{"a":{"b":[1,{"l":[null,"t",{}],"n":1.5,"q":"\"q\"\n\""},{"c": "x"}],"k":"v"},"z":{"y":{"x":[]}}}"#,
        ),
        (
            r#"{"remove": ["/big", "/escape", "/e", "/a/b"], "add": {"/a/k": 1, "/a/n": 1, "/a/k/z": 1, "$.a.none[*].x": 1}}"#,
            r#"{"a":{"k":null,"n":1}}"#,
        ),
    ] {
        let config = format!(r#"{{"request": {{"body": {changes}}}}}"#);
        let request = Request::test("POST", "/?q=q%22%0A").body(body);
        let patch = test::filter_request(&plugin(&config), &request);
        let answer = match &patch {
            Ok(patch) => std::str::from_utf8(patch.new_body().unwrap()).unwrap(),
            Err(refusal) => {
                let shape = Refusal::invalid("the request body has another shape than expected");
                assert_eq!(*refusal, shape);
                ""
            }
        };
        assert_eq!(answer, expected, "{changes}");
    }
}

#[test]
fn one_member_is_left_of_several_with_a_name() {
    let plugin =
        plugin(r#"{"request": {"body": {"set": {"/role": "user"}, "remove": ["/admin"]}}}"#);
    let body = r#"{"role":"root","r\u006fle":"root","admin":1,"\u0061dmin":1,"x":1}"#;
    let patch = test::filter_request(&plugin, &Request::test("POST", "/").body(body)).unwrap();
    assert_eq!(patch.new_body().unwrap(), br#"{"r\u006fle":"user","x":1}"#);
}

#[test]
fn opened_texts_mean_what_they_meant() {
    for text in [
        r#"[]"#,
        r#"{ }"#,
        r#"[[[]], [{}], "a,b]", "\"]", -1.5e+9, {"a": "}", "b\"": [","]}]"#,
        r#" { "a" : [ 1 , 2 ] , "" : "\\" , "{" : { "[": "\\\"" } } "#,
        "{\"a\"\n:\t{\"b\":\r\n[0]}}",
    ] {
        let plugin =
            plugin(r#"{"request": {"body": {"remove": ["$.*.*.*.none", "$[*][*][*].none"]}}}"#);
        let patch = test::filter_request(&plugin, &Request::test("POST", "/").body(text)).unwrap();
        let read = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).unwrap();
        assert_eq!(
            read(patch.new_body().unwrap()),
            read(text.as_bytes()),
            "{text}"
        );
    }
}

#[test]
fn body_that_cannot_be_changed_is_refused() {
    let plugin = plugin(r#"{"request": {"body": {"set": {"/a/b": 1}}}}"#);
    let call = |body: &str| test::filter_request(&plugin, &Request::test("POST", "/").body(body));
    for body in ["{", "a=b", "{\"a\":1}}", "[1,]", "{\"a\":\"\n\"}", "NaN"] {
        assert_eq!(
            call(body),
            Err(Refusal::invalid("the request body is not JSON")),
            "{body}"
        );
    }
    for body in ["1", "[]", r#"{"a": 1}"#, r#"{"a": ["x"]}"#, "null"] {
        assert_eq!(call(body).unwrap_err().code(), "invalid", "{body}");
    }
    let many = format!("[{}0]", "0,".repeat(200_000));
    let plugin = self::plugin(r#"{"request": {"body": {"remove": ["/0"]}}}"#);
    let request = Request::test("POST", "/").body(many);
    assert_eq!(
        test::filter_request(&plugin, &request),
        Err(Refusal::too_large())
    );
    assert_eq!(
        test::filter_request(&plugin, &Request::test("GET", "/")),
        Ok(Patch::new())
    );
    let latin = Request::test("POST", "/").body(b"{\"a\":\"\xe9\"}");
    assert_eq!(
        test::filter_request(&plugin, &latin).unwrap_err().code(),
        "invalid"
    );
}

#[test]
fn replies_that_are_json_are_changed_and_others_are_not() {
    let plugin = plugin(
        r#"{"response": {"status": {"404": 200, "4xx": 400, "5xx": 502}, "body": {"remove": ["/secret"], "add": {"/ok": true}}}}"#,
    );
    let request = Request::test("GET", "/");
    let reply = |status, kind, body| {
        let reply = Reply::test(status).header("content-type", kind).body(body);
        test::filter_response(&plugin, &request, &reply)
    };
    let changed = |status| Ok(Patch::new().set_status(status).body(r#"{"ok":true}"#));
    let secret = r#"{"secret": 1}"#;
    assert_eq!(reply(404, "application/json", secret), changed(200));
    assert_eq!(
        reply(418, "application/problem+json; charset=utf-8", secret),
        changed(400)
    );
    assert_eq!(
        reply(503, "text/html", "<p>"),
        Ok(Patch::new().set_status(502))
    );
    assert_eq!(reply(200, "application/json", ""), Ok(Patch::new()));
    assert_eq!(
        reply(200, "application/json", "{").unwrap_err().code(),
        "failure"
    );
}

#[test]
fn path_is_made_of_values_that_cannot_leave_it() {
    let path = |template: &str, request: &Request| {
        let config = serde_json::json!({ "request": { "path": template } });
        test::filter_request(&plugin(&config.to_string()), request)
    };
    let request = Request::test("GET", "/orders/a%2Fb?q=..%2Fx%3Fy&dots=..")
        .path_parameter("id", "a%2Fb")
        .header("x-tenant", "é 1");
    for (template, expected) in [
        ("/v2/${path.id}/x", "/v2/a%2Fb/x"),
        ("/t/${header.x-tenant}", "/t/%C3%A9%201"),
        ("/q/${query.q}", "/q/..%2Fx%3Fy"),
        ("/v2${path}", "/v2/orders/a%2Fb"),
        ("${path}/", "/orders/a%2Fb/"),
    ] {
        assert_eq!(
            path(template, &request),
            Ok(Patch::new().set_path(expected)),
            "{template}"
        );
    }
    assert_eq!(
        path("/q/${query.dots}", &request).unwrap_err().code(),
        "invalid"
    );
    assert_eq!(path("/q/${query.none}", &request), Ok(Patch::new()));
}

#[test]
fn what_a_client_sends_fails_no_call() {
    let rename = plugin(r#"{"request": {"headers": {"rename": {"a": "b"}}}}"#);
    let request = (0..200).fold(Request::test("GET", "/"), |request, _| {
        request.header("a", "1")
    });
    assert_eq!(
        test::filter_request(&rename, &request).unwrap_err().code(),
        "invalid"
    );

    let config = r#"{"request": {"headers": {"set": {"b": "${body./a}"}}}}"#;
    let call = |value: &str| {
        let body = serde_json::json!({ "a": value }).to_string();
        test::filter_request(&plugin(config), &Request::test("POST", "/").body(body))
    };
    for value in ["a\r\nx-admin: 1", "a\0", "\u{7f}", &"long".repeat(20_000)] {
        assert_eq!(call(value).unwrap_err().code(), "invalid", "{value:?}");
    }
    assert_eq!(call("\té"), Ok(Patch::new().set_header("b", "\té")));
}

#[test]
fn wrong_configurations_are_refused_at_their_place() {
    for (config, pointer, part) in [
        (
            r#"{"request": {"header": {}}}"#,
            "/request/header",
            "unknown field",
        ),
        (
            r#"{"request": {"path": "v2"}}"#,
            "/request/path",
            "begins with `/`",
        ),
        (
            r#"{"request": {"path": "/a?b"}}"#,
            "/request/path",
            "no query",
        ),
        (
            r#"{"request": {"path": "/${context}"}}"#,
            "/request/path",
            "needs a name",
        ),
        (
            r#"{"request": {"headers": {"set": {"content-length": "1"}}}}"#,
            "/request/headers/set/content-length",
            "gateway's own",
        ),
        (
            r#"{"request": {"headers": {"remove": ["a b"]}}}"#,
            "/request/headers/remove/0",
            "not the name of a field",
        ),
        (
            r#"{"request": {"headers": {"rename": {"a": "host"}}}}"#,
            "/request/headers/rename/a",
            "gateway's own",
        ),
        (
            r#"{"request": {"headers": {"copy": {"a": ""}}}}"#,
            "/request/headers/copy/a",
            "empty",
        ),
        (
            r#"{"request": {"query": {"append": {"a": "${b"}}}}"#,
            "/request/query/append/a",
            "without its `}`",
        ),
        (
            r#"{"request": {"headers": {"set": {"a": "${response.status}"}}}}"#,
            "/request/headers/set/a",
            "no response yet",
        ),
        (
            r#"{"request": {"body": {"remove": ["user"]}}}"#,
            "/request/body/remove/0",
            "write `/user/id`",
        ),
        (
            r#"{"request": {"body": {"remove": ["$"]}}}"#,
            "/request/body/remove/0",
            "the whole body",
        ),
        (
            r#"{"request": {"body": {"remove": ["$..a"]}}}"#,
            "/request/body/remove/0",
            "from `..a` on",
        ),
        (
            r#"{"request": {"body": {"remove": ["$.a[?(@.b)]"]}}}"#,
            "/request/body/remove/0",
            "from `[?(@.b)]` on",
        ),
        (
            r#"{"request": {"body": {"copy": {"$.a[*]": "/b"}}}}"#,
            "/request/body/copy/$.a[*]",
            "must be one",
        ),
        (
            r#"{"request": {"body": {"set": {"/a/b": {"c": ["${d}"]}}}}}"#,
            "/request/body/set/~1a~1b",
            "unknown variable `${d}`",
        ),
        (
            r#"{"request": {"body": {"add": {"/a": "${body.x}"}}}}"#,
            "/request/body/add/~1a",
            "no place",
        ),
        (
            r#"{"response": {"status": {"40x": 200}}}"#,
            "/response/status/40x",
            "write `404` or `5xx`",
        ),
        (
            r#"{"response": {"status": {"404": 100}}}"#,
            "/response/status/404",
            "200 to 599",
        ),
        (
            r#"{"response": {"headers": {"set": {"a": "${response.foo.b}"}}}}"#,
            "/response/headers/set/a",
            "unknown variable",
        ),
    ] {
        let problem = test::configure::<Transform>(config).unwrap_err();
        let first = &problem.mistakes()[0];
        assert_eq!(first.pointer, pointer, "{config}: {problem}");
        assert!(first.message.contains(part), "{config}: {problem}");
    }
    let all = test::configure::<Transform>(
        r#"{"request": {"path": "x", "headers": {"set": {"a b": "", "c": "${x}"}}}, "response": {"status": {"1": 1}}}"#,
    );
    assert_eq!(all.unwrap_err().mistakes().len(), 4);
}
