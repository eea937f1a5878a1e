//! The built-in plugin `jwt`, through the gateway: who gets in, what the others are told, and how keys change.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use wasmgate_tests::{
    Answer, Gateway, Reply, Signer, Upstream, base64url, client::request, examples,
};

/// A server that answers everything with what discovery wants and with keys, in one document.
struct Issuer(Upstream);

impl Issuer {
    async fn start(keys: &[&Signer]) -> Issuer {
        let issuer = Issuer(Upstream::start().await);
        issuer.publish(keys);
        issuer
    }

    fn publish(&self, keys: &[&Signer]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
        let url = self.0.url();
        let document = json!({ "issuer": url, "jwks_uri": format!("{url}/keys"), "keys": keys });
        self.0.answer(Answer::ok(document.to_string()));
    }

    /// Claims that are fine, with these in their place or besides; null takes one away.
    fn claims(&self, more: Value) -> Value {
        let mut claims = json!({
            "iss": self.0.url(), "aud": "https://api.example.com", "sub": "alice", "exp": now() + 600,
        });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
            .as_object_mut()
            .unwrap()
            .retain(|_, value| !value.is_null());
        claims
    }
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// A gateway whose one route takes tokens of this issuer.
async fn gateway(issuer: &Issuer, more: Value) -> Gateway {
    let url = issuer.0.url();
    let mut with = json!({
        "issuers": [{ "issuer": url, "audience": "https://api.example.com" }],
    });
    for (name, value) in more.as_object().unwrap() {
        with[name] = value.clone();
    }
    let route = json!({
        "authorize": [{ "use": "jwt", "with": with }],
        "to": { "function": "probe", "with": { "context": [
            "authorizer.principalId", "authorizer.claims.sub", "authorizer.claims.groups", "authorizer.scopes",
        ] } },
    });
    let apis = json!({ "shop": { "routes": { "ANY /{proxy+}": route } } });
    let settings = json!({ "jwt": { "grant": { "http": [url], "kv": true } } });
    Gateway::setup(&format!(
        "plugins: {{ directory: ./plugins, settings: {settings} }}\napis: {apis}\n"
    ))
    .plugin("jwt")
    .guest("probe")
    .start()
    .await
}

async fn call(gateway: &Gateway, token: &str) -> Reply {
    let authorization = format!("Bearer {token}");
    gateway
        .get_with("/a", &[("authorization", &authorization)])
        .await
}

#[track_caller]
fn unauthorized(reply: &Reply, reason: &str) {
    assert_eq!(reply.status, 401, "{}", reply.text());
    assert_eq!(reply.text(), r#"{"message":"Unauthorized"}"#);
    let challenge = format!(r#"Bearer error="invalid_token", error_description="{reason}""#);
    assert_eq!(reply.header("www-authenticate"), challenge);
}

#[tokio::test]
async fn example_of_the_readme_works() {
    let key = Signer::rs256("2026");
    let issuer = Issuer::start(&[&key]).await;
    let upstream = Upstream::start().await;
    let yaml = examples("jwt")[0]
        .replace("https://idp.example.com", &issuer.0.url())
        .replace("http://127.0.0.1:9000", &upstream.url());
    let gateway = Gateway::setup(&yaml).plugin("jwt").start().await;
    let send = async |method: &str, token: &str| {
        let authorization = format!("Bearer {token}");
        let fields = [("authorization", authorization.as_str())];
        gateway.send(request(method, "/orders", &fields)).await
    };

    let anonymous = gateway.get("/orders").await;
    assert_eq!(anonymous.status, 401);
    assert_eq!(anonymous.text(), r#"{"message":"Unauthorized"}"#);
    assert_eq!(anonymous.header("www-authenticate"), "Bearer");

    let reader = key.sign(&issuer.claims(json!({ "scope": "orders:read" })));
    assert_eq!(send("GET", &reader).await.status, 200);
    let denied = send("POST", &reader).await;
    assert_eq!(denied.status, 403);
    assert_eq!(denied.text(), r#"{"message":"Forbidden"}"#);
    assert_eq!(
        denied.header("www-authenticate"),
        r#"Bearer scope="orders:read orders:write", error="insufficient_scope", error_description="the token does not have the scopes that are needed""#
    );

    let mut editor = issuer.claims(json!({
        "scope": "orders:read orders:write", "email_verified": true, "realm": { "roles": ["editor"] },
    }));
    assert_eq!(send("POST", &key.sign(&editor)).await.status, 200);
    editor["realm"]["roles"] = json!(["reader"]);
    assert_eq!(send("POST", &key.sign(&editor)).await.status, 403);
    assert_eq!(upstream.requests().len(), 2);
    assert_eq!(
        issuer.0.requests().len(),
        2,
        "both routes share what was fetched"
    );
}

#[tokio::test]
async fn claims_are_context() {
    let key = Signer::es256("1");
    let issuer = Issuer::start(&[&key]).await;
    let gateway = gateway(&issuer, json!({})).await;
    let claims = issuer.claims(json!({ "groups": ["a", "b"], "scope": "x y" }));
    let reply = call(&gateway, &key.sign(&claims)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let context: Vec<(String, String)> =
        serde_json::from_value(reply.json()["context"].clone()).unwrap();
    let value = |name: &str| {
        let mut context = context.iter();
        context
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(value("authorizer.principalId"), Some("alice"));
    assert_eq!(value("authorizer.claims.sub"), Some("alice"));
    assert_eq!(value("authorizer.claims.groups"), Some(r#"["a","b"]"#));
    assert_eq!(value("authorizer.scopes"), Some("x y"));
}

#[tokio::test]
async fn second_example_of_the_readme_sends_claims_to_the_upstream() {
    let key = Signer::es256("1");
    let issuer = Issuer::start(&[&key]).await;
    let upstream = Upstream::start().await;
    let jwks = json!({ "keys": [key.jwk()] }).to_string();
    let yaml = examples("jwt")[1]
        .replace("https://idp.example.com", &issuer.0.url())
        .replace("http://127.0.0.1:9000", &upstream.url());
    let setup = Gateway::setup(&yaml).plugin("jwt").plugin("transform");
    let gateway = setup.file("jwks.json", jwks).start().await;
    let token = key.sign(&issuer.claims(json!({ "email": "alice@example.com" })));
    let cookie = format!("session={token}");
    let fields = [
        ("cookie", cookie.as_str()),
        ("x-user", "mallory"),
        ("x-email", "mallory@example.com"),
    ];
    assert_eq!(gateway.get_with("/orders", &fields).await.status, 200);
    let seen = upstream.request(0).await;
    assert_eq!(seen.header("x-user"), "alice");
    assert_eq!(seen.header("x-email"), "alice@example.com");

    let token = key.sign(&issuer.claims(json!({})));
    let cookie = format!("session={token}");
    let fields = [
        ("cookie", cookie.as_str()),
        ("x-email", "mallory@example.com"),
    ];
    assert_eq!(gateway.get_with("/orders", &fields).await.status, 200);
    assert!(
        upstream.request(1).await.values("x-email").is_empty(),
        "nobody can forge it"
    );
}

#[tokio::test]
async fn bad_tokens_are_told_why() {
    let (key, other) = (Signer::rs256("1"), Signer::rs256("1"));
    let issuer = Issuer::start(&[&key]).await;
    let gateway = gateway(&issuer, json!({})).await;
    let cases = [
        (
            key.sign(&issuer.claims(json!({ "exp": now() - 1 }))),
            "the token has expired",
        ),
        (
            key.sign(&issuer.claims(json!({ "nbf": now() + 600 }))),
            "the token is not valid yet",
        ),
        (
            key.sign(&issuer.claims(json!({ "aud": "other" }))),
            "the token does not have a valid audience",
        ),
        (
            key.sign(&issuer.claims(json!({ "iss": "other" }))),
            "the token's issuer is not known",
        ),
        (
            other.sign(&issuer.claims(json!({}))),
            "the token's signature is not valid",
        ),
    ];
    for (token, reason) in cases {
        unauthorized(&call(&gateway, &token).await, reason);
    }
}

/// The tricks that the README lists, as far as they can be played from outside.
#[tokio::test]
async fn attacks_do_not_pass_the_gateway() {
    let key = Signer::rs256("1");
    let issuer = Issuer::start(&[&key]).await;
    let gateway = gateway(&issuer, json!({})).await;
    let claims = issuer.claims(json!({})).to_string();
    let good = key.sign_texts(r#"{"alg":"RS256","kid":"1"}"#, &claims);
    assert_eq!(call(&gateway, &good).await.status, 200);
    let mut tokens = vec![
        good.clone() + "A",
        good.clone() + "=",
        good.clone() + ".",
        format!("{good} {good}"),
    ];
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"None","kid":"1"}"#,
        r#"{"alg":"HS256","kid":"1"}"#,
        r#"{"alg":"PS256","kid":"1"}"#,
        r#"{"alg":"RS256","kid":"1","crit":["b64"],"b64":false}"#,
        r#"{"alg":"none","alg":"RS256","kid":"1"}"#,
        r#"{"alg":"RS256","kid":["1"]}"#,
        r#"{"alg":"RS256","kid":"1","typ":"logout+jwt"}"#,
    ] {
        let token = key.sign_texts(header, &claims);
        tokens.push(token[..=token.rfind('.').unwrap()].to_owned());
        tokens.push(token);
    }
    let own = Signer::rs256("1");
    let embedded = json!({ "alg": "RS256", "kid": "1", "jwk": own.jwk() }).to_string();
    tokens.push(own.sign_texts(&embedded, &claims));
    let pointing = json!({ "alg": "RS256", "kid": "1", "jku": format!("{}/evil", issuer.0.url()) });
    tokens.push(own.sign_texts(&pointing.to_string(), &claims));
    tokens.push(format!(
        "{}.{}.",
        base64url(r#"{"alg":"none"}"#),
        base64url(&claims)
    ));
    tokens.push(key.sign_texts(
        r#"{"alg":"RS256","kid":"1"}"#,
        &claims.replacen('{', r#"{"aud":"x","#, 1),
    ));
    let deep = claims.replacen(
        '{',
        &format!(r#"{{"x":{}{},"#, "[".repeat(2000), "]".repeat(2000)),
        1,
    );
    tokens.push(key.sign_texts(r#"{"alg":"RS256","kid":"1"}"#, &deep));
    for token in tokens {
        assert_eq!(call(&gateway, &token).await.status, 401, "{token}");
    }
    assert_eq!(issuer.0.requests().len(), 2, "nobody made us fetch");
}

#[tokio::test]
async fn new_key_is_fetched_at_once_and_old_one_goes() {
    let (old, new) = (Signer::es256("old"), Signer::es256("new"));
    let issuer = Issuer::start(&[&old]).await;
    let gateway = Arc::new(gateway(&issuer, json!({})).await);
    let claims = issuer.claims(json!({}));
    assert_eq!(call(&gateway, &old.sign(&claims)).await.status, 200);
    issuer.publish(&[&new]);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (gateway, token) = (Arc::clone(&gateway), new.sign(&claims));
        calls.spawn(async move { call(&gateway, &token).await.status });
    }
    for status in calls.join_all().await {
        assert_eq!(status, 200);
    }
    assert_eq!(
        issuer.0.requests().len(),
        4,
        "once more for all, document and keys"
    );
    let reason = "the token is signed with a key that is not known";
    unauthorized(&call(&gateway, &old.sign(&claims)).await, reason);
    assert_eq!(issuer.0.requests().len(), 4, "not for each token");
}

#[tokio::test]
async fn keys_stay_while_the_issuer_is_down() {
    let (key, unknown) = (Signer::es256("1"), Signer::es256("2"));
    let issuer = Issuer::start(&[&key]).await;
    let gateway = gateway(&issuer, json!({ "refresh": 1 })).await;
    issuer.0.answer(Answer::status(503));
    // The background refresh has found the issuer down.
    issuer.0.request(2).await;
    let claims = issuer.claims(json!({}));
    let reason = "the token is signed with a key that is not known";
    unauthorized(&call(&gateway, &unknown.sign(&claims)).await, reason);
    assert_eq!(call(&gateway, &key.sign(&claims)).await.status, 200);
    assert_eq!(gateway.ask("/readyz").await.status, 200);
}

#[tokio::test]
async fn mistakes_are_told_at_their_place() {
    let yaml = "plugins: ./plugins
apis:
  shop:
    routes:
      GET /a:
        authorize:
          - use: jwt
            with:
              issuers:
                - issuer: https://idp.example.com
                  audience: api
                  keys:
                    - { pem: nonsense, algorithm: RS256 }
                - { issuer: https://idp.example.com, audience: api }
              leeway: 1000
        to: http://127.0.0.1:9000
      GET /b:
        authorize:
          - use: jwt
            with:
              issuers:
                - issuer: https://idp.example.com
                  audience: api
                  keys:
                    - { pem: nonsense, algorithm: RS256 }
                - { issuer: https://idp.example.com, audience: api }
        to: http://127.0.0.1:9000
";
    let ended = Gateway::setup(yaml).plugin("jwt").command(&["check"]);
    assert_ne!(ended.code, 0, "{ended:?}");
    for told in [
        "leeway",
        "at most 600 seconds",
        "not PEM",
        "`http` is not granted",
        "plugins.settings.jwt.grant.http",
    ] {
        assert!(
            ended.err.contains(told) || ended.out.contains(told),
            "{told}: {}{}",
            ended.out,
            ended.err
        );
    }
    assert!(!ended.err.contains("panicked"), "{ended:?}");
}
