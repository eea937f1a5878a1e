//! The built-in plugin `vtl`: mapping templates for requests and replies.

use serde_json::{Map, Value, json};
use tokio::sync::Mutex;
use wasmgate_tests::{
    Answer, Directory, Gateway, Setup, Upstream, client::with_body, examples, run,
};

/// Compiling the engine takes seconds of a core: one test after the other, so that none waits too long for its gateway.
static COMPILER: Mutex<()> = Mutex::const_new(());

/// A gateway whose routes, `/NAME/{id}`, have a configuration each. One for all, since the engine takes a second to compile.
fn setup(upstream: &Upstream, attachments: &[(&str, Value)]) -> Setup {
    let route = |with: &Value| json!({ "transform": [{ "use": "vtl", "with": with }], "to": upstream.url() });
    let routes: Map<_, _> = attachments
        .iter()
        .map(|(name, with)| (format!("ANY /{name}/{{id}}"), route(with)))
        .collect();
    let apis = json!({ "pets": { "routes": routes } });
    Gateway::setup(&format!("apis: {apis}\n")).plugin("vtl")
}

fn request(template: &str) -> Value {
    json!({ "request": { "templates": { "application/json": template } } })
}

#[tokio::test]
async fn example_of_the_readme_works() {
    let _turn = COMPILER.lock().await;
    let upstream = Upstream::start().await;
    upstream.answer(Answer::ok(r#"{"Attributes": {"Id": {"S": "p-7"}}}"#));
    let yaml = examples("vtl")[0].replace("http://127.0.0.1:9000", &upstream.url());
    let gateway = Gateway::setup(&yaml.replace("127.0.0.1:8080", "127.0.0.1:0"))
        .plugin("vtl")
        .start()
        .await;

    let json = [("content-type", "application/json")];
    let pets = r#"{"pets": [{"name": "Rex"}, {"name": "O\"Hara"}]}"#;
    let reply = gateway
        .send(with_body("POST", "/pets/dog", &json, pets))
        .await;
    assert_eq!(
        (reply.status.as_u16(), reply.text().trim()),
        (201, r#"{"id": "p-7"}"#)
    );
    assert_eq!(reply.header("content-type"), "application/json");
    let sent: Value = serde_json::from_slice(&upstream.request(0).await.body).unwrap();
    let expected = json!({ "TableName": "pets", "Item": { "Kind": { "S": "dog" }, "Names": { "SS": ["Rex", "O\"Hara"] } } });
    assert_eq!(sent, expected);

    let xml = [("content-type", "text/xml")];
    let reply = gateway
        .send(with_body("POST", "/pets/dog", &xml, "<a/>"))
        .await;
    assert_eq!(
        (reply.status.as_u16(), reply.text()),
        (415, r#"{"message": "Unsupported Media Type"}"#)
    );
    let broken = gateway
        .send(with_body("POST", "/pets/dog", &json, r#"{"pets": "#))
        .await;
    assert_eq!(
        (broken.status.as_u16(), broken.text()),
        (400, r#"{"message":"Invalid JSON in request body"}"#)
    );
}

#[tokio::test]
async fn requests_and_replies_are_mapped() {
    let _turn = COMPILER.lock().await;
    let upstream = Upstream::start().await;
    let mut attachments = vec![
        ("overrides", request(OVERRIDES)),
        ("both", both()),
        (
            "file",
            json!({ "request": { "templates": { "$default": { "file": "map.vtl" } } } }),
        ),
    ];
    attachments.extend(
        FAILURES
            .iter()
            .map(|(name, template, _)| (*name, request(template))),
    );
    let gateway = setup(&upstream, &attachments)
        .file("map.vtl", "[$input.body]")
        .start()
        .await;
    overrides_reach_the_upstream_and_the_client(&gateway, &upstream).await;
    reply_is_mapped_with_what_the_request_said(&gateway, &upstream).await;
    template_is_read_from_its_file(&gateway, &upstream).await;
    templates_that_fail_answer_500_and_tell_the_log(&gateway, &upstream).await;
}

const OVERRIDES: &str = "#set($context.requestOverride.header.x-trace = \"$context.requestId $input.params('x-a')\")\
    #set($context.requestOverride.querystring.page = $input.params('q'))\
    #set($context.requestOverride.path.id = \"new$input.params('id')\")\
    #set($context.responseOverride.status = 202)\
    #set($context.responseOverride.header.x-by = $context.identity.sourceIp)mapped";

async fn overrides_reach_the_upstream_and_the_client(gateway: &Gateway, upstream: &Upstream) {
    let reply = gateway
        .get_with("/overrides/7?q=a%20b", &[("x-a", "1")])
        .await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("x-by"), reply.text()),
        (202, "127.0.0.1", "ok")
    );
    let got = upstream.request(0).await;
    assert_eq!(got.line(), "GET /overrides/new7?q=a+b&page=a+b HTTP/1.1");
    assert!(got.values("x-trace")[0].ends_with(" 1"), "{got:?}");
    assert_eq!(got.body, b"mapped");
}

fn both() -> Value {
    json!({
        "request": { "templates": { "application/json": "#set($context.responseOverride.header.x-from = 'request')x" } },
        "response": { "templates": {
            "application/json": "{\"sum\": #set($s = 0)#foreach($i in $input.path('$'))#set($s = $s + $i.n)#end$s, \
                \"id\": \"$input.params('id')\", \"saw\": \"$context.responseOverride.header.x-from\"}",
            "text/xml": "<n>$input.path('$[0].n')</n>",
        }, "content_type": "text/plain" },
    })
}

async fn reply_is_mapped_with_what_the_request_said(gateway: &Gateway, upstream: &Upstream) {
    upstream.answer(Answer::ok(r#"[{"n": 1}, {"n": 2}]"#));
    let reply = gateway.get("/both/7").await;
    assert_eq!(reply.text(), r#"{"sum": 3, "id": "7", "saw": "request"}"#);
    assert_eq!(
        (reply.header("x-from"), reply.header("content-type")),
        ("request", "text/plain")
    );
    assert_eq!(
        gateway
            .get_with("/both/7", &[("accept", "text/xml")])
            .await
            .text(),
        "<n>1</n>"
    );
}

async fn template_is_read_from_its_file(gateway: &Gateway, upstream: &Upstream) {
    let before = upstream.requests().len();
    gateway
        .send(with_body(
            "POST",
            "/file/7",
            &[("content-type", "text/plain")],
            "hé",
        ))
        .await;
    assert_eq!(upstream.request(before).await.body, "[hé]".as_bytes());
}

/// Names, templates that fail, and what the log says of it.
const FAILURES: &[(&str, &str, &str)] = &[
    ("throws", "a\n$input.body.substring(5, 1)", "line 2"),
    (
        "grows",
        "#foreach($i in [1..1000])#set($s = \"$s$s$i\")#end",
        "bytes",
    ),
    (
        "endless",
        "#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])#set($x = $a)#end#end#end",
        "used more than",
    ),
];

async fn templates_that_fail_answer_500_and_tell_the_log(gateway: &Gateway, upstream: &Upstream) {
    let before = upstream.requests().len();
    for (name, _, told) in FAILURES {
        let path = format!("/{name}/7");
        let reply = gateway
            .send(with_body(
                "POST",
                &path,
                &[("content-type", "application/json")],
                "{}",
            ))
            .await;
        assert_eq!(
            (reply.status.as_u16(), reply.text()),
            (500, r#"{"message":"Internal Server Error"}"#)
        );
        let line = gateway.log.access(&path).await;
        assert!(line.to_string().contains(told), "{told}: {line}");
    }
    assert_eq!(upstream.requests().len(), before);
}

#[tokio::test]
async fn mistakes_in_templates_are_told_with_their_place() {
    let upstream = Upstream::start().await;
    let templates = json!({ "application/json": "{}\n#if($a", "text/xml": { "file": "bad.vtl" } });
    let setup = setup(
        &upstream,
        &[("bad", json!({ "request": { "templates": templates } }))],
    )
    .file("bad.vtl", "$input.json(+)\n");
    let ended = setup.command(&["check"]);
    assert_eq!(ended.code, 3, "{ended:?}");
    let told = ended.out + &ended.err;
    assert!(
        told.contains("line 2") && told.contains("ends too early"),
        "{told}"
    );
    assert!(told.contains("line 1") && told.contains("'+'"), "{told}");
}

#[tokio::test]
async fn templates_render_on_the_command_line() {
    let _turn = COMPILER.lock().await;
    let directory = Directory::default();
    directory.write(
        "t.vtl",
        "#set($context.responseOverride.status = 201)$input.json('$.a') $input.params('id') \
        $input.params('q') $input.params('X-A') $context.accountId $stageVariables.table",
    );
    directory.write("b.json", "{\"a\": [1, {\"b\": \"é\"}]}");
    directory.write(
        "p.json",
        r#"{"path": {"id": "7"}, "querystring": {"q": "a b&c"}, "header": {"x-a": "h"}}"#,
    );
    directory.write("c.json", r#"{"accountId": "42"}"#);
    directory.write("v.yaml", "table: pets\n");
    let render = |arguments: &[&str]| {
        run(
            &[&["vtl", "render", "--template", "t.vtl"], arguments].concat(),
            directory.path(),
        )
    };
    let ended = render(&[
        "--body",
        "b.json",
        "--params",
        "p.json",
        "--context",
        "c.json",
        "--stage-variables",
        "v.yaml",
    ]);
    assert_eq!(
        (ended.code, ended.out.as_str()),
        (0, "[1,{\"b\":\"é\"}] 7 a b&c h 42 pets"),
        "{ended:?}"
    );
    assert!(ended.err.contains("201"), "{ended:?}");

    directory.write("t.vtl", "a\n#if($b");
    let ended = render(&[]);
    assert!(
        ended.code == 4 && ended.err.contains("`t.vtl`") && ended.err.contains("line 2"),
        "{ended:?}"
    );
    directory.write("t.vtl", "$input.body.substring(9)");
    let ended = render(&[]);
    assert!(
        ended.code == 1 && ended.err.contains("no characters 9"),
        "{ended:?}"
    );
}
