#![expect(clippy::unwrap_used, reason = "tests")]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use wasmgate_sdk::{
    Grant, Plugin, Problem, Refusal, Request, Response,
    crypto::{Algorithm, SigningKey},
    test,
};

use super::Jwt;

const SECRET: &str = "a secret of at least sixty-four bytes, as HS512 wants it to have....";
const NOW: i64 = 1_800_000_000;

fn configure(config: &Value) -> Result<Jwt, Problem> {
    test::secret("shared", SECRET);
    test::time(NOW as u64 * 1000);
    test::configure(&config.to_string())
}

/// A plugin that takes HS256 tokens, with these settings besides.
fn plugin(more: Value) -> Jwt {
    let mut config = json!({ "issuers": [{
        "issuer": "https://idp", "audience": "api",
        "keys": [{ "secret": "shared", "algorithm": "HS256" }],
    }] });
    merge(&mut config, more);
    configure(&config).unwrap()
}

fn merge(config: &mut Value, more: Value) {
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
}

/// Claims that are fine, with these in their place or besides; null takes one away.
fn claims(more: Value) -> Value {
    let mut claims = json!({ "iss": "https://idp", "aud": "api", "sub": "alice", "exp": NOW + 60 });
    merge(&mut claims, more);
    claims
        .as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    claims
}

fn part(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of these texts, signed as HS256 whatever they say.
fn signed(header: &str, claims: &str) -> String {
    let message = format!("{}.{}", part(header), part(claims));
    let key = SigningKey::secret(Algorithm::HS256, SECRET.as_bytes()).unwrap();
    let signature = key.sign(message.as_bytes()).unwrap();
    format!("{message}.{}", part(signature))
}

fn token(more: Value) -> String {
    signed(r#"{"alg":"HS256"}"#, &claims(more).to_string())
}

fn call(plugin: &Jwt, token: &str) -> Result<Grant, Refusal> {
    let request = Request::test("GET", "/").header("authorization", &format!("Bearer {token}"));
    test::authorize(plugin, &request)
}

/// Why a token is refused, as the log has it; none where it is granted.
fn reason(plugin: &Jwt, token: &str) -> Option<String> {
    let refusal = call(plugin, token).err()?;
    let text = format!("{refusal:?}");
    let (_, rest) = text.split_once(r#"("error", ""#).unwrap();
    Some(rest.split_once("\")").unwrap().0.to_owned())
}

#[track_caller]
fn refused(plugin: &Jwt, token: &str, wanted: &str) {
    assert_eq!(reason(plugin, token).as_deref(), Some(wanted), "{token}");
}

#[test]
fn valid_token_is_granted_with_its_claims() {
    let claims = json!({
        "scope": "a b", "email_verified": true, "groups": ["x", "y"], "address": { "city": "Ulm" },
        "nothing": null,
    });
    let text = claims_text(&claims);
    let grant = call(
        &plugin(json!({})),
        &signed(r#"{"alg":"HS256","typ":"JWT"}"#, &text),
    )
    .unwrap();
    assert_eq!(grant.principal, "alice");
    let value = |name: &str| {
        let mut context = grant.context.iter();
        context
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(value("claims.sub"), Some("alice"));
    assert_eq!(value("claims.exp"), Some("1800000060"));
    assert_eq!(value("claims.email_verified"), Some("true"));
    assert_eq!(value("claims.groups"), Some(r#"["x","y"]"#));
    assert_eq!(value("claims.address"), Some(r#"{"city":"Ulm"}"#));
    assert_eq!(value("claims.nothing"), None);
    assert_eq!(value("scopes"), Some("a b"));
    assert!(grant.ttl.is_zero());
}

/// As [`claims`], but what is null stays null.
fn claims_text(more: &Value) -> String {
    let mut all = claims(json!({}));
    merge(&mut all, more.clone());
    all.to_string()
}

#[test]
fn only_exposed_claims_are_seen() {
    let grant = call(
        &plugin(json!({ "expose": ["sub"] })),
        &token(json!({ "email": "a@b" })),
    );
    let context = grant.unwrap().context;
    assert_eq!(context, [("claims.sub".to_owned(), "alice".to_owned())]);
}

#[test]
fn times_are_held_with_leeway() {
    let strict = plugin(json!({}));
    let lenient = plugin(json!({ "leeway": 30 }));
    let cases = [
        (json!({ "exp": NOW + 1 }), None, None),
        (json!({ "exp": NOW }), Some("the token has expired"), None),
        (
            json!({ "exp": NOW - 29 }),
            Some("the token has expired"),
            None,
        ),
        (
            json!({ "exp": NOW - 30 }),
            Some("the token has expired"),
            Some("the token has expired"),
        ),
        (
            json!({ "exp": null }),
            Some("the token never expires"),
            Some("the token never expires"),
        ),
        (json!({ "nbf": NOW }), None, None),
        (
            json!({ "nbf": NOW + 1 }),
            Some("the token is not valid yet"),
            None,
        ),
        (
            json!({ "nbf": NOW + 31 }),
            Some("the token is not valid yet"),
            Some("the token is not valid yet"),
        ),
        (json!({ "iat": NOW }), None, None),
        (
            json!({ "iat": NOW + 1 }),
            Some("the token was issued in the future"),
            None,
        ),
        (json!({ "iat": NOW - 999_999 }), None, None),
        (
            json!({ "exp": NOW as f64 + 0.5 }),
            Some("the token has expired"),
            None,
        ),
    ];
    for (more, strictly, leniently) in cases {
        let token = token(more.clone());
        assert_eq!(reason(&strict, &token).as_deref(), strictly, "{more}");
        assert_eq!(reason(&lenient, &token).as_deref(), leniently, "{more}");
    }
}

#[test]
fn times_are_numbers() {
    let plugin = plugin(json!({}));
    for time in [
        "\"1900000000\"",
        "true",
        "[]",
        "{}",
        "1e400",
        "9e9",
        "99999999999999999999",
        "null",
    ] {
        for name in ["exp", "nbf", "iat"] {
            let exp = if name == "exp" {
                String::new()
            } else {
                format!(r#""exp":{},"#, NOW + 9)
            };
            let claims = format!(r#"{{"iss":"https://idp","aud":"api",{exp}"{name}":{time}}}"#);
            let token = signed(r#"{"alg":"HS256"}"#, &claims);
            refused(
                &plugin,
                &token,
                "a time in the token is no number of seconds",
            );
        }
    }
}

#[test]
fn audience_is_one_of_those_wanted() {
    let plugin = plugin(json!({}));
    let bad = Some("the token does not have a valid audience");
    let cases = [
        (json!({ "aud": "api" }), None),
        (json!({ "aud": ["other", "api"] }), None),
        (json!({ "aud": "other", "client_id": "api" }), bad),
        (json!({ "aud": null, "client_id": "api" }), None),
        (json!({ "aud": null, "client_id": "other" }), bad),
        (json!({ "aud": null }), bad),
        (json!({ "aud": [] , "client_id": "api" }), bad),
        (json!({ "aud": "API" }), bad),
        (json!({ "aud": "api " }), bad),
        (json!({ "aud": { "api": true } }), bad),
        (json!({ "aud": [["api"]] }), bad),
        (json!({ "aud": true }), bad),
    ];
    for (more, wanted) in cases {
        assert_eq!(
            reason(&plugin, &token(more.clone())).as_deref(),
            wanted,
            "{more}"
        );
    }
}

#[test]
fn any_audience_is_taken_where_it_says_so() {
    let keys = json!([{ "secret": "shared", "algorithm": "HS256" }]);
    let plugin = configure(&json!({ "issuers": [{ "audience": "*", "keys": keys }] })).unwrap();
    assert!(call(&plugin, &token(json!({ "aud": null }))).is_ok());
    assert!(call(&plugin, &token(json!({ "aud": "other", "iss": "anyone" }))).is_ok());
}

#[test]
fn issuer_is_exactly_the_one() {
    let plugin = plugin(json!({}));
    for iss in [
        json!("https://idp/"),
        json!("HTTPS://idp"),
        json!(["https://idp"]),
        json!(null),
        json!(true),
    ] {
        refused(
            &plugin,
            &token(json!({ "iss": iss })),
            "the token's issuer is not known",
        );
    }
}

#[test]
fn scopes_are_any_of_a_list_or_all() {
    let plugins = [
        plugin(json!({ "scopes": ["a", "b"] })),
        plugin(json!({ "scopes": { "all": ["a", "b"] } })),
        plugin(json!({ "scopes": { "any": ["a", "b"], "all": ["c"] } })),
    ];
    let cases = [
        (json!({ "scope": "a" }), [true, false, false]),
        (json!({ "scope": "x b  a" }), [true, true, false]),
        (json!({ "scope": "c a" }), [true, false, true]),
        (json!({ "scp": ["a", "b", "c"] }), [true, true, true]),
        (json!({ "scp": "b a" }), [true, true, false]),
        (json!({ "scope": ["a"], "scp": ["b"] }), [true, true, false]),
        (json!({ "scope": "c" }), [false, false, false]),
        (json!({ "scope": "A ab a,b" }), [false, false, false]),
        (json!({ "scope": 5, "scp": {} }), [false, false, false]),
        (json!({}), [false, false, false]),
    ];
    for (more, wanted) in cases {
        let token = token(more.clone());
        let granted = plugins
            .each_ref()
            .map(|plugin| call(plugin, &token).is_ok());
        assert_eq!(granted, wanted, "{more}");
    }
    let refusal = call(&plugins[2], &token(json!({}))).unwrap_err();
    let challenge = r#"Bearer scope="a b c", error="insufficient_scope", error_description="the token does not have the scopes that are needed""#;
    let wanted = Refusal::forbidden()
        .header("www-authenticate", challenge)
        .context(
            "error",
            "the token does not have the scopes that are needed",
        );
    assert_eq!(refusal, wanted);
}

#[test]
fn claims_are_required_and_compared() {
    let plugin = plugin(json!({
        "require": ["jti", "/realm/roles"],
        "match": { "tenant": ["acme", 7], "/realm/roles": "admin", "verified": true },
    }));
    let good = json!({ "jti": "1", "tenant": "acme", "realm": { "roles": ["x", "admin"] }, "verified": true });
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        token(claims)
    };
    assert_eq!(reason(&plugin, &token(good.clone())), None);
    assert_eq!(reason(&plugin, &with("tenant", json!(7))), None);
    refused(
        &plugin,
        &with("jti", json!(null)),
        "the token lacks a claim that is needed",
    );
    refused(
        &plugin,
        &with("realm", json!({})),
        "the token lacks a claim that is needed",
    );
    for (name, value) in [
        ("tenant", json!("other")),
        ("tenant", json!("7")),
        ("tenant", json!(null)),
        ("tenant", json!({ "acme": 1 })),
        ("verified", json!("true")),
        ("verified", json!(1)),
    ] {
        let wanted = format!("the claim `{name}` does not have a value that is wanted");
        refused(&plugin, &with(name, value), &wanted);
    }
    let roles = with("realm", json!({ "roles": ["administrator"] }));
    refused(
        &plugin,
        &roles,
        "the claim `/realm/roles` does not have a value that is wanted",
    );
}

#[test]
fn type_is_a_token_for_access() {
    let usual = plugin(json!({}));
    let only = plugin(json!({ "types": ["at+JWT"] }));
    let cases = [
        (r#"{"alg":"HS256"}"#, true, false),
        (r#"{"alg":"HS256","typ":"JWT"}"#, true, false),
        (r#"{"alg":"HS256","typ":"jwt"}"#, true, false),
        (r#"{"alg":"HS256","typ":"AT+JWT"}"#, true, true),
        (r#"{"alg":"HS256","typ":"application/at+jwt"}"#, true, true),
        (r#"{"alg":"HS256","typ":"logout+jwt"}"#, false, false),
        (r#"{"alg":"HS256","typ":"secevent+jwt"}"#, false, false),
        (r#"{"alg":"HS256","typ":""}"#, false, false),
    ];
    for (header, usually, strictly) in cases {
        let token = signed(header, &claims(json!({})).to_string());
        assert_eq!(call(&usual, &token).is_ok(), usually, "{header}");
        assert_eq!(call(&only, &token).is_ok(), strictly, "{header}");
    }
}

#[test]
fn token_is_found_in_its_place() {
    let config = json!({ "header": "X-Token", "query": "t", "cookie": "c" });
    let everywhere = plugin(config);
    let (t, usual) = (token(json!({})), plugin(json!({})));
    let get = |target: &str| Request::test("GET", target);
    let granted = [
        get("/").header("x-token", &t),
        get("/").header("x-token", &format!("bearer   {t}")),
        get(&format!("/?t={t}")),
        get("/").header("cookie", &format!("a=b; c={t}")),
    ];
    for request in granted {
        assert!(
            test::authorize(&everywhere, &request).is_ok(),
            "{request:?}"
        );
    }
    let missing = [
        get("/"),
        get("/").header("x-token", ""),
        get("/").header("x-token", "Bearer"),
        get("/").header("x-token", "Bearer  "),
        get("/").header("x-token", "Basic YTpi"),
        get("/").header("authorization", &t),
    ];
    let challenge = Refusal::unauthorized()
        .header("www-authenticate", "Bearer")
        .context("error", "there is no token");
    for request in missing {
        assert_eq!(
            test::authorize(&everywhere, &request),
            Err(challenge.clone()),
            "{request:?}"
        );
    }
    assert!(test::authorize(&usual, &get("/").header("authorization", &t)).is_ok());
    let in_query = get(&format!("/?t={t}&access_token={t}"));
    assert_eq!(test::authorize(&usual, &in_query), Err(challenge));
}

#[test]
fn two_tokens_are_one_too_many() {
    let plugin = plugin(json!({ "header": "authorization", "cookie": "c" }));
    let t = token(json!({}));
    let twice = Request::test("GET", "/")
        .header("authorization", &t)
        .header("authorization", &t);
    let both = Request::test("GET", "/")
        .header("authorization", &t)
        .header("cookie", &format!("c={t}"));
    for request in [twice, both] {
        let refusal = format!("{:?}", test::authorize(&plugin, &request).unwrap_err());
        assert!(
            refusal.contains("there is more than one token"),
            "{refusal}"
        );
    }
}

#[test]
fn each_issuer_has_its_keys_and_audiences() {
    test::secret("other", &SECRET.replace("secret", "secred"));
    let issuer = |name: &str, secret: &str, audience: &str| {
        json!({ "issuer": name, "audience": audience,
                "keys": [{ "secret": secret, "algorithm": "HS256" }] })
    };
    let issuers = [
        issuer("https://idp", "shared", "api"),
        issuer("https://two", "other", "two"),
    ];
    let plugin = configure(&json!({ "issuers": issuers })).unwrap();
    assert_eq!(reason(&plugin, &token(json!({}))), None);
    // Signed by the first, it cannot speak for the second, nor to its audience.
    refused(
        &plugin,
        &token(json!({ "iss": "https://two", "aud": "two" })),
        "the token's signature is not valid",
    );
    refused(
        &plugin,
        &token(json!({ "aud": "two" })),
        "the token does not have a valid audience",
    );
}

mod attacks;
mod fetching;
mod settings;
