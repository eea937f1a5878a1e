//! Imports as a plugin meets them in each phase of its life.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;

use super::{
    Services, State, VaultBuilder,
    bindings::wasmgate::plugin::{assets, context, crypto, http, kv, log, metrics, secrets, table},
    testing::{policy, state},
    types::Error,
};
use crate::{
    config::{PluginPolicy, Secrets},
    plugin::state::{Phase, Scope},
};

const SECRET: &[u8] = &[7; 32];

fn scope(policy: PluginPolicy) -> Scope {
    let secret = ("idp".to_owned(), "s3cret".to_owned());
    let other = ("other".to_owned(), "hidden".to_owned());
    Scope {
        plugin: "test".into(),
        policy,
        services: Services::new(Secrets(Arc::new(BTreeMap::from([secret, other])))),
        script: None,
        kv: OnceLock::new(),
        vault: None,
    }
}

fn generous() -> PluginPolicy {
    let mut policy = policy(&[]);
    policy.grants.kv = true;
    policy.grants.secrets = vec!["idp".to_owned(), "gone".to_owned()];
    policy
}

fn describing() -> State {
    State::new(Arc::new(scope(generous())), Phase::Describing)
}

fn configuring() -> State {
    let scope = scope(generous());
    let assets = vec![Bytes::from_static(b"asset")];
    let builder = VaultBuilder::new(&scope.plugin, &scope.policy, &scope.services, assets);
    State::new(
        Arc::new(scope),
        Phase::Configuring(Box::new(builder.unwrap())),
    )
}

/// Ends `configure`: a store that serves on what it made.
fn served(state: State) -> State {
    let Phase::Configuring(builder) = state.phase else {
        unreachable!("the store was configuring");
    };
    let scope = Arc::into_inner(state.scope).unwrap();
    let vault = builder.finish().map(Arc::new);
    State::new(Arc::new(Scope { vault, ..scope }), Phase::Serving)
}

fn code<T>(result: Result<T, Error>) -> String {
    result.err().map(|error| error.code).unwrap_or_default()
}

fn secret_key(state: &mut State) -> Result<u32, Error> {
    crypto::Host::verifying_key(state, "HS256".into(), "raw".into(), SECRET.into())
}

fn counter(state: &mut State) -> Result<u32, Error> {
    metrics::Host::counter(state, "hits".into(), "help".into())
}

fn entry(key: &str, value: &str) -> (Vec<u8>, Vec<u8>) {
    (key.into(), value.into())
}

#[tokio::test]
async fn describe_has_no_powers() {
    let mut state = describing();
    assert_eq!(code(kv::Host::get(&mut state, "k".into())), "denied");
    assert_eq!(code(secrets::Host::get(&mut state, "idp".into())), "denied");
    assert_eq!(code(secret_key(&mut state)), "denied");
    assert_eq!(
        code(crypto::Host::verify(&mut state, 0, vec![], vec![])),
        "denied"
    );
    assert_eq!(code(counter(&mut state)), "denied");
    assert_eq!(code(table::Host::create(&mut state)), "denied");
    assert_eq!(code(assets::Host::read(&mut state, 0, 0, 9)), "denied");
    let request = http::Outgoing {
        method: "GET".into(),
        url: "http://example.com/".into(),
        headers: vec![],
        body: vec![],
        timeout: 0,
        extra: vec![],
    };
    assert_eq!(code(http::Host::fetch(&mut state, request).await), "denied");
    assert_eq!(table::Host::lookup(&mut state, 0, vec![]), None);
    assert_eq!(context::Host::get(&mut state, "requestId".into()), None);
    metrics::Host::add(&mut state, 0, 1.0);
}

#[test]
fn hooks_register_nothing() {
    let mut state = state(&[]);
    assert_eq!(code(secret_key(&mut state)), "denied");
    assert_eq!(code(counter(&mut state)), "denied");
    assert_eq!(code(table::Host::create(&mut state)), "denied");
    assert_eq!(code(table::Host::insert(&mut state, 0, vec![])), "denied");
    assert_eq!(code(assets::Host::read(&mut state, 0, 0, 9)), "denied");
}

#[test]
fn what_is_not_granted_is_denied() {
    let mut state = state(&[]);
    assert_eq!(
        code(kv::Host::increment(&mut state, "k".into(), 1, None)),
        "denied"
    );
    assert_eq!(code(secrets::Host::get(&mut state, "idp".into())), "denied");
}

#[test]
fn secrets_are_granted_by_name() {
    let mut state = configuring();
    assert_eq!(
        secrets::Host::get(&mut state, "idp".into()).unwrap(),
        "s3cret"
    );
    assert_eq!(
        code(secrets::Host::get(&mut state, "other".into())),
        "denied"
    );
    assert_eq!(
        code(secrets::Host::get(&mut state, "gone".into())),
        "not-found"
    );
    let Phase::Configuring(builder) = &state.phase else {
        unreachable!("the store is configuring");
    };
    let used = builder.vault().used();
    assert!(used.secrets && !used.network && !used.assets && !used.kv);
}

#[test]
fn configure_may_use_what_it_makes() {
    let mut state = configuring();
    assert_eq!(assets::Host::read(&mut state, 0, 2, 9).unwrap(), b"set");
    assert_eq!(code(assets::Host::read(&mut state, 1, 0, 9)), "not-found");
    let key = secret_key(&mut state).unwrap();
    assert!(!crypto::Host::verify(&mut state, key, vec![1], vec![2]).unwrap());
    assert_eq!(
        code(crypto::Host::sign(&mut state, key, vec![])),
        "not-found"
    );
    assert_eq!(
        code(crypto::Host::verify(&mut state, key + 1, vec![], vec![])),
        "not-found"
    );
    let made = table::Host::create(&mut state).unwrap();
    table::Host::insert(&mut state, made, vec![entry("k", "v")]).unwrap();
    assert_eq!(
        table::Host::lookup(&mut state, made, b"k".into()).as_deref(),
        Some(&b"v"[..])
    );
    assert_eq!(
        code(table::Host::insert(&mut state, made + 1, vec![])),
        "not-found"
    );
}

#[test]
fn what_configure_made_serves() {
    let mut state = configuring();
    let key = secret_key(&mut state).unwrap();
    let hits = counter(&mut state).unwrap();
    let made = table::Host::create(&mut state).unwrap();
    table::Host::insert(&mut state, made, vec![entry("k", "v")]).unwrap();
    let mut state = served(state);
    assert!(crypto::Host::verify(&mut state, key, vec![1], vec![2]).is_ok());
    assert!(table::Host::lookup(&mut state, made, b"k".into()).is_some());
    metrics::Host::add(&mut state, hits, 2.0);
    metrics::Host::add(&mut state, hits + 1, 2.0);
    let families = state.scope.services.metrics();
    assert_eq!(
        (&*families[0].name, &*families[0].series[0].plugin),
        ("hits", "test")
    );
}

#[test]
fn a_second_configure_finds_the_same_numbers() {
    let mut state = configuring();
    let first = (
        secret_key(&mut state).unwrap(),
        secret_key(&mut state).unwrap(),
    );
    let made = table::Host::create(&mut state).unwrap();
    table::Host::insert(&mut state, made, vec![entry("k", "v")]).unwrap();
    let mut state = served(state);
    let vault = state.scope.vault.clone().unwrap();

    state.phase = Phase::Configuring(Box::new(VaultBuilder::again(vault)));
    let second = (
        secret_key(&mut state).unwrap(),
        secret_key(&mut state).unwrap(),
    );
    assert_eq!(first, second);
    assert_eq!(
        code(secret_key(&mut state)),
        "conflict",
        "one more than before"
    );
    assert_eq!(table::Host::create(&mut state).unwrap(), made);
    table::Host::insert(&mut state, made, vec![entry("k", "other")]).unwrap();
    assert_eq!(
        table::Host::lookup(&mut state, made, b"k".into()).as_deref(),
        Some(&b"v"[..])
    );
    assert_eq!(assets::Host::read(&mut state, 0, 0, 9).unwrap(), b"asset");
}

#[test]
fn registrations_are_bounded() {
    let mut state = configuring();
    for n in 0..64 {
        let made = metrics::Host::gauge(&mut state, format!("m{n}"), String::new());
        assert_eq!(made.unwrap(), n);
    }
    assert_eq!(code(counter(&mut state)), "limit");
    while table::Host::create(&mut state).is_ok() {}
    assert_eq!(code(table::Host::create(&mut state)), "limit");
}

#[test]
fn last_words_are_kept_up_to_a_kilobyte() {
    let mut state = state(&[]);
    let words = |text: &[u8; 8]| u64::from_le_bytes(*text);
    log::Host::last_words(
        &mut state,
        words(b"panicked"),
        words(b" at\0\0\0\0\0"),
        0,
        0,
    );
    assert_eq!(state.last_words, b"panicked at");
    for _ in 0..100 {
        log::Host::last_words(&mut state, u64::MAX, u64::MAX, u64::MAX, u64::MAX);
    }
    assert_eq!(state.last_words.len(), 1024);
}

#[test]
fn everything_links_once() {
    let engine = wasmtime::Engine::default();
    let mut linker = wasmtime::component::Linker::new(&engine);
    super::add_to_linker(&mut linker).unwrap();
}
