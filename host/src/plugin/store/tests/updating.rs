//! Files that change, come and go; refreshes.

use std::fs;

use super::*;

fn version(version: &str, principal: &'static str) -> Vec<u8> {
    let guest = Guest {
        description: json!({ "name": "guest", "version": version }),
        principal,
        ..Guest::default()
    };
    guest.build()
}

#[tokio::test]
async fn a_changed_file_is_swapped_in() {
    let bench = Bench::new("swap");
    bench.put("guest", version("1", "first"));
    let attachment = bench.attach("guest", json!({})).await.unwrap();
    let pinned = attachment.pin().unwrap();
    bench.put("guest", version("2", "second"));
    bench.plugins.look().await;
    assert_eq!(principal(&attachment).await, "second");
    assert_ne!(pinned.generation(), attachment.pin().unwrap().generation());
    let status = bench.status("guest");
    assert_eq!((status.version.as_str(), status.swaps), ("2", 1));
}

#[tokio::test]
async fn a_bad_file_changes_nothing_but_the_status() {
    let bench = Bench::new("bad-swap");
    bench.put("guest", version("1", "first"));
    let attachment = bench.attach("guest", json!({})).await.unwrap();
    let refuses = Guest {
        accepts: false,
        answer: json!({ "problems": [{ "message": "not any more" }] }),
        ..Guest::default()
    };
    for (bytes, expected) in [
        (b"\0asm".to_vec(), "not valid WebAssembly"),
        (refuses.build(), "not any more"),
    ] {
        bench.put("guest", bytes);
        bench.plugins.look().await;
        assert_eq!(principal(&attachment).await, "first");
        match bench.status("guest").state {
            PluginState::SwapFailed { reason } => assert!(reason.contains(expected), "{reason}"),
            other => panic!("{other:?}"),
        }
    }
    bench.plugins.look().await;
    assert_eq!(bench.status("guest").failed_swaps, 2);
    bench.put("guest", version("3", "third"));
    bench.plugins.look().await;
    assert_eq!(principal(&attachment).await, "third");
    assert_eq!(bench.status("guest").state, PluginState::Ready);
}

#[tokio::test]
async fn a_deleted_file_runs_on() {
    let bench = Bench::new("deleted");
    bench.put("guest", version("1", "first"));
    let attachment = bench.attach("guest", json!({})).await.unwrap();
    let (here, away) = (
        bench.directory.join("guest.wasm"),
        bench.directory.join("away"),
    );
    fs::rename(&here, &away).unwrap();
    bench.plugins.look().await;
    assert_eq!(bench.status("guest").state, PluginState::Deleted);
    assert_eq!(principal(&attachment).await, "first");
    fs::rename(&away, &here).unwrap();
    bench.plugins.look().await;
    assert_eq!(bench.status("guest").state, PluginState::Ready);
}

#[tokio::test]
async fn a_plugin_broken_at_start_works_once_its_file_does() {
    let bench = Bench::new("repaired");
    bench.put("guest", b"nonsense");
    let attachment = bench.attach("guest", json!({})).await.unwrap();
    let reason = reason(&attachment).await;
    assert!(reason.contains("not a WebAssembly file"), "{reason}");
    bench.put("guest", version("1", "first"));
    bench.plugins.look().await;
    assert_eq!(principal(&attachment).await, "first");
    assert_eq!(bench.status("guest").state, PluginState::Ready);
}

fn two() -> Vec<config::Attachment> {
    let two = [1, 2].map(|number| super::attachment("guest", json!({ "number": number })));
    two.to_vec()
}

#[tokio::test]
async fn what_a_reload_would_break_is_told_and_serves_on() {
    let bench = Bench::new("reload");
    bench.put("guest", version("1", "first"));
    let attachment = bench.attach("guest", json!({})).await.unwrap();
    let refused = bench.prepare("shop", two()).await;
    assert!(told(&refused)[0].contains("answers for 1 entries"));
    assert!(!refused.unusable[0].already);
    assert_eq!(principal(&attachment).await, "first");
    drop(refused);
    assert_eq!(bench.status("guest").state, PluginState::Ready);
}

#[tokio::test]
async fn what_does_not_work_already_is_known_to() {
    let bench = Bench::new("already");
    bench.put("guest", version("1", "first"));
    let _running = bench.prepare("shop", two()).await;
    assert!(bench.prepare("shop", two()).await.unusable[0].already);
    assert!(!bench.prepare("other", two()).await.unusable[0].already);
}

#[tokio::test]
async fn what_breaks_for_one_api_serves_another() {
    let bench = Bench::new("two-apis");
    bench.put("guest", version("1", "first"));
    let attachment = bench.attach("guest", json!({})).await.unwrap();
    let prepared = bench.prepare("other", two()).await;
    assert!(reason(&prepared.attachments[0]).await.contains("1 entries"));
    assert_eq!(principal(&attachment).await, "first");
}

#[tokio::test]
async fn a_plugin_that_was_missing_works_once_it_is_there() {
    let bench = Bench::new("missing");
    let running = bench
        .prepare("shop", vec![super::attachment("guest", json!({}))])
        .await;
    let reason = reason(&running.attachments[0]).await;
    assert!(reason.contains("there is no plugin `guest`"), "{reason}");
    bench.put("guest", version("1", "first"));
    bench.plugins.look().await;
    assert_eq!(principal(&running.attachments[0]).await, "first");
    assert_eq!(bench.status("guest").state, PluginState::Ready);
}

#[tokio::test]
async fn a_new_file_mends_what_it_can() {
    let bench = Bench::new("mends");
    let running = bench.prepare("shop", two()).await;
    let other = vec![super::attachment("guest", json!({}))];
    let other = bench.prepare("other", other).await;
    bench.put("guest", version("1", "first"));
    bench.plugins.look().await;
    assert!(reason(&running.attachments[0]).await.contains("1 entries"));
    assert_eq!(principal(&other.attachments[0]).await, "first");
}

#[tokio::test]
async fn a_missing_plugin_of_nobody_is_not_shown() {
    let bench = Bench::new("nobody");
    drop(bench.prepare("shop", two()).await);
    assert!(bench.plugins.status().is_empty());
}

#[tokio::test]
async fn a_file_takes_the_place_of_a_built_in_plugin() {
    let bench = Bench::new("over-built-in");
    let with = json!({ "keys": ["letmein"] });
    let attachment = bench.attach("api-key", with).await.unwrap();
    assert!(authorize(&attachment).await.is_err());
    bench.put("api-key", version("9", "anybody"));
    bench.plugins.look().await;
    assert_eq!(principal(&attachment).await, "anybody");
}

#[tokio::test]
async fn stale_callers_share_one_refresh_and_then_are_refused() {
    let bench = Bench::new("stale");
    let guest = Guest {
        refusal: "stale",
        ..Guest::default()
    };
    bench.put("guest", guest.build());
    let attachment = bench.attach("guest", json!({})).await.unwrap();
    let watching = bench.plugins.clone().watch();
    let calls = async {
        let (first, second) = tokio::join!(authorize(&attachment), authorize(&attachment));
        for result in [first, second, authorize(&attachment).await] {
            match result {
                Err(Denial::Refused(refusal)) => assert_eq!(refusal.status, 401),
                other => panic!("{other:?}"),
            }
        }
    };
    tokio::select! {
        () = calls => {}
        () = watching => panic!("the watcher has ended"),
    }
    assert_eq!(bench.status("guest").images[0].refreshes, 1);
}

#[tokio::test]
async fn the_directory_is_watched() {
    let bench = Bench::new("watched");
    bench.put("guest", version("1", "first"));
    let attachment = bench.attach("guest", json!({})).await.unwrap();
    let watching = bench.plugins.clone().watch();
    let changes = async {
        bench.put("guest", version("2", "second"));
        while principal(&attachment).await != "second" {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = changes => {}
        () = watching => panic!("the watcher has ended"),
    }
}

#[tokio::test]
async fn watching_ends_with_the_last_handle() {
    let bench = Bench::new("unwatched");
    let watching = bench.plugins.clone().watch();
    drop(bench);
    watching.await;
}
