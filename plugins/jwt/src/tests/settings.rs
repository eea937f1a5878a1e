//! What is wrong with settings is told at its place.

use super::*;

fn pointers(config: &Value) -> Vec<String> {
    let problem = configure(config).map(drop).unwrap_err();
    let mistakes = problem.mistakes().iter();
    mistakes.map(|mistake| mistake.pointer.clone()).collect()
}

#[test]
fn wrong_settings_are_refused_at_their_place() {
    let keys = json!([{ "secret": "shared", "algorithm": "HS256" }]);
    let issuer = |more: Value| {
        let mut issuer = json!({ "issuer": "https://idp", "audience": "api", "keys": keys });
        merge(&mut issuer, more);
        json!({ "issuers": [issuer] })
    };
    let with = |more: Value| {
        let mut config = issuer(json!({}));
        merge(&mut config, more);
        config
    };
    let followed = |more: Value| {
        let mut config = with(more);
        // A last member of the wrong type is told at its object.
        config["zzz"] = json!(null);
        config
    };
    let ec = json!({ "kty": "EC", "crv": "P-256", "x": "04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY",
                     "y": "UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw" });
    let jwk = |more: Value| {
        let mut jwk = ec.clone();
        merge(&mut jwk, more);
        json!({ "jwks": { "keys": [ec, jwk] } })
    };
    let set = |keys: Value| json!({ "jwks": { "keys": keys } });
    let oct = json!({ "kty": "oct", "k": part(SECRET) });
    let cases = [
        (json!({}), ""),
        (json!({ "issuers": [] }), "/issuers"),
        (
            json!({ "issuers": [{ "issuer": "https://idp" }] }),
            "/issuers/0",
        ),
        (json!({ "issuers": [{ "audience": "*" }] }), "/issuers/0"),
        (issuer(json!({ "audience": [] })), "/issuers/0/audience"),
        (issuer(json!({ "audience": 5 })), "/issuers/0/audience"),
        (
            issuer(json!({ "algorithms": ["RS256", "none"] })),
            "/issuers/0/algorithms/1",
        ),
        (
            issuer(json!({ "keys": [{ "algorithm": "HS256" }] })),
            "/issuers/0/keys/0",
        ),
        (
            issuer(json!({ "keys": [{ "secret": "unknown", "algorithm": "HS256" }] })),
            "/issuers/0/keys/0/secret",
        ),
        (
            issuer(json!({ "keys": [{ "secret": "shared", "algorithm": "hs256" }] })),
            "/issuers/0/keys/0/algorithm",
        ),
        (
            issuer(json!({ "keys": [keys[0], keys[0], keys[0], keys[0], keys[0]] })),
            "/issuers/0",
        ),
        (issuer(json!({ "jwks": 5 })), "/issuers/0/jwks"),
        (
            issuer(json!({ "jwks": "http://idp/keys" })),
            "/issuers/0/jwks",
        ),
        (
            issuer(json!({ "jwks": "https://user@idp/keys" })),
            "/issuers/0/jwks",
        ),
        (
            issuer(json!({ "jwks": "ftp://idp/keys" })),
            "/issuers/0/jwks",
        ),
        (
            issuer(json!({ "jwks": "https://idp/keys" })),
            "/issuers/0/jwks",
        ),
        (issuer(set(json!([]))), "/issuers/0/jwks"),
        (issuer(set(json!([5]))), "/issuers/0/jwks/keys/0"),
        (issuer(set(json!([{}]))), "/issuers/0/jwks/keys/0"),
        (issuer(set(json!([oct]))), "/issuers/0/jwks/keys/0"),
        (
            issuer(jwk(json!({ "d": "AAAA" }))),
            "/issuers/0/jwks/keys/1",
        ),
        (
            issuer(jwk(json!({ "kty": "RSA" }))),
            "/issuers/0/jwks/keys/1",
        ),
        (
            issuer(jwk(json!({ "crv": "secp256k1" }))),
            "/issuers/0/jwks/keys/1",
        ),
        (
            issuer(jwk(json!({ "alg": "ES521" }))),
            "/issuers/0/jwks/keys/1",
        ),
        (issuer(jwk(json!({ "kid": 5 }))), "/issuers/0/jwks/keys/1"),
        (issuer(set(json!([{ "use": "enc" }]))), "/issuers/0/jwks"),
        (
            issuer(json!({ "keys": [], "jwks": { "keys": [ec] }, "algorithms": ["RS256"] })),
            "/issuers/0/jwks/keys/0",
        ),
        (followed(json!({ "scopes": 5 })), "/scopes"),
        (
            json!({ "issuers": [{ "issuer": "https://idp?a=b", "audience": "api" }] }),
            "/issuers/0/issuer",
        ),
        (with(json!({ "scopes": ["a b"] })), "/scopes"),
        (with(json!({ "scopes": { "any": ["a\""] } })), "/scopes"),
        (with(json!({ "leeway": 601 })), "/leeway"),
        (with(json!({ "refresh": 0 })), "/refresh"),
        (followed(json!({ "match": { "a": [null] } })), "/match"),
        (with(json!({ "scope": ["a"] })), "/scope"),
    ];
    for (config, pointer) in cases {
        assert_eq!(pointers(&config), [pointer], "{config}");
    }
}

#[test]
fn every_mistake_is_told() {
    let issuer = json!({ "audience": [], "issuer": "https://idp" });
    let keys = json!([{ "algorithm": "HS256" }, { "algorithm": "XS256", "secret": "shared" }]);
    let other = json!({ "audience": "api", "keys": keys });
    let config = json!({ "issuers": [issuer, other] });
    let wanted = [
        "/issuers/0/audience",
        "/issuers/1/keys/0",
        "/issuers/1/keys/1/algorithm",
    ];
    assert_eq!(pointers(&config), wanted);
}

#[test]
fn issuer_stands_once() {
    let keys = json!([{ "secret": "shared", "algorithm": "HS256" }]);
    let issuer = json!({ "issuer": "https://idp", "audience": "api", "keys": keys });
    assert_eq!(
        pointers(&json!({ "issuers": [issuer, issuer] })),
        ["/issuers/1/issuer"]
    );
}

#[test]
fn written_sets_hold_no_two_keys_of_a_name_and_no_mixture() {
    let oct = json!({ "kty": "oct", "alg": "HS256", "kid": "a", "k": part(SECRET) });
    let ec = json!({ "kty": "EC", "crv": "P-256", "kid": "a", "x": "04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY",
                     "y": "UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw" });
    for keys in [json!([oct, oct]), json!([ec, ec]), json!([oct, ec])] {
        let issuer =
            json!({ "issuer": "https://idp", "audience": "api", "jwks": { "keys": keys } });
        assert_eq!(
            pointers(&json!({ "issuers": [issuer] })),
            ["/issuers/0/jwks/keys"]
        );
    }
}
