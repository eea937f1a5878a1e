//! Public vectors: what others found that implementations get wrong (Wycheproof), and what is right (RFC 7520 and kin).
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fs, path::PathBuf};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{signer, verifier};

/// An example beside those of RFC 7797 whose intermediate values belong to another one.
const BROKEN: &str = "hmac-sha2_b64_false.json";

/// Tests of Wycheproof that this place cannot pass, with the reason.
const SKIPPED: &[(&str, u64, &str)] = &[
    ("crypto", 47, MIXED),
    ("key", 1, MIXED),
    (
        "key",
        4,
        "two keys with one `kid`: choosing among keys is the caller's",
    ),
];
const MIXED: &str = "a set of secrets and public keys: choosing among keys is the caller's";

#[test]
fn wycheproof_signatures_are_judged_right() {
    assert_eq!(judge("crypto", "json_web_crypto_test.json"), 48);
}

#[test]
fn wycheproof_keys_are_judged_right() {
    assert_eq!(judge("key", "json_web_key_test.json"), 24);
}

#[test]
fn cookbook_signatures_verify_and_are_made_again() {
    let files = ["cookbook/jws", "cookbook/rfc7797", "cookbook/curve25519"];
    let files = files
        .iter()
        .flat_map(|folder| fs::read_dir(path(folder)).unwrap());
    let files = files.map(|file| file.unwrap().path());
    let mut signatures = 0;
    let json = |file: &PathBuf| file.extension().is_some_and(|kind| kind == "json");
    for file in files.filter(json) {
        if file.file_name().is_some_and(|name| name == BROKEN) {
            continue;
        }
        let example: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let input = &example["input"];
        let reproducible = example["reproducible"] == true;
        let one_by_one = |value: &Value| {
            value
                .as_array()
                .cloned()
                .unwrap_or_else(|| vec![value.clone()])
        };
        let keys = one_by_one(&input["key"]);
        let algorithms = one_by_one(&input["alg"]);
        for (part, signing) in one_by_one(&example["signing"]).iter().enumerate() {
            let key = keys[part].to_string();
            let algorithm = algorithms[part].as_str().unwrap();
            let message = signing["sig-input"].as_str().unwrap().as_bytes();
            let signature = URL_SAFE_NO_PAD
                .decode(signing["sig"].as_str().unwrap())
                .unwrap();
            let verifier = verifier(algorithm, "jwk", key.as_bytes()).unwrap();
            let made = signer(algorithm, "jwk", key.as_bytes())
                .unwrap()
                .sign(message)
                .unwrap();
            assert!(verifier.verify(message, &signature), "{}", file.display());
            assert!(verifier.verify(message, &made), "{}", file.display());
            assert!(!reproducible || made == signature, "{}", file.display());
            signatures += 1;
        }
    }
    assert_eq!(signatures, 12);
}

/// Runs a file of Wycheproof; the number of tests that were run.
fn judge(kind: &str, file: &str) -> usize {
    let text = fs::read(path("wycheproof").join(file)).unwrap();
    let vectors: Value = serde_json::from_slice(&text).unwrap();
    let mut run = 0;
    for group in vectors["testGroups"].as_array().unwrap() {
        let key = group.get("public").unwrap_or(&group["private"]);
        for test in group["tests"].as_array().unwrap() {
            let id = test["tcId"].as_u64().unwrap();
            // Encryption is not on offer.
            let skipped = SKIPPED.iter().any(|skip| (skip.0, skip.1) == (kind, id));
            if skipped || test.get("jwe").is_some() {
                continue;
            }
            let valid = verifies(key, &test["jws"]).is_some();
            assert_eq!(
                valid,
                test["result"] == "valid",
                "{kind} {id}: {}",
                test["comment"]
            );
            run += 1;
        }
    }
    run
}

/// What a careful caller does: the key by its `kid`, the algorithm by the key, never by the token.
fn verifies(key: &Value, jws: &Value) -> Option<()> {
    let parts: Vec<_> = jws.as_str()?.split('.').collect();
    let [head, payload, signature] = parts[..] else {
        return None;
    };
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).ok()?).ok()?;
    let alone = std::slice::from_ref(key);
    let keys = key["keys"].as_array().map_or(alone, Vec::as_slice);
    let key = keys.iter().find(|key| key["kid"] == header["kid"])?;
    let algorithm = header["alg"].as_str()?;
    let verifier = verifier(algorithm, "jwk", key.to_string().as_bytes()).ok()?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let message = format!("{head}.{payload}");
    verifier
        .verify(message.as_bytes(), &signature)
        .then_some(())
}

fn path(file: &str) -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/vectors/jose"
    ))
    .join(file)
}
