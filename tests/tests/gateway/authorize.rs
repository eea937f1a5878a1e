//! May this caller do this? All authorizers must grant; what they grant is merged, and cached where they say by what.

use serde_json::{Value, json};
use wasmgate_tests::{Gateway, Reply};

/// A gateway whose routes show the context that authorizers left.
async fn gateway(authorizers: &[Value]) -> Gateway {
    let shown = [
        "authorizer.principalId",
        "authorizer.tenant",
        "authorizer.plan",
    ];
    let attachments: Vec<Value> = authorizers
        .iter()
        .map(|with| json!({ "use": "decides", "with": with }))
        .collect();
    let config = json!({ "shop": { "routes": { "ANY /{proxy+}": {
        "authorize": attachments,
        "to": { "function": "probe", "with": { "context": shown } },
    } } } });
    let yaml = format!("apis: {config}\n");
    Gateway::setup(&yaml)
        .guest("decides")
        .guest("probe")
        .start()
        .await
}

async fn calls(gateway: &Gateway, outcome: &str) -> f64 {
    let sample = format!(
        r#"wasmgate_plugin_calls_total{{plugin="decides",hook="authorizer",outcome="{outcome}"}}"#
    );
    gateway.metric(&sample).await.unwrap_or(0.0)
}

fn message(reply: &Reply) -> String {
    reply.json()["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn one_refusal_among_grants_denies() {
    let gateway = gateway(&[json!({}), json!({ "refuse": "forbidden" }), json!({})]).await;
    let reply = gateway.get("/a").await;
    assert_eq!(
        (reply.status.as_u16(), &*message(&reply)),
        (403, "Forbidden")
    );
    assert_eq!(
        calls(&gateway, "done").await,
        1.0,
        "nobody is asked after a refusal"
    );
}

#[tokio::test]
async fn later_grant_wins_where_contexts_meet() {
    let gateway = gateway(&[
        json!({ "principal": "ann", "context": [["tenant", "acme"], ["plan", "free"]] }),
        json!({ "principal": "bob", "context": [["plan", "gold"]] }),
    ])
    .await;
    let seen = gateway.get("/a").await.json();
    assert_eq!(
        seen["context"],
        json!([
            ["authorizer.principalId", "bob"],
            ["authorizer.tenant", "acme"],
            ["authorizer.plan", "gold"],
        ])
    );
}

#[tokio::test]
async fn access_log_names_the_caller() {
    let grant = json!({ "principal": "ann", "context": [["tenant", "acme"]] });
    let gateway = gateway(&[grant]).await;
    gateway.get("/a").await;
    let line = gateway.log.access("/a").await;
    assert_eq!(
        line["authorizer"],
        json!({ "principalId": "ann", "tenant": "acme" })
    );
}

#[tokio::test]
async fn grant_is_cached_by_its_identity() {
    let gateway =
        gateway(&[json!({ "identity": ["x-token"], "ttl": 60, "principal": "ann" })]).await;
    for (token, so_far) in [("a", 1.0), ("a", 1.0), ("b", 2.0), ("a", 2.0), ("b", 2.0)] {
        let reply = gateway.get_with("/a", &[("x-token", token)]).await;
        assert_eq!(reply.json()["context"][0][1], "ann");
        assert_eq!(calls(&gateway, "done").await, so_far, "{token}");
    }
}

#[tokio::test]
async fn identities_do_not_run_into_each_other() {
    let identity = json!({ "identity": ["x-a", "x-b"], "ttl": 60 });
    let gateway = gateway(&[identity]).await;
    for fields in [
        [("x-a", "12"), ("x-b", "3")],
        [("x-a", "1"), ("x-b", "23")],
        [("x-a", "3"), ("x-b", "12")],
    ] {
        gateway.get_with("/a", &fields).await;
    }
    let repeated = [("x-a", "1"), ("x-a", "2"), ("x-b", "3")];
    gateway.get_with("/a", &repeated).await;
    assert_eq!(calls(&gateway, "done").await, 4.0);
}

#[tokio::test]
async fn cached_grant_ends() {
    let gateway = gateway(&[json!({ "identity": ["x-token"], "ttl": 1 })]).await;
    let asked = async {
        while calls(&gateway, "done").await < 2.0 {
            assert_eq!(
                gateway.get_with("/a", &[("x-token", "a")]).await.status,
                200
            );
        }
    };
    wasmgate_tests::limit("a second call", asked).await;
}

#[tokio::test]
async fn grants_without_identity_or_time_are_not_cached() {
    for with in [json!({ "ttl": 60 }), json!({ "identity": ["x-token"] })] {
        let gateway = gateway(&[with]).await;
        gateway.get_with("/a", &[("x-token", "a")]).await;
        gateway.get_with("/a", &[("x-token", "a")]).await;
        assert_eq!(calls(&gateway, "done").await, 2.0);
    }
}

#[tokio::test]
async fn refusals_are_not_cached() {
    let refuses = json!({ "identity": ["x-token"], "ttl": 60, "refuse": "forbidden" });
    let gateway = gateway(&[refuses]).await;
    gateway.get_with("/a", &[("x-token", "a")]).await;
    gateway.get_with("/a", &[("x-token", "a")]).await;
    assert_eq!(calls(&gateway, "refused").await, 2.0);
}

#[tokio::test]
async fn request_without_its_identity_is_refused_without_a_call() {
    let gateway = gateway(&[json!({ "identity": ["x-token"], "ttl": 60 })]).await;
    let reply = gateway.get("/a").await;
    assert_eq!(
        (reply.status.as_u16(), &*message(&reply)),
        (401, "Unauthorized")
    );
    assert_eq!(calls(&gateway, "done").await, 0.0);
}

#[tokio::test]
async fn refusals_have_their_statuses() {
    for (code, status, standard) in [
        ("unauthorized", 401, "Unauthorized"),
        ("forbidden", 403, "Forbidden"),
        ("invalid", 400, "Bad Request"),
        ("too-large", 413, "Request Entity Too Large"),
        ("too-many", 429, "Too Many Requests"),
        ("failure", 500, "Internal Server Error"),
    ] {
        let gateway = gateway(&[json!({ "refuse": code })]).await;
        let reply = gateway.get("/a").await;
        assert_eq!(
            (reply.status.as_u16(), &*message(&reply)),
            (status, standard),
            "{code}"
        );
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(reply.header("apigw-requestid").len(), 16);
    }
}

#[tokio::test]
async fn refusal_says_its_own_words() {
    let refusal = json!({
        "refuse": "unauthorized", "message": "who are \"you\"?", "context": [["reason", "expired"]],
        "headers": [["www-authenticate", "Bearer"], ["x-a", "1"], ["x-a", "2"]],
    });
    let gateway = gateway(&[refusal]).await;
    let reply = gateway.get("/a").await;
    assert_eq!(message(&reply), "who are \"you\"?");
    assert_eq!(reply.header("www-authenticate"), "Bearer");
    assert_eq!(reply.headers.get_all("x-a").iter().count(), 2);
    let line = gateway.log.access("/a").await;
    assert_eq!(line["authorizer"]["reason"], "expired");
}

#[tokio::test]
async fn failure_tells_the_log_and_not_the_client() {
    let gateway = gateway(&[json!({ "refuse": "failure", "message": "no row for ann" })]).await;
    let reply = gateway.get("/a").await;
    assert_eq!(reply.text(), r#"{"message":"Internal Server Error"}"#);
    let line = gateway.log.access("/a").await;
    assert!(line["failure"].as_str().unwrap().contains("no row for ann"));
    assert_eq!(line["plugin"], "decides");
}

fn policy(statements: Value) -> Value {
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    json!({ "policy": document.to_string() })
}

#[tokio::test]
async fn policy_is_held_against_the_request() {
    let statement = |effect: &str, resource: &str| json!({ "Effect": effect, "Action": "execute-api:Invoke", "Resource": resource });
    let allow = statement("Allow", "*");
    for (statements, status) in [
        (json!([allow]), 200),
        (
            json!([statement(
                "Allow",
                "arn:aws:execute-api:*:*:shop/*/GET/orders/*"
            )]),
            200,
        ),
        (
            json!([statement("Allow", "arn:aws:execute-api:*:*:shop/*/POST/*")]),
            403,
        ),
        (
            json!([statement("Allow", "arn:aws:execute-api:*:*:other/*")]),
            403,
        ),
        (json!([allow, statement("Deny", "*/GET/orders/*")]), 403),
        (json!([allow, statement("Deny", "*/GET/invoices/*")]), 200),
        (json!([]), 403),
        // What is not evaluated must not be overlooked.
        (
            json!([{ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {} }]),
            500,
        ),
        (json!([allow, { "Effect": "Deny", "Resource": "*" }]), 500),
        (json!([allow, { "Effect": "Deny", "Action": "*" }]), 500),
        (
            json!([allow, { "Effect": "deny", "Action": "*", "Resource": "*" }]),
            500,
        ),
        (json!([statement("Allow", &"*a".repeat(5_000)), allow]), 500),
    ] {
        let gateway = gateway(&[policy(statements.clone())]).await;
        let reply = gateway.get("/orders/7").await;
        assert_eq!(reply.status, status, "{statements}");
    }
}

#[tokio::test]
async fn cached_policy_is_held_against_each_request() {
    let statements = json!([{ "Effect": "Allow", "Action": "*", "Resource": "*/GET/orders/*" }]);
    let mut with = policy(statements);
    with["identity"] = json!(["x-token"]);
    with["ttl"] = json!(60);
    let gateway = gateway(&[with]).await;
    let token = [("x-token", "a")];
    assert_eq!(gateway.get_with("/orders/7", &token).await.status, 200);
    assert_eq!(gateway.get_with("/invoices/7", &token).await.status, 403);
    assert_eq!(calls(&gateway, "done").await, 1.0);
}
