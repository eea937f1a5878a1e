//! Known attacks on readers of tokens, each as its name says. The README lists them.

use super::*;

const HS256: &str = r#"{"alg":"HS256"}"#;

fn fine() -> String {
    claims(json!({})).to_string()
}

/// A plugin whose one key is for RS256, made from a text that everybody knows.
fn rsa() -> Jwt {
    let keys = json!([{ "kty": "RSA", "kid": "a", "alg": "RS256", "n": "sQ", "e": "AQAB" }]);
    let issuer = json!({ "issuer": "https://idp", "audience": "api", "jwks": { "keys": keys } });
    configure(&json!({ "issuers": [issuer] })).unwrap()
}

#[test]
fn none_is_no_algorithm() {
    let plugin = plugin(json!({}));
    for alg in [
        "none",
        "None",
        "NONE",
        "nOnE",
        "",
        " ",
        "hs256",
        "HS256 ",
        "HS256\\u0000",
        "HS1",
        "dir",
        "*",
    ] {
        let header = format!(r#"{{"alg":"{alg}"}}"#);
        let unsigned = format!("{}.{}.", part(&header), part(fine()));
        refused(&plugin, &unsigned, "the token's algorithm is not supported");
        refused(
            &plugin,
            &signed(&header, &fine()),
            "the token's algorithm is not supported",
        );
    }
    refused(
        &plugin,
        &signed("{}", &fine()),
        "the token names no algorithm",
    );
    refused(
        &plugin,
        &signed(r#"{"alg":["HS256"]}"#, &fine()),
        "a member of the token's header is no text",
    );
}

#[test]
fn empty_signature_is_none() {
    let token = token(json!({}));
    let (message, _) = token.rsplit_once('.').unwrap();
    refused(
        &plugin(json!({})),
        &format!("{message}."),
        "the token's signature is not valid",
    );
}

#[test]
fn public_key_is_no_shared_secret() {
    // What was signed with the public key as if it were a secret finds no HS256 key to be held against.
    let plugin = rsa();
    let token = signed(r#"{"alg":"HS256","kid":"a"}"#, &fine());
    refused(
        &plugin,
        &token,
        "the token is signed with a key that is not known",
    );
}

#[test]
fn key_serves_its_one_algorithm() {
    let plugin = rsa();
    for alg in ["RS384", "RS512", "PS256", "ES256", "EdDSA", "HS256"] {
        let message = format!(
            "{}.{}",
            part(format!(r#"{{"alg":"{alg}","kid":"a"}}"#)),
            part(fine())
        );
        test::accept(message.as_bytes(), b"signature");
        let token = format!("{message}.{}", part("signature"));
        refused(
            &plugin,
            &token,
            "the token is signed with a key that is not known",
        );
    }
}

#[test]
fn keys_in_the_token_are_not_looked_at() {
    let own = json!({ "kty": "oct", "k": part("another secret of at least thirty-two bytes") });
    for member in ["jwk", "jku", "x5u", "x5c"] {
        let mut header = json!({ "alg": "HS256" });
        header[member] = match member {
            "jwk" => own.clone(),
            "x5c" => json!(["MIIB"]),
            _ => json!("http://127.0.0.1:1/keys"),
        };
        let message = format!("{}.{}", part(header.to_string()), part(fine()));
        let key = SigningKey::secret(
            Algorithm::HS256,
            b"another secret of at least thirty-two bytes",
        );
        let signature = key.unwrap().sign(message.as_bytes()).unwrap();
        let token = format!("{message}.{}", part(signature));
        refused(
            &plugin(json!({})),
            &token,
            "the token's signature is not valid",
        );
        assert!(test::fetched().is_empty(), "{member}");
    }
}

#[test]
fn kid_is_a_name_and_nothing_else() {
    let keys = json!([{ "secret": "shared", "algorithm": "HS256", "kid": "a" }]);
    let issuer = json!({ "issuer": "https://idp", "audience": "api", "keys": keys });
    let plugin = configure(&json!({ "issuers": [issuer] })).unwrap();
    for kid in [
        "",
        "A",
        "a ",
        "../../dev/null",
        "a' OR '1'='1",
        "http://evil/",
        "a\\u0000",
    ] {
        let token = signed(&format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#), &fine());
        refused(
            &plugin,
            &token,
            "the token is signed with a key that is not known",
        );
    }
    for kid in ["null", "5", r#"["a"]"#, r#"{"a":1}"#] {
        let token = signed(&format!(r#"{{"alg":"HS256","kid":{kid}}}"#), &fine());
        refused(&plugin, &token, "a member of the token's header is no text");
    }
}

#[test]
fn extensions_are_refused() {
    for header in [
        r#"{"alg":"HS256","crit":["exp"],"exp":1}"#,
        r#"{"alg":"HS256","crit":[]}"#,
        r#"{"alg":"HS256","crit":null}"#,
        r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#,
        r#"{"alg":"HS256","b64":false}"#,
        r#"{"alg":"HS256","b64":true}"#,
    ] {
        refused(
            &plugin(json!({})),
            &signed(header, &fine()),
            "the token demands an extension that is not supported",
        );
    }
}

#[test]
fn members_stand_once() {
    let plugin = plugin(json!({}));
    let exp = NOW + 60;
    for header in [
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","\u0061lg":"none"}"#,
    ] {
        refused(
            &plugin,
            &signed(header, &fine()),
            "the token's header is no JSON object",
        );
    }
    for claims in [
        format!(r#"{{"iss":"https://evil","iss":"https://idp","aud":"api","exp":{exp}}}"#),
        format!(r#"{{"iss":"https://idp","aud":"api","exp":{exp},"\u0065xp":{exp}}}"#),
        format!(r#"{{"iss":"https://idp","aud":"api","exp":{exp},"a":{{"b":1,"b":2}}}}"#),
    ] {
        // Claims that cannot be read name no issuer.
        refused(
            &plugin,
            &signed(HS256, &claims),
            "the token's issuer is not known",
        );
    }
}

#[test]
fn what_follows_or_precedes_is_refused() {
    let plugin = plugin(json!({}));
    let header = "the token's header is no JSON object";
    refused(&plugin, &signed("{\"alg\":\"HS256\"}x", &fine()), header);
    refused(&plugin, &signed("{\"alg\":\"HS256\"}\0", &fine()), header);
    refused(
        &plugin,
        &signed("\u{feff}{\"alg\":\"HS256\"}", &fine()),
        header,
    );
    refused(&plugin, &signed("[{\"alg\":\"HS256\"}]", &fine()), header);
    let claims = "the token's issuer is not known";
    refused(&plugin, &signed(HS256, &(fine() + "{}")), claims);
    refused(&plugin, &signed(HS256, &format!("[{}]", fine())), claims);
    refused(&plugin, &signed(HS256, ""), claims);
}

#[test]
fn token_has_one_spelling() {
    let plugin = plugin(json!({}));
    let token = token(json!({}));
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        unreachable!()
    };
    // 32 bytes are 43 characters, of which the last has two bits to spare.
    let last = signature.as_bytes()[42];
    let stray = format!("{}{}", &signature[..42], char::from(last + 1));
    let spelled = [
        format!("{header}.{claims}.{signature}="),
        format!("{header}.{claims}.{stray}"),
        format!("{header}.{claims}.{signature}\n"),
        format!("{header}. {claims}.{signature}"),
        format!(
            "{header}.{claims}.{}",
            signature.replace(['-', '_'], "+") + "+"
        ),
        format!("{header}.{claims}.é"),
    ];
    for token in spelled {
        assert!(
            call(&plugin, &token).is_err() || token.ends_with('\n'),
            "{token}"
        );
    }
    for token in ["", ".", "..", "a.b", "a.b.c.d", "a.b.c.d.e", "...."] {
        assert!(call(&plugin, token).is_err(), "{token}");
    }
    for token in [
        format!("{header}.{claims}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.x"),
    ] {
        refused(&plugin, &token, "the token does not have three parts");
    }
}

#[test]
fn encrypted_and_json_serializations_are_no_tokens() {
    let plugin = plugin(json!({}));
    let encrypted = format!("{}.a.b.c.d", part(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#));
    refused(&plugin, &encrypted, "the token does not have three parts");
    let token = token(json!({}));
    let parts: Vec<&str> = token.split('.').collect();
    let json = json!({ "protected": parts[0], "payload": parts[1], "signature": parts[2] });
    refused(
        &plugin,
        &json.to_string(),
        "the token does not have three parts",
    );
}

#[test]
fn large_and_deep_tokens_are_refused() {
    let plugin = plugin(json!({}));
    refused(&plugin, &"a".repeat(16 * 1024 + 1), "the token is too long");
    let long = format!(r#"{{"alg":"HS256","x":"{}"}}"#, "a".repeat(4096));
    refused(
        &plugin,
        &signed(&long, &fine()),
        "the token's header is too long",
    );
    let deep = format!(
        r#"{{"alg":"HS256","x":{}{}}}"#,
        "[".repeat(40),
        "]".repeat(40)
    );
    refused(
        &plugin,
        &signed(&deep, &fine()),
        "the token's header is no JSON object",
    );
    for claims in [
        format!(r#"{{"x":{}{}}}"#, "[".repeat(3000), "]".repeat(3000)),
        "[".repeat(10_000),
        r#"{"x":"#.repeat(1_500),
    ] {
        refused(
            &plugin,
            &signed(HS256, &claims),
            "the token's issuer is not known",
        );
    }
    let many: serde_json::Map<String, Value> =
        (0..101).map(|n| (format!("c{n}"), json!(n))).collect();
    refused(
        &plugin,
        &token(Value::Object(many)),
        "the token's issuer is not known",
    );
}

#[test]
fn texts_are_unicode() {
    let plugin = plugin(json!({}));
    for sub in [
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        r#""\ud800x""#,
        r#""\u12""#,
        "\"\u{1}\"",
    ] {
        let claims = format!(
            r#"{{"iss":"https://idp","aud":"api","exp":{},"sub":{sub}}}"#,
            NOW + 60
        );
        refused(
            &plugin,
            &signed(HS256, &claims),
            "the token's issuer is not known",
        );
    }
    let bytes = [fine().as_bytes(), b"\xff"].concat();
    let message = format!("{}.{}", part(HS256), part(bytes));
    refused(
        &plugin,
        &format!("{message}.AAAA"),
        "the token's issuer is not known",
    );
    let pair = format!(
        r#"{{"iss":"https://idp","aud":"api","exp":{},"sub":"\ud83d\ude00"}}"#,
        NOW + 60
    );
    assert_eq!(
        call(&plugin, &signed(HS256, &pair)).unwrap().principal,
        "😀"
    );
}

#[test]
fn signature_covers_header_and_claims() {
    let plugin = plugin(json!({}));
    let (one, two) = (
        token(json!({ "sub": "alice" })),
        token(json!({ "sub": "mallory" })),
    );
    let (one, two): (Vec<&str>, Vec<&str>) = (one.split('.').collect(), two.split('.').collect());
    let swapped = [one[0], two[1], one[2]].join(".");
    refused(&plugin, &swapped, "the token's signature is not valid");
    let header = part(r#"{"alg":"HS256","typ":"JWT"}"#);
    let swapped = [&header, one[1], one[2]].join(".");
    refused(&plugin, &swapped, "the token's signature is not valid");
}

#[test]
fn token_without_a_name_is_tried_with_few_keys() {
    let keys: Vec<Value> = (0..5)
        .map(|n| json!({ "secret": "shared", "algorithm": "HS256", "kid": n.to_string() }))
        .collect();
    test::secret("shared", SECRET);
    let issuer = json!({ "issuer": "https://idp", "audience": "api", "keys": keys });
    let plugin = configure(&json!({ "issuers": [issuer] })).unwrap();
    let other = token(json!({})) + "A";
    assert!(call(&plugin, &other).is_err());
    let (message, _) = other.rsplit_once('.').unwrap();
    refused(
        &plugin,
        &format!("{message}.AAAA"),
        "the token does not say which key it is signed with",
    );
}

/// Numbers below what is asked for, the same in each run (xorshift).
fn random() -> impl FnMut(usize) -> usize {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    }
}

#[test]
fn damaged_tokens_are_refused() {
    let plugin = plugin(json!({}));
    let good = signed(r#"{"alg":"HS256","kid":"a","typ":"JWT"}"#, &fine());
    let mut random = random();
    for _ in 0..50_000 {
        let mut token = good.clone().into_bytes();
        for _ in 0..=random(3) {
            let at = random(token.len());
            match random(4) {
                0 => token[at] = random(95) as u8 + 32,
                1 if token.len() > 1 => drop(token.remove(at)),
                2 => token.insert(at, b"AZaz09-_.={\"}"[random(13)]),
                _ => token.truncate(at.max(1)),
            }
        }
        let token = String::from_utf8(token).unwrap();
        // Spaces around it are not part of a token.
        if token.trim() != good {
            assert!(call(&plugin, &token).is_err(), "{token}");
        }
    }
}

/// As above, where what is damaged is signed: nothing but what the reader allows gets through, and nothing panics.
#[test]
fn damaged_claims_of_an_issuer_do_no_harm() {
    let plugin = plugin(json!({}));
    let good =
        claims(json!({ "scope": "a b", "groups": ["x", { "y": 1.5e3 }], "name": "\u{e9}\n" }))
            .to_string();
    let mut random = random();
    let mut granted = 0;
    for _ in 0..20_000 {
        let mut text = good.clone().into_bytes();
        for _ in 0..=random(2) {
            let at = random(text.len());
            text[at] = b"{}[]\",:0129eE+-.\\utfn \x00\xc3\xff"[random(25)];
        }
        let message = format!("{}.{}", part(HS256), part(&text));
        let key = SigningKey::secret(Algorithm::HS256, SECRET.as_bytes()).unwrap();
        let token = format!("{message}.{}", part(key.sign(message.as_bytes()).unwrap()));
        if call(&plugin, &token).is_ok() {
            granted += 1;
            let read: Result<Value, _> = serde_json::from_slice(&text);
            assert!(read.is_ok(), "{}", String::from_utf8_lossy(&text));
        }
    }
    assert!(granted > 100, "{granted}");
}

#[test]
fn reason_never_quotes_the_token() {
    let plugin = plugin(json!({}));
    let token = signed(r#"{"alg":"evil\r\nset-cookie: a=b"}"#, &fine());
    let refusal = format!("{:?}", call(&plugin, &token).unwrap_err());
    assert!(!refusal.contains("evil"), "{refusal}");
}
