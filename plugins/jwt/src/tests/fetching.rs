//! Keys that are fetched.

use super::*;

/// A set as an issuer publishes it: the stand-in for the host believes signatures that a test has it accept.
fn set(kids: &[&str]) -> Value {
    let keys = kids.iter().map(|kid| {
        json!({ "kty": "RSA", "kid": kid, "alg": "RS256", "n": "sQ", "e": "AQAB", "x5c": ["..."] })
    });
    let useless = json!([
        { "kty": "oct", "k": part(SECRET), "alg": "HS256", "kid": "leaked" },
        { "kty": "XX" }, 5, { "kty": "RSA", "use": "enc", "n": "sQ", "e": "AQAB" },
        { "kty": "EC", "crv": "secp256k1", "alg": "ES256K" },
    ]);
    let all: Vec<Value> = keys
        .chain(useless.as_array().unwrap().iter().cloned())
        .collect();
    json!({ "keys": all })
}

fn answer(url: &str, body: &Value) {
    test::answer(url, Response::new(200).body(body.to_string()));
}

fn rs256(kid: &str) -> String {
    let header = json!({ "alg": "RS256", "kid": kid }).to_string();
    let message = format!("{}.{}", part(header), part(claims(json!({})).to_string()));
    test::accept(message.as_bytes(), b"signature");
    format!("{message}.{}", part("signature"))
}

#[test]
fn keys_are_discovered() {
    let document = json!({ "issuer": "https://idp", "jwks_uri": "https://idp/keys" });
    answer("https://idp/.well-known/openid-configuration", &document);
    answer("https://idp/keys", &set(&["a"]));
    let config =
        json!({ "issuers": [{ "issuer": "https://idp", "audience": "api" }], "refresh": 60 });
    let plugin = configure(&config).unwrap();
    assert!(call(&plugin, &rs256("a")).is_ok());
    assert_eq!(plugin.refresh().map(|time| time.as_secs()), Some(60));
    assert_eq!(test::fetched().len(), 2);
    let leaked = signed(
        r#"{"alg":"HS256","kid":"leaked"}"#,
        &claims(json!({})).to_string(),
    );
    refused(
        &plugin,
        &leaked,
        "the token is signed with a key that is not known",
    );
}

#[test]
fn only_an_unknown_key_of_a_known_issuer_asks_for_new_ones() {
    answer("https://idp/keys", &set(&["a"]));
    let issuer = json!({ "issuer": "https://idp", "audience": "api", "jwks": "https://idp/keys" });
    let plugin = configure(&json!({ "issuers": [issuer] })).unwrap();
    let code = |token: &str| call(&plugin, token).unwrap_err().code().to_owned();
    assert_eq!(code(&rs256("b")), "stale");
    let of = |header: &str, more: Value| signed(header, &claims(more).to_string());
    assert_eq!(
        code(&of(r#"{"alg":"ES256","kid":"a"}"#, json!({}))),
        "unauthorized"
    );
    assert_eq!(code(&of(r#"{"alg":"ES256"}"#, json!({}))), "unauthorized");
    assert_eq!(
        code(&of(
            r#"{"alg":"RS256","kid":"b"}"#,
            json!({ "iss": "https://else" })
        )),
        "unauthorized"
    );
    assert_eq!(
        code(&of(r#"{"alg":"RS256","kid":"a"}"#, json!({}))),
        "unauthorized"
    );
}

#[test]
fn fetched_keys_are_remembered_for_when_the_issuer_is_down() {
    answer("https://idp/keys", &set(&["a"]));
    let issuer = json!({ "issuer": "https://idp", "audience": "api", "jwks": "https://idp/keys" });
    let config = json!({ "issuers": [issuer] });
    configure(&config).unwrap();
    for broken in [Response::new(503), Response::new(200).body("<html>")] {
        test::answer("https://idp/keys", broken);
        let plugin = configure(&config).unwrap();
        assert!(call(&plugin, &rs256("a")).is_ok());
        let again = plugin.refresh().map(|time| time.as_secs());
        assert_eq!(again, Some(30), "asked again soon");
    }
}

#[test]
fn what_is_fetched_has_to_be_right() {
    let discovery = "https://idp/.well-known/openid-configuration";
    let issuer = json!({ "issuer": "https://idp", "audience": "api" });
    let config = json!({ "issuers": [issuer] });
    let told = |wanted: &str| {
        let problem = configure(&config).map(drop).unwrap_err().to_string();
        assert!(problem.contains(wanted), "{problem}");
    };
    told("no answer was set");
    answer(
        discovery,
        &json!({ "issuer": "https://idp/", "jwks_uri": "https://idp/keys" }),
    );
    told("the document's `issuer` is not `https://idp`, exactly");
    answer(discovery, &json!({ "issuer": "https://idp" }));
    told("the document has no `jwks_uri`");
    answer(
        discovery,
        &json!({ "issuer": "https://idp", "jwks_uri": "http://idp/keys" }),
    );
    told("plain http");
    answer(
        discovery,
        &json!({ "issuer": "https://idp", "jwks_uri": "https://idp/keys" }),
    );
    answer("https://idp/keys", &json!({ "keys": [] }));
    told("none of its keys");
    answer("https://idp/keys", &json!([]));
    told("no JWK Set");
    test::answer(
        "https://idp/keys",
        Response::new(200).body(" ".repeat(150_001)),
    );
    told("longer than 150000 bytes");
    test::answer(
        "https://idp/keys",
        Response::new(200).body(b"\xff".to_vec()),
    );
    told("not UTF-8");
}

#[test]
fn plain_http_is_for_this_machine() {
    for (url, fine) in [
        ("http://127.0.0.1:8080/keys", true),
        ("http://localhost/keys", true),
        ("http://[::1]:8080/keys", true),
        ("http://127.0.0.1.evil.com/keys", false),
        ("http://127.0.0.1@evil.com/keys", false),
        ("http://localhost.evil.com/keys", false),
        ("http://10.0.0.1/keys", false),
    ] {
        answer(url, &set(&["a"]));
        let issuer = json!({ "issuer": "https://idp", "audience": "api", "jwks": url });
        assert_eq!(
            configure(&json!({ "issuers": [issuer] })).is_ok(),
            fine,
            "{url}"
        );
    }
    answer("http://10.0.0.1/keys", &set(&["a"]));
    let issuer = json!({ "issuer": "https://idp", "audience": "api", "jwks": "http://10.0.0.1/keys", "plain_http": true });
    assert!(configure(&json!({ "issuers": [issuer] })).is_ok());
}
