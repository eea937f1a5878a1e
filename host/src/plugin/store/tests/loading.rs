//! What becomes of a file and of its configurations.

use super::*;

/// Why a file is no plugin.
async fn broken(name: &str, bytes: &[u8]) -> String {
    let bench = Bench::new(name);
    bench.put("guest", bytes);
    let attachment = bench.attach("guest", json!({})).await.unwrap();
    let reason = reason(&attachment).await;
    let state = bench.status("guest").state;
    assert_eq!(
        state,
        PluginState::Broken {
            reason: reason.clone()
        }
    );
    reason
}

#[tokio::test]
async fn a_core_module_becomes_an_image_with_a_snapshot() {
    let bench = Bench::new("module");
    bench.put("guest", Guest::default().build());
    let attachment = bench.attach("guest", json!({})).await.unwrap();
    assert_eq!(principal(&attachment).await, "somebody");
    let status = bench.status("guest");
    assert_eq!(status.state, PluginState::Ready);
    assert_eq!(status.isolation, "request");
    assert_eq!(status.images[0].no_snapshot, None);
    assert!(status.images[0].pristine_seconds.unwrap() < 0.01);
    assert_eq!(status.compiles, 2);
}

#[tokio::test]
async fn the_built_in_api_key_tells_callers_apart() {
    let bench = Bench::new("api-key");
    let with = json!({ "keys": [{ "key": "letmein", "principal": "ada" }] });
    let attachment = bench.attach("api-key", with).await.unwrap();
    assert!(matches!(
        authorize(&attachment).await,
        Err(Denial::Refused(_))
    ));
    assert_eq!(with_key("letmein", &attachment).await.unwrap(), "ada");
    assert!(with_key("letmeout", &attachment).await.is_none());
    assert_eq!(bench.status("api-key").images[0].no_snapshot, None);
}

/// Whom the plugin `api-key` takes a caller for.
async fn with_key(key: &str, attachment: &Attachment) -> Option<String> {
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", key.parse().unwrap());
    let grant = authorize_with(attachment, &headers).await;
    grant.ok().map(|grant| grant.principal)
}

#[tokio::test]
async fn assets_are_read_and_watched() {
    let bench = Bench::new("assets");
    bench.directory.put("keys", "letmein,ada\n");
    let with = json!({ "keys": { "file": bench.directory.join("keys") } });
    let attachment = bench.attach("api-key", with).await.unwrap();
    assert_eq!(with_key("letmein", &attachment).await.unwrap(), "ada");
    bench.directory.put("keys", "letmein,grace\n");
    bench.plugins.refresh().await;
    assert_eq!(with_key("letmein", &attachment).await.unwrap(), "grace");
    assert_eq!(bench.status("api-key").images[0].refreshes, 1);
}

#[tokio::test]
async fn a_missing_asset_is_a_problem_at_its_place() {
    let bench = Bench::new("no-asset");
    bench.put("guest", Guest::default().build());
    let with = json!({ "a/b": [{ "file": "nowhere.txt" }] });
    let problems = bench.attach("guest", with).await.unwrap_err();
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].starts_with("/with/a~1b/0: cannot read `nowhere.txt`"),
        "{problems:?}"
    );
}

#[tokio::test]
async fn a_second_start_with_a_cache_compiles_nothing() {
    let bench = Bench::new("warm");
    bench.put("guest", Guest::default().build());
    let cache = bench.directory.join("cache");
    let mut compiled = Vec::new();
    for _ in 0..2 {
        let plugins = start(bench.directory.path(), |settings| {
            settings.cache = Some(cache.clone());
        });
        let wanted = vec![attachment("guest", json!({}))];
        let prepared = prepare(&plugins, "shop", wanted).await;
        assert_eq!(principal(&prepared.attachments[0]).await, "somebody");
        compiled.push((plugins.engine().compiles, plugins.engine().functions));
    }
    assert_eq!(compiled[0].0, 2);
    assert_eq!(compiled[1], (0, 0));
}

#[tokio::test]
async fn what_only_configure_needs_is_put_away_and_comes_from_the_disk() {
    let scratch = Scratch::new("put-away-cache");
    let cache = scratch.join("cache");
    let bench = Bench::with("put-away", |settings| settings.cache = Some(cache.clone()));
    let key = |key: &str| bench.directory.put("keys", format!("{key},ada\n"));
    key("letmein");
    let with = json!({ "keys": { "file": bench.directory.join("keys") } });
    let attachment = bench.attach("api-key", with).await.unwrap();
    let compiled = bench.plugins.engine().compiles;

    bench.plugins.put_away();
    key("open-up");
    bench.plugins.refresh().await;
    assert_eq!(with_key("open-up", &attachment).await.unwrap(), "ada");
    assert_eq!(bench.plugins.engine().compiles, compiled);

    bench.plugins.put_away();
    std::fs::remove_dir_all(cache.join("code")).unwrap();
    std::fs::create_dir(cache.join("code")).unwrap();
    key("its-me");
    bench.plugins.refresh().await;
    assert_eq!(with_key("its-me", &attachment).await.unwrap(), "ada");
    assert!(bench.plugins.engine().compiles > compiled);
}

#[tokio::test]
async fn what_is_no_plugin_says_what_it_is() {
    let whole = Guest::default().build();
    let half = whole[..whole.len() / 2].to_vec();
    let no_plugin = wat::parse_str("(component)").unwrap();
    for (name, bytes, expected) in [
        ("empty", Vec::new(), "the file is empty"),
        ("text", b" (module)".to_vec(), "WebAssembly as text"),
        ("noise", vec![7; 500], "not a WebAssembly file"),
        ("cut-short", whole[..6].to_vec(), "not valid WebAssembly"),
        ("cut", half, "not valid WebAssembly"),
        ("untyped", Guest::default().module(), "component-type"),
        ("no-plugin", no_plugin, "`wasmgate:plugin/setup`"),
    ] {
        let reason = broken(name, &bytes).await;
        assert!(reason.contains(expected), "{name}: {reason}");
    }
}

#[tokio::test]
async fn another_version_of_the_contract_is_named() {
    let guest = Guest {
        version: "0.2.0",
        ..Guest::default()
    };
    let reason = broken("version", &guest.build()).await;
    let expected = "plugin speaks wasmgate:plugin@0.2.0, this gateway 0.1.0";
    assert!(reason.starts_with(expected), "{reason}");
}

#[tokio::test]
async fn a_capability_that_was_not_granted_is_named_with_its_setting() {
    let guest = Guest {
        description: json!({ "name": "guest", "version": "1.0.0", "capabilities": ["http"] }),
        ..Guest::default()
    };
    let reason = broken("capability", &guest.build()).await;
    assert!(reason.contains("`http`"), "{reason}");
    assert!(
        reason.contains("`plugins.settings.guest.grant.http`"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_description_that_is_not_as_the_contract_says_is_refused() {
    for (name, description) in [
        (
            "member",
            json!({ "name": "x", "version": "1", "author": "me" }),
        ),
        (
            "unknown",
            json!({ "name": "x", "version": "1", "capabilities": ["root"] }),
        ),
        (
            "schema",
            json!({ "name": "x", "version": "1", "configuration": { "type": 7 } }),
        ),
    ] {
        let guest = Guest {
            description,
            ..Guest::default()
        };
        let reason = broken(name, &guest.build()).await;
        assert!(reason.contains("`describe`"), "{name}: {reason}");
    }
}

#[tokio::test]
async fn more_memory_than_allowed_is_refused() {
    let guest = Guest {
        configure: "(drop (memory.grow (i32.const 200)))",
        ..Guest::default()
    };
    for (name, limit, expected) in [
        ("grows", 4 << 20, "bytes of memory"),
        ("begins", 64 << 10, "`plugins.settings.guest.limits.memory`"),
    ] {
        let bench = Bench::with(name, |settings| settings.default.limits.memory = limit);
        bench.put("guest", guest.build());
        let attachment = bench.attach("guest", json!({})).await.unwrap();
        let reason = reason(&attachment).await;
        assert!(reason.contains(expected), "{name}: {reason}");
    }
}

#[tokio::test]
async fn configure_that_fails_breaks_only_its_plugin() {
    for (name, configure, expected) in [
        ("traps", "(unreachable)", "trapped"),
        ("loops", "(loop (br 0))", "processor time"),
    ] {
        let bench = Bench::with(name, |settings| {
            settings.default.limits.configure = Duration::from_millis(20);
        });
        let guest = Guest {
            configure,
            ..Guest::default()
        };
        bench.put("guest", guest.build());
        bench.put("other", Guest::default().build());
        let both = ["guest", "other"].map(|plugin| attachment(plugin, json!({})));
        let attachments = bench.attach_all(both.to_vec()).await.unwrap();
        let reason = reason(&attachments[0]).await;
        assert!(reason.contains(expected), "{name}: {reason}");
        assert_eq!(principal(&attachments[1]).await, "somebody");
    }
}

#[tokio::test]
async fn mistakes_are_told_at_their_places() {
    let bench = Bench::new("mistakes");
    let guest = Guest {
        accepts: false,
        answer: json!({ "problems": [
            { "entry": 0, "pointer": "/template", "line": 3, "column": 7, "message": "no such function" },
            { "message": "and more" } ] }),
        ..Guest::default()
    };
    bench.put("guest", guest.build());
    let problems = bench.attach("guest", json!({ "template": "" })).await;
    assert_eq!(
        problems.unwrap_err(),
        [
            "/with/template: plugin `guest`: no such function (line 3, column 7 of it)",
            "/with: plugin `guest`: and more"
        ]
    );
}

#[tokio::test]
async fn the_plugins_schema_is_held_before_it_is_asked() {
    let bench = Bench::new("schema-held");
    let guest = Guest {
        description: json!({ "name": "guest", "version": "1", "configuration": {
            "type": "object",
            "properties": { "limit": { "type": "integer" }, "name": { "type": "string" } },
            "additionalProperties": false } }),
        configure: "(unreachable)",
        ..Guest::default()
    };
    bench.put("guest", guest.build());
    let with = json!({ "limit": "many", "nmae": "x" });
    let problems = bench.attach("guest", with).await.unwrap_err();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(
        problems
            .iter()
            .any(|told| told.starts_with("/with/limit: ")),
        "{problems:?}"
    );
}

#[tokio::test]
async fn an_unknown_plugin_is_a_problem_that_names_the_known() {
    let bench = Bench::new("unknown-plugin");
    bench.put("jwt", Guest::default().build());
    let wanted = vec![attachment("jtw", json!({}))];
    let prepared = bench.prepare("shop", wanted).await;
    let problem = &prepared.unusable[0].problems[0];
    assert_eq!(problem.message, "there is no plugin `jtw`");
    assert_eq!(problem.suggestion.as_deref(), Some("did you mean `jwt`?"));
    assert_eq!(prepared.attachments.len(), 1);
}

#[tokio::test]
async fn without_a_snapshot_each_instance_is_configured() {
    let patches_a_table = Guest {
        more: r#"(table $t 1 funcref)
            (func (export "patches") (table.set $t (i32.const 0) (ref.null func)))"#,
        ..Guest::default()
    };
    let cannot_be_read = Guest {
        pages: "2 2",
        ..Guest::default()
    };
    for (name, guest) in [("table", patches_a_table), ("full", cannot_be_read)] {
        let bench = Bench::new(name);
        bench.put("guest", guest.build());
        let attachment = bench.attach("guest", json!({})).await.unwrap();
        for _ in 0..3 {
            assert_eq!(principal(&attachment).await, "somebody");
        }
        let status = bench.status("guest");
        assert!(status.images[0].no_snapshot.is_some(), "{name}");
        assert_eq!(status.isolation, "request");
    }
}

#[tokio::test]
async fn equal_configurations_share_an_image() {
    let bench = Bench::new("shared");
    let guest = Guest {
        answer: json!({ "entries": [{ "authorizer": {} }, {}] }),
        ..Guest::default()
    };
    bench.put("guest", guest.build());
    let wanted = || {
        let withs = [json!({ "a": 1 }), json!({ "b": 2 }), json!({ "a": 1 })];
        withs.map(|with| attachment("guest", with)).to_vec()
    };
    let attachments = bench.attach_all(wanted()).await.unwrap();
    let numbers = attachments
        .iter()
        .map(|one| one.pin().unwrap().generation());
    let numbers: Vec<_> = numbers.collect();
    assert_eq!(numbers[0], numbers[2]);
    assert_eq!(numbers[1], numbers[0] + 1);
    let again = bench.attach_all(wanted()).await.unwrap();
    assert_eq!(again[1].pin().unwrap().generation(), numbers[1]);
    assert_eq!(bench.status("guest").compiles, 2);
}

#[tokio::test]
async fn reuse_is_what_the_operator_makes_it() {
    let bench = Bench::with("reuse", |settings| {
        settings.default.isolation = Isolation::Reuse { calls: 10 };
    });
    bench.put("guest", Guest::default().build());
    let attachment = bench.attach("guest", json!({})).await.unwrap();
    assert_eq!(principal(&attachment).await, "somebody");
    assert_eq!(bench.status("guest").isolation, "reuse");
}

#[test]
fn inspecting_shows_what_a_plugin_is() {
    let inspection = crate::plugin::inspect(Path::new("a.wasm"), Guest::default().build()).unwrap();
    assert_eq!(inspection.name, "guest");
    assert_eq!(inspection.hooks, [crate::plugin::Hook::Authorizer]);
    assert!(inspection.module);
    assert_eq!(inspection.no_snapshot, None);
    let error = crate::plugin::inspect(Path::new("a.wasm"), Vec::new()).unwrap_err();
    assert!(error.to_string().contains("empty"));
}
