use std::time::{Duration, Instant};

use http::HeaderMap;

use super::*;
use crate::{
    config::PluginPolicy,
    plugin::{
        Attachment, Denial, Grant, Interest, Names, RequestView,
        guests::{authorizer, context, image, image_with, policy},
        image::{Image, Slot},
    },
};

/// Runs a test as a worker runs: on one thread.
fn on_a_worker<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime")
        .block_on(test)
}

async fn authorize(image: &Arc<Image>) -> Result<Grant, Denial> {
    authorize_with(image, &HeaderMap::new()).await
}

async fn authorize_with(image: &Arc<Image>, headers: &HeaderMap) -> Result<Grant, Denial> {
    let slot = Arc::new(Slot::new("guest".into(), Arc::default()));
    slot.swap(image.clone());
    let attachment = Attachment::new(slot, 0, false);
    let context = Arc::new(context());
    let request = RequestView {
        method: "GET",
        path: "/",
        query: None,
        headers,
        parameters: &[],
        context: &context,
        body: None,
    };
    let pinned = attachment.pin().expect("an image");
    pinned.authorize(request).await
}

fn call(body: &str) -> Result<Grant, Denial> {
    on_a_worker(authorize(&image(&authorizer(body), policy())))
}

fn fault(result: Result<Grant, Denial>) -> Fault {
    match result {
        Err(Denial::Failed(failure)) => failure.fault,
        other => panic!("no failure but {other:?}"),
    }
}

fn under_reuse(calls: u32) -> PluginPolicy {
    PluginPolicy {
        isolation: Isolation::Reuse { calls },
        ..policy()
    }
}

/// Grants with a principal as long as the number of calls that this memory has seen.
const COUNTS: &str = r#"
    (i32.store (i32.const 2048) (i32.add (i32.load (i32.const 2048)) (i32.const 1)))
    (i32.store (i32.const 1028) (i32.const 4096))
    (i32.store (i32.const 1032) (i32.load (i32.const 2048)))
    (i32.const 1024)"#;

/// The same, and traps at the third call.
const TRAPS_AT_THREE: &str = r#"
    (i32.store (i32.const 2048) (i32.add (i32.load (i32.const 2048)) (i32.const 1)))
    (if (i32.eq (i32.load (i32.const 2048)) (i32.const 3)) (then (unreachable)))
    (i32.store (i32.const 1028) (i32.const 4096))
    (i32.store (i32.const 1032) (i32.load (i32.const 2048)))
    (i32.const 1024)"#;

#[test]
fn an_empty_grant_is_a_grant() {
    assert_eq!(call("(i32.const 1024)").expect("granted"), Grant::default());
}

#[test]
fn a_trap_is_named() {
    let fault = fault(call("(unreachable)"));
    assert!(
        matches!(&fault, Fault::Trapped(said) if said.contains("unreachable")),
        "{fault}"
    );
}

#[test]
fn a_loop_ends_at_its_processor_time() {
    let begun = Instant::now();
    let fault = fault(call("(loop (br 0)) (i32.const 1024)"));
    assert!(
        matches!(fault, Fault::CpuExceeded(limit) if limit == policy().limits.cpu),
        "{fault}"
    );
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[test]
fn others_run_while_a_guest_computes() {
    let image = image(&authorizer("(loop (br 0)) (i32.const 1024)"), policy());
    let turns = on_a_worker(async {
        let mut turns = 0;
        let other = async {
            loop {
                turns += 1;
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = authorize(&image) => {}
            () = other => {}
        }
        turns
    });
    assert!(turns > 5, "{turns}");
}

#[test]
fn wall_time_ends_a_guest_that_only_computes() {
    let mut policy = policy();
    policy.limits.cpu = Duration::from_secs(60);
    policy.limits.wall = Duration::from_millis(20);
    let image = image(&authorizer("(loop (br 0)) (i32.const 1024)"), policy);
    let fault = fault(on_a_worker(authorize(&image)));
    assert!(matches!(fault, Fault::TimedOut(_)), "{fault}");
}

#[test]
fn recursion_is_a_trap() {
    let recurses = r#"(call $deeper (i32.const 0))) (func $deeper (param i32) (result i32)
        (i32.add (call $deeper (local.get 0)) (i32.const 1))"#;
    let fault = fault(call(recurses));
    assert!(
        matches!(&fault, Fault::Trapped(said) if said.contains("stack")),
        "{fault}"
    );
}

#[test]
fn growing_memory_over_the_limit_is_named() {
    let fault = fault(call("(drop (memory.grow (i32.const 64))) (i32.const 1024)"));
    assert!(
        matches!(fault, Fault::MemoryExceeded(limit) if limit == 1 << 20),
        "{fault}"
    );
}

#[test]
fn returning_too_much_is_named() {
    let fault = fault(call(
        r#"(drop (memory.grow (i32.const 8)))
           (i32.store (i32.const 1032) (i32.const 500000)) (i32.const 1024)"#,
    ));
    assert!(matches!(fault, Fault::ReturnedTooMuch(_)), "{fault}");
}

#[test]
fn results_that_are_not_utf8_break_the_contract() {
    let fault = fault(call(
        r#"(i32.store (i32.const 1028) (i32.const 2048))
           (i32.store (i32.const 1032) (i32.const 1))
           (i32.store8 (i32.const 2048) (i32.const 255)) (i32.const 1024)"#,
    ));
    assert!(
        matches!(&fault, Fault::Contract(said) if said.contains("utf-8")),
        "{fault}"
    );
}

#[test]
fn results_out_of_bounds_break_the_contract() {
    let fault = fault(call(
        r#"(i32.store (i32.const 1028) (i32.const 0x7fffffff))
           (i32.store (i32.const 1032) (i32.const 1)) (i32.const 1024)"#,
    ));
    assert!(matches!(fault, Fault::Contract(_)), "{fault}");
}

#[test]
fn a_request_never_sees_what_another_left() {
    let image = image(&authorizer(COUNTS), policy());
    on_a_worker(async {
        for _ in 0..5 {
            let grant = authorize(&image).await.expect("granted");
            assert_eq!(grant.principal.len(), 1);
        }
    });
}

#[test]
fn a_reused_instance_is_replaced_in_time() {
    let image = image(&authorizer(COUNTS), under_reuse(8));
    let longest = on_a_worker(async {
        let mut longest = 0;
        for _ in 0..100 {
            let grant = authorize(&image).await.expect("granted");
            longest = longest.max(grant.principal.len());
        }
        longest
    });
    assert!((4..=8).contains(&longest), "{longest}");
    assert!(image.pool.taken() <= 1);
}

#[test]
fn a_trap_throws_a_reused_instance_away() {
    let image = image(&authorizer(TRAPS_AT_THREE), under_reuse(1_000_000));
    on_a_worker(async {
        for expected in [Some(1), Some(2), None, Some(1), Some(2), None, Some(1)] {
            let principal = authorize(&image)
                .await
                .ok()
                .map(|grant| grant.principal.len());
            assert_eq!(principal, expected);
        }
    });
}

#[test]
fn idle_instances_of_a_swapped_image_go() {
    on_a_worker(async {
        let old = image(&authorizer(COUNTS), under_reuse(100));
        let pool = old.pool.clone();
        authorize(&old).await.expect("granted");
        assert_eq!(pool.taken(), 1);
        drop(old);
        let new = image(&authorizer(COUNTS), under_reuse(100));
        authorize(&new).await.expect("granted");
        assert_eq!(pool.taken(), 0);
    });
}

#[test]
fn ten_traps_switch_the_plugin_off() {
    let image = image(&authorizer("(unreachable)"), policy());
    on_a_worker(async {
        for _ in 0..10 {
            assert!(matches!(fault(authorize(&image).await), Fault::Trapped(_)));
        }
        assert!(matches!(
            fault(authorize(&image).await),
            Fault::BreakerOpen(10)
        ));
    });
    assert!(image.account.breaker.is_open());
}

#[test]
fn more_calls_than_allowed_wait_their_turn() {
    let mut policy = policy();
    policy.limits.concurrent = 1;
    policy.limits.cpu = Duration::from_secs(1);
    let spins = r#"(local $n i32)
        (loop (local.set $n (i32.add (local.get $n) (i32.const 1)))
              (br_if 0 (i32.lt_u (local.get $n) (i32.const 5000000))))
        (i32.const 1024)"#;
    let image = image(&authorizer(spins), policy);
    on_a_worker(async {
        let (first, second) = tokio::join!(authorize(&image), authorize(&image));
        assert!(first.is_ok() && second.is_ok());
    });
    assert_eq!(image.account.gate.inside(), 0);
}

#[test]
fn who_waits_too_long_is_refused_as_busy() {
    let mut policy = policy();
    policy.limits.concurrent = 1;
    policy.limits.wall = Duration::from_millis(10);
    let image = image(&authorizer("(i32.const 1024)"), policy);
    on_a_worker(async {
        let _turn = image.account.gate.enter(Duration::ZERO).await;
        assert!(matches!(fault(authorize(&image).await), Fault::Busy(1)));
    });
}

#[test]
fn a_request_that_is_given_up_leaves_nothing_behind() {
    let image = image(&authorizer("(loop (br 0)) (i32.const 1024)"), policy());
    on_a_worker(async {
        let soon = async {
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            _ = authorize(&image) => panic!("it never ends"),
            () = soon => {}
        }
    });
    assert_eq!((image.account.gate.inside(), image.pool.taken()), (0, 0));
    assert_eq!(image.account.stats.read()[0].outcomes["cancelled"], 1);
}

#[test]
fn every_call_is_counted() {
    let image = image(&authorizer("(i32.const 1024)"), policy());
    on_a_worker(async {
        for _ in 0..3 {
            authorize(&image).await.expect("granted");
        }
    });
    let stats = image.account.stats.read();
    assert_eq!((stats[0].hook, stats[0].calls), (Hook::Authorizer, 3));
    assert_eq!(stats[0].outcomes["done"], 3);
    assert_eq!(stats[0].memory_peak, 2 << 16);
    assert!(stats[0].seconds > 0.0);
}

#[test]
fn headers_reach_the_guest() {
    // Grants with the value of the first header as principal: headers stand at 28 of the arguments.
    let echoes = r#"(local $pair i32)
        (local.set $pair (i32.load offset=28 (local.get $args)))
        (i32.store (i32.const 1028) (i32.load offset=8 (local.get $pair)))
        (i32.store (i32.const 1032) (i32.load offset=12 (local.get $pair)))
        (i32.const 1024)"#;
    let interest = Interest {
        headers: Names::from(vec!["x-api-key".to_owned()]),
        ..Interest::default()
    };
    let image = image_with(&authorizer(echoes), policy(), interest, None);
    let mut headers = HeaderMap::new();
    headers.insert("cookie", http::HeaderValue::from_static("no"));
    headers.insert("x-api-key", http::HeaderValue::from_static("k-1"));
    let grant = on_a_worker(authorize_with(&image, &headers)).expect("granted");
    assert_eq!(grant.principal, "k-1");
}

#[test]
fn without_a_snapshot_each_instance_is_configured() {
    let entries = Some(vec!["{}".to_owned()]);
    let image = image_with(&authorizer(COUNTS), policy(), Interest::default(), entries);
    assert!(on_a_worker(authorize(&image)).is_ok());
}

/// An authorizer that never comes to its end when it starts.
fn spins_at_start() -> Vec<u8> {
    authorizer("(i32.const 1024)) (func $spin (loop (br 0))) (start $spin) (func")
}

#[test]
fn starting_counts_as_the_call_does() {
    let fault = fault(on_a_worker(authorize(&image(&spins_at_start(), policy()))));
    assert!(
        matches!(fault, Fault::CpuExceeded(limit) if limit == policy().limits.cpu),
        "{fault}"
    );
}

#[test]
fn configuring_an_instance_ends_with_the_wall_time_of_its_call() {
    let mut policy = policy();
    policy.limits.configure = Duration::from_secs(60);
    policy.limits.wall = Duration::from_millis(20);
    let entries = Some(vec!["{}".to_owned()]);
    let image = image_with(&spins_at_start(), policy, Interest::default(), entries);
    let fault = fault(on_a_worker(authorize(&image)));
    assert!(matches!(fault, Fault::TimedOut(_)), "{fault}");
}

#[test]
fn stale_without_anything_newer_is_unauthorized() {
    // A refusal, code `stale` at 4096.
    let stale = r#"(i32.store8 (i32.const 1024) (i32.const 1))
        (i32.store (i32.const 1028) (i32.const 4096))
        (i32.store (i32.const 1032) (i32.const 5))
        (i32.const 1024)) (data (i32.const 4096) "stale") (func"#;
    match call(stale) {
        Err(Denial::Refused(refusal)) => assert_eq!(refusal.status, 401),
        other => panic!("no refusal but {other:?}"),
    }
}
