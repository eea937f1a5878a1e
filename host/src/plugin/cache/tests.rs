use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
};

use super::*;
use crate::plugin::scratch::Scratch;

/// A component that gives the first word of its memory.
fn component(data: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
            (core module $m
                (memory 1)
                (data (i32.const 0) "{data}")
                (func (export "first") (result i32) (i32.load (i32.const 0))))
            (core instance $i (instantiate $m))
            (func (export "first") (result u32) (canon lift (core func $i "first"))))"#
    );
    wat::parse_str(text).unwrap()
}

fn open(place: &Scratch) -> Cache {
    Cache::open(place.path()).unwrap()
}

fn files(place: &Scratch, ending: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(place.join("code")).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect()
}

/// Compiles on one thread, as the gateway does: what an engine compiled before must not show.
fn machine(cache: &Cache) -> Machine {
    let mut config = wasmtime::Config::new();
    config
        .parallel_compilation(false)
        .enable_incremental_compilation(cache.functions())
        .unwrap();
    Machine::new(Engine::new(&config).unwrap(), config).unwrap()
}

/// Opens the cache as a new start of the gateway would; how much it has to compile.
fn compiles(place: &Scratch, keep: Keep) -> (u64, u64) {
    start(place, keep, "data")
}

/// The same of a component with some data, which it is asked for.
fn start(place: &Scratch, keep: Keep, data: &str) -> (u64, u64) {
    let cache = open(place);
    let machine = machine(&cache);
    let plugin = Digest::of(b"plugin");
    let code = cache.component(&component(data), &plugin, keep, &machine);
    let word = u32::from_le_bytes(*data.as_bytes().first_chunk().unwrap());
    assert_eq!(first(&machine.engine, &code.unwrap().component), word);
    (cache.compiled(), cache.functions_compiled())
}

fn first(engine: &Engine, component: &Component) -> u32 {
    let mut store = wasmtime::Store::new(engine, ());
    let linker = wasmtime::component::Linker::new(engine);
    let instance = linker.instantiate(&mut store, component).unwrap();
    let first = instance.get_typed_func::<(), (u32,)>(&mut store, "first");
    first.unwrap().call(&mut store, ()).unwrap().0
}

#[test]
fn a_second_start_compiles_nothing() {
    for keep in [Keep::Whole, Keep::Code] {
        let place = Scratch::new("second-start");
        let (components, functions) = compiles(&place, keep);
        assert_eq!(components, 1);
        assert!(functions > 0);
        assert_eq!(compiles(&place, keep), (0, 0));
    }
}

#[test]
fn code_is_kept_without_data_and_serves_others() {
    let place = Scratch::new("data");
    start(&place, Keep::Code, "open sesame");
    assert_eq!(start(&place, Keep::Code, "another word"), (0, 0));
    for file in [&files(&place, ".code")[0], &files(&place, ".functions")[0]] {
        let kept = fs::read(file).unwrap();
        assert_eq!(memchr::memmem::find(&kept, b"sesame"), None);
    }
}

#[test]
fn only_functions_are_kept_where_nothing_else_may_be() {
    let place = Scratch::new("private");
    compiles(&place, Keep::Functions);
    assert!(files(&place, ".code").is_empty());
    assert_eq!(files(&place, ".functions").len(), 1);
    assert_eq!(compiles(&place, Keep::Functions), (1, 0));
}

#[test]
fn functions_are_found_whatever_was_compiled_before() {
    let place = Scratch::new("history");
    let cache = open(&place);
    let machine = machine(&cache);
    let plugin = Digest::of(b"plugin");
    let mut compiled = Vec::new();
    for data in ["one", "two", "three"] {
        let code = cache.component(&component(data), &plugin, Keep::Functions, &machine);
        assert_eq!(code.unwrap().work.compiles, 1);
        compiled.push(cache.functions_compiled());
    }
    assert_eq!(compiled, vec![compiled[0]; 3]);
}

#[test]
fn damaged_code_is_compiled_again() {
    let place = Scratch::new("damaged");
    compiles(&place, Keep::Whole);
    let file = &files(&place, ".code")[0];
    let whole = fs::read(file).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let cut = whole[..whole.len() / 2].to_vec();
    for bad in [flipped, cut, Vec::new(), b"something else".to_vec()] {
        fs::write(file, bad).unwrap();
        assert_eq!(compiles(&place, Keep::Whole).0, 1);
        assert_eq!(compiles(&place, Keep::Whole).0, 0);
    }
}

#[test]
fn code_sealed_with_another_key_is_not_trusted() {
    let place = Scratch::new("foreign");
    compiles(&place, Keep::Whole);
    fs::remove_file(place.join("key")).unwrap();
    assert_eq!(compiles(&place, Keep::Whole).0, 1);
}

#[test]
fn a_file_does_not_pass_for_another() {
    let place = Scratch::new("renamed");
    compiles(&place, Keep::Whole);
    let (code, functions) = (&files(&place, ".code")[0], &files(&place, ".functions")[0]);
    fs::copy(functions, code).unwrap();
    assert_eq!(compiles(&place, Keep::Whole).0, 1);
}

#[test]
fn directories_that_others_may_write_to_are_refused() {
    let place = Scratch::new("writable");
    compiles(&place, Keep::Whole);
    fs::set_permissions(place.path(), Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(
        Cache::open(place.path()),
        Err(Unsafe::Writable(_))
    ));
    fs::set_permissions(place.path(), Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(place.join("code"), Permissions::from_mode(0o775)).unwrap();
    assert!(matches!(
        Cache::open(place.path()),
        Err(Unsafe::Writable(_))
    ));
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    let place = Scratch::new("open-key");
    compiles(&place, Keep::Whole);
    fs::set_permissions(place.join("key"), Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(Cache::open(place.path()), Err(Unsafe::BadKey(_))));
}

#[test]
fn the_oldest_files_go_first() {
    let place = Scratch::new("trim");
    let sealed = Sealed::open(place.path(), 4_000).unwrap();
    for name in ["a", "b", "c", "d"] {
        assert!(sealed.write(name, &[7; 1_200]));
        let file = fs::File::open(place.join("code").join(name)).unwrap();
        let age = std::time::Duration::from_secs(u64::from(b'z' - name.as_bytes()[0]));
        file.set_modified(std::time::SystemTime::now() - age)
            .unwrap();
    }
    assert!(sealed.read("a").is_none());
    assert_eq!(*sealed.read("d").unwrap(), [7; 1_200]);
}
