//! Libraries as `wit-component` links them, merged.
#![expect(clippy::unwrap_used, reason = "tests")]

use wasmtime::{Engine, Store, component};

use super::*;

/// As `wit-component` links libraries: a shim first, the memory and table of all, two libraries that fill the table,
/// and what puts the host's functions into the shim.
const LINKED: &str = r#"(component
    (import "told" (func $told (param "what" string)))
    (core module $shim
        (table (export "lowered") 1 1 funcref)
        (type $told (func (param i32 i32)))
        (func (export "told") (param i32 i32)
            (call_indirect (type $told) (local.get 0) (local.get 1) (i32.const 0))))
    (core module $main
        (memory (export "memory") 1)
        (table (export "table") 4 funcref)
        (global (export "memory-base") i32 (i32.const 64))
        (global (export "first-base") i32 (i32.const 1))
        (global (export "second-base") i32 (i32.const 2))
        (global (export "calls") (mut i32) (i32.const 0)))
    (core module $first
        (import "env" "table" (table 4 funcref))
        (import "env" "first-base" (global $base i32))
        (import "env" "calls" (global $calls (mut i32)))
        (func $count (export "count") (result i32)
            (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
            (global.get $calls))
        (elem (global.get $base) func $count))
    (core module $second
        (import "env" "memory" (memory 1))
        (import "env" "table" (table 4 funcref))
        (import "env" "memory-base" (global $memory i32))
        (import "env" "second-base" (global $base i32))
        (import "env" "told" (func $told (param i32 i32)))
        (import "env" "count" (func $count (result i32)))
        (type $number (func (result i32)))
        (global $word (export "word") i32 (i32.add (global.get $memory) (i32.const 2)))
        (func $hundred (result i32) (i32.const 100))
        (elem (offset (global.get $base)) func $hundred)
        (data (offset (i32.add (global.get $memory) (i32.const 2))) "told")
        (func (export "run") (result i32)
            (call $told (global.get $word) (i32.const 4))
            (drop (call $count))
            (i32.add (call_indirect (type $number) (i32.const 1)) (call_indirect (type $number) (i32.const 2)))))
    (core module $fixups
        (import "" "table" (table 1 funcref))
        (import "" "told" (func $told (param i32 i32)))
        (import "main" "memory" (memory 1))
        (elem (i32.const 0) func $told))
    (core instance $shim (instantiate $shim))
    (core instance $main (instantiate $main))
    (alias core export $main "memory" (core memory $memory))
    (alias core export $main "table" (core table $table))
    (alias core export $main "memory-base" (core global $memory-base))
    (alias core export $main "first-base" (core global $first-base))
    (alias core export $main "second-base" (core global $second-base))
    (alias core export $main "calls" (core global $calls))
    (core instance $env (export "table" (table $table)) (export "first-base" (global $first-base))
        (export "calls" (global $calls)))
    (core instance $first (instantiate $first (with "env" (instance $env))))
    (alias core export $first "count" (core func $count))
    (alias core export $shim "told" (core func $shimmed))
    (core instance $env2 (export "memory" (memory $memory)) (export "table" (table $table))
        (export "memory-base" (global $memory-base)) (export "second-base" (global $second-base))
        (export "told" (func $shimmed)) (export "count" (func $count)))
    (core instance $second (instantiate $second (with "env" (instance $env2))))
    (alias core export $shim "lowered" (core table $lowered))
    (core func $lower (canon lower (func $told) (memory $memory)))
    (core instance $given (export "table" (table $lowered)) (export "told" (func $lower)))
    (core instance (instantiate $fixups (with "" (instance $given)) (with "main" (instance $main))))
    (alias core export $second "run" (core func $run))
    (func (export "run") (result u32) (canon lift (core func $run)))
)"#;

fn linked() -> Vec<u8> {
    wat::parse_str(LINKED).unwrap()
}

fn modules(component: &[u8]) -> usize {
    Parts::read(component).unwrap().modules.len()
}

/// What `run` gives, and what it told.
fn run(component: &[u8]) -> (u32, Vec<String>) {
    let engine = Engine::default();
    let component = component::Component::new(&engine, component).unwrap();
    let mut linker = component::Linker::<Vec<String>>::new(&engine);
    let told = |mut store: wasmtime::StoreContextMut<'_, Vec<String>>, (what,): (String,)| {
        store.data_mut().push(what);
        Ok(())
    };
    linker.root().func_wrap("told", told).unwrap();
    let mut store = Store::new(&engine, Vec::new());
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let run = instance
        .get_typed_func::<(), (u32,)>(&mut store, "run")
        .unwrap();
    let (number,) = run.call(&mut store, ()).unwrap();
    (number, store.into_data())
}

#[test]
fn libraries_become_one_module_that_does_the_same() {
    let merged = merged(&linked()).unwrap();
    assert_eq!((modules(&linked()), modules(&merged)), (5, 2));
    assert_eq!(run(&linked()), (102, vec!["told".to_owned()]));
    assert_eq!(run(&merged), run(&linked()));
}

#[test]
fn a_library_that_runs_at_its_start_stays_as_it_is() {
    let starts = LINKED.replace(
        "(elem (global.get $base) func $count)",
        "(elem (global.get $base) func $count)
        (func $start) (start $start)",
    );
    let starts = wat::parse_str(starts).unwrap();
    // And with it the one behind it, which imports from it.
    assert_eq!(merged(&starts), None);
}

#[test]
fn what_shares_no_table_is_left_alone() {
    let alone = LINKED.replace(r#"(import "env" "table" (table 4 funcref))"#, "");
    let alone = alone.replace("(elem", "(table 4 funcref) (elem");
    let alone = wat::parse_str(alone).unwrap();
    assert_eq!(merged(&alone), None);
    assert_eq!(merged(&wat::parse_str("(component)").unwrap()), None);
    assert_eq!(merged(b"\0asm cut"), None);
}
