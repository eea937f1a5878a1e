use super::*;

/// A component of one module, with a memory of three pages.
fn component(module: &str) -> Vec<u8> {
    let text = format!("(component (core module (memory (export \"m\") 3) {module}))");
    wat::parse_str(text).unwrap()
}

fn cut(module: &str) -> Stencil {
    let stencil = Stencil::cut(&component(module)).unwrap();
    let mut validator = wasmparser::Validator::new();
    validator.validate_all(&stencil.component).unwrap();
    stencil
}

#[test]
fn data_of_one_memory_become_one_piece() {
    let stencil = cut(r#"(data (i32.const 65540) "one") (data (i32.const 70000) "two")"#);
    let [memory] = stencil.memories.as_slice() else {
        panic!("one memory");
    };
    assert_eq!(memory.len() as u64, 2 * PAGE);
    assert_eq!(&memory[4..7], b"one");
    assert_eq!(&memory[70000 - 65536..][..3], b"two");
    assert!(memmem::find(&stencil.component, b"one").is_none());
}

#[test]
fn data_that_fill_as_many_pages_have_the_same_stencil() {
    let stencil = |data: &str| cut(data).component;
    let one = stencil(r#"(data (i32.const 65540) "one")"#);
    let other = stencil(r#"(data (i32.const 65536) "a") (data (i32.const 65999) "longer")"#);
    assert_eq!(one, other);
    assert_ne!(one, stencil(r#"(data (i32.const 80000) "elsewhere")"#));
    assert_ne!(one, stencil(""));
}

#[test]
fn segments_that_instructions_know_keep_their_numbers() {
    let known = r#"(data "here") (data (i32.const 8) "gone") (data $p "stays") (data (i32.const 9) "data")
        (func i32.const 0 i32.const 0 i32.const 5 memory.init $p data.drop $p)"#;
    let stencil = cut(known);
    for passive in ["here", "stays"] {
        assert!(memmem::find(&stencil.component, passive.as_bytes()).is_some());
    }
    assert!(memmem::find(&stencil.component, b"gone").is_none());
    assert_eq!(&stencil.memories[0][8..13], b"gdata");
}

#[test]
fn data_go_where_the_pattern_stands() {
    let stencil = cut(r#"(data (i32.const 0) "data")"#);
    let pattern = pattern(0, PAGE as usize);
    let mut code = [b"before".as_slice(), &pattern, b"behind"].concat();
    stencil.fill(&mut code).unwrap();
    assert!(code.starts_with(b"beforedata\0\0"));
    assert!(code.ends_with(b"\0\0behind"));
}

#[test]
fn a_pattern_that_is_missing_cut_or_there_twice_is_not_filled() {
    let stencil = cut(r#"(data (i32.const 0) "data")"#);
    let pattern = pattern(0, PAGE as usize);
    let cut = &pattern[..pattern.len() - 1];
    for code in [b"".as_slice(), cut, &pattern.repeat(2)] {
        assert_eq!(stencil.fill(&mut code.to_vec()), None);
    }
}

#[test]
fn what_is_not_made_as_snapshots_are_has_no_stencil() {
    let far = r#"(data (i32.const 0) "a") (data (i32.const 4294900000) "b")"#;
    let elsewhere = r#"(import "a" "b" (global $g i32)) (data (global.get $g) "a")"#;
    let elsewhere = format!("(component (core module {elsewhere} (memory 1)))");
    for component in [component(far), wat::parse_str(elsewhere).unwrap()] {
        assert!(Stencil::cut(&component).is_none());
    }
    assert!(Stencil::cut(b"\0asm").is_none());
}
