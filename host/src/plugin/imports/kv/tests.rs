//! Values: what plugins may do to each other and to the bounds.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn past() -> Option<Instant> {
    end(Some(0))
}

fn hour() -> Option<Instant> {
    end(Some(3_600_000))
}

#[test]
fn plugins_do_not_see_each_other() {
    let stores = Stores::default();
    let (a, b) = (stores.of(&"a".into()), stores.of(&"b".into()));
    a.set("k", b"1".to_vec(), None).unwrap();
    assert_eq!(b.get("k").unwrap(), None);
    assert_eq!(
        stores.of(&"a".into()).get("k").unwrap().as_deref(),
        Some(&b"1"[..])
    );
}

#[test]
fn a_plugin_that_fills_its_store_takes_nothing_of_others() {
    let stores = Stores::default();
    let (greedy, modest) = (stores.of(&"greedy".into()), stores.of(&"modest".into()));
    modest.set("k", b"1".to_vec(), None).unwrap();
    for n in 0..CAPACITY / VALUE as u64 + 100 {
        greedy.set(&n.to_string(), vec![0; VALUE], None).unwrap();
    }
    greedy.entries.run_pending_tasks();
    modest.entries.run_pending_tasks();
    assert!(greedy.get("0").unwrap().is_none(), "the store was not full");
    assert!(modest.get("k").unwrap().is_some());
}

#[test]
fn a_value_ends_to_the_moment() {
    let store = KeyValue::new();
    store.set("k", b"1".to_vec(), past()).unwrap();
    assert_eq!(store.get("k").unwrap(), None);
    let swapped = store.compare_and_swap("k", None, b"2".to_vec(), hour());
    assert_eq!(swapped, Ok(true));
    assert!(store.get("k").unwrap().is_some());
}

#[test]
fn the_longest_time_is_no_end() {
    let store = KeyValue::new();
    store.set("k", vec![], end(Some(u64::MAX))).unwrap();
    assert!(store.get("k").unwrap().is_some());
}

#[test]
fn a_number_that_ended_begins_anew() {
    let store = KeyValue::new();
    assert_eq!(store.increment("n", 5, past()), Ok(5));
    assert_eq!(store.increment("n", 2, None), Ok(2));
    assert_eq!(store.increment("n", -3, past()), Ok(-1));
    assert_eq!(store.increment("n", 1, past()), Ok(0), "keeps its end");
}

#[test]
fn what_is_no_number_is_a_conflict() {
    let store = KeyValue::new();
    for text in ["", "x", "1.5", " 1", "9223372036854775808"] {
        store.set("n", text.into(), None).unwrap();
        let refused = store.increment("n", 1, None).unwrap_err();
        assert_eq!(refused.code, Code::Conflict, "{text:?}");
    }
    store.set("n", b"-7".to_vec(), None).unwrap();
    assert_eq!(store.increment("n", 1, None), Ok(-6));
}

#[test]
fn a_sum_that_overflows_changes_nothing() {
    let store = KeyValue::new();
    store.increment("n", i64::MAX, None).unwrap();
    let refused = store.increment("n", 1, None).unwrap_err();
    assert_eq!(refused.code, Code::Limit);
    assert_eq!(store.increment("n", 0, None), Ok(i64::MAX));
}

#[test]
fn sizes_are_bounded() {
    let store = KeyValue::new();
    let long = "k".repeat(KEY + 1);
    assert_eq!(store.get(&long).unwrap_err().code, Code::Limit);
    let big = vec![0; VALUE + 1];
    assert_eq!(store.set("k", big, None).unwrap_err().code, Code::Limit);
    assert!(store.set(&long[1..], vec![0; VALUE], None).is_ok());
}

#[test]
fn the_least_used_go_first() {
    let store = KeyValue::bounded(100_000);
    for n in 0..1000 {
        store.set(&n.to_string(), vec![0; 1000], None).unwrap();
    }
    store.entries.run_pending_tasks();
    assert!(store.entries.weighted_size() <= 100_000);
    assert!(store.get("999").unwrap().is_some());
    assert!(store.get("0").unwrap().is_none());
}

#[test]
fn threads_lose_no_increment() {
    let store = KeyValue::new();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                (0..500).for_each(|_| drop(store.increment("n", 1, hour())));
            });
        }
    });
    assert_eq!(store.increment("n", 0, None), Ok(4000));
}

#[test]
fn one_thread_wins_a_swap() {
    let store = KeyValue::new();
    let swap = |n: u8| store.compare_and_swap("k", None, vec![n], None);
    let swap = &swap;
    let wins = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|n| scope.spawn(move || swap(n))).collect();
        let outcomes = threads.into_iter().map(|thread| thread.join().unwrap());
        outcomes.filter(|outcome| *outcome == Ok(true)).count()
    });
    assert_eq!(wins, 1);
}
