#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write;

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

use super::{Pattern, categories};

#[test]
fn whole_texts_match() {
    for (pattern, good, bad) in [
        ("[A-Z]{3}", "EUR", "EURO"),
        ("a|bc", "bc", "abc"),
        ("(ab)+c?", "ababc", "abac"),
        ("a{2,}", "aaa", "a"),
        ("a{1,2}b{2}", "abb", "aaabb"),
        ("", "", "a"),
        (".*", "a\u{2028}b", "a\nb"),
        (r"\.\-\\\{\}\^", r".-\{}^", "x-\\{}^"),
        ("[^abc]", "d", "b"),
        ("[-+]", "-", "0"),
        ("[+-]", "-", ","),
        ("[a-c-]", "-", "d"),
        (r"[\[\]]", "]", "x"),
        ("[$^]", "^", "x"),
        ("5$|^", "5$", "5"),
        ("^a$", "a", "^a$"),
        (r"\d{2}", "4٢", "4²"),
        (r"\D", "²", "2"),
        (r"\s", "\t", "\u{a0}"),
        (r"\w+", "Straße9+", "a-b"),
        (r"\W", "-", "a"),
        (r"\i\c*", "ä:b-1.c", "1a"),
        (r"\I\C", "1 ", "a "),
        (r"\p{Lu}\p{Ll}", "Äß", "äß"),
        (r"\P{L}", "1", "é"),
        (
            r"\p{Zl}\p{Co}\P{Cn}",
            "\u{2028}\u{f8ff}\u{10fffd}",
            "\u{2028}\u{f8ff}\u{378}",
        ),
        (r"[\p{L}\p{Nd}]+", "é1", "é-"),
        (r"\p{IsBasicLatin}+", "abc", "ä"),
        (r"[\p{IsBasicLatin}\p{IsLatin-1Supplement}]*", "ä", "ł"),
        ("[a-z-[aeiou]]+", "xyz", "xaz"),
        ("[^a-z-[0-9]]", "A", "5"),
        ("[a-z-[b-y-[m]]]", "m", "n"),
        (r"[\w-[\d]]", "a", "1"),
        ("[\u{d7ff}-\u{e000}]", "\u{e000}", "\u{e001}"),
    ] {
        let compiled = Pattern::compile(&[pattern]).unwrap();
        assert!(compiled.matches(good), "{pattern} {good}");
        assert!(!compiled.matches(bad), "{pattern} {bad}");
    }
}

#[test]
fn one_of_several_is_enough() {
    let pattern = Pattern::compile(&["a|b", "c"]).unwrap();
    assert!(pattern.matches("b") && pattern.matches("c") && !pattern.matches("bc"));
    assert_eq!(pattern.shown(), "`a|b` or `c`");
}

#[test]
fn patterns_that_mean_the_same_in_javascript_are_shown() {
    let shown = |source| Pattern::compile(&[source]).unwrap().plain();
    assert_eq!(shown("[A-Z]{3}|-").as_deref(), Some("^(?:[A-Z]{3}|-)$"));
    for other in [r"\d", "5$|^", ".", "[a-z-[b]]"] {
        assert_eq!(shown(other), None, "{other}");
    }
}

#[test]
fn patterns_that_cannot_be_read_tell_where() {
    for (pattern, message) in [
        ("a(b", "`(` is not closed, at character 3"),
        ("a)b", "`)` closes nothing: write `\\)`, at character 1"),
        ("[ab", "`[` is not closed, at character 3"),
        ("a]", "`]` closes nothing: write `\\]`, at character 2"),
        (
            "*a",
            "`*` has nothing to repeat: write `\\*`, at character 1",
        ),
        (
            "a+?",
            "`?` has nothing to repeat: write `\\?`, at character 3",
        ),
        (
            "a{,2}",
            "a repetition is `{2}`, `{2,}` or `{2,5}`, at character 2",
        ),
        (
            "a{3,2}",
            "a repetition is `{2}`, `{2,}` or `{2,5}`, at character 6",
        ),
        (
            "[z-a]",
            "a range goes from a character to a larger one, at character 4",
        ),
        (
            "[a-z-[b]c]",
            "a subtraction ends its class: `[a-z-[aeiou]]`, at character 8",
        ),
        (r"a\b", "there is no escape `\\b`, at character 3"),
        (
            r"\p{Latin}",
            "`Latin` is no category, and no block that is known here, at character 9",
        ),
        (
            r"\p{IsKlingon}",
            "`IsKlingon` is no category, and no block that is known here",
        ),
        (
            r"\pL",
            "`\\p` is followed by a category or block such as `{Lu}`",
        ),
        ("\\", "`\\` ends the pattern"),
    ] {
        let refused = Pattern::compile(&[pattern]).unwrap_err();
        assert!(refused.contains(message), "{pattern}: {refused}");
    }
    let deep = "(".repeat(100_000);
    assert!(
        Pattern::compile(&[&deep])
            .unwrap_err()
            .contains("too deeply")
    );
    let large = Pattern::compile(&["((a{1000}){1000}){1000}"]).unwrap_err();
    assert!(large.contains("is too large"), "{large}");
}

/// What takes others exponential time.
#[test]
fn matching_takes_linear_time() {
    let pattern = Pattern::compile(&["(a+)+b|(a|aa)*c"]).unwrap();
    assert!(!pattern.matches(&"a".repeat(20_000)));
}

/// General categories, surrogates left out.
const CATEGORIES: [&str; 29] = [
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi",
    "Pf", "Po", "Zs", "Zl", "Zp", "Sm", "Sc", "Sk", "So", "Cc", "Cf", "Co", "Cn",
];

#[test]
fn categories_are_those_of_unicode() {
    let mut runs = vec![("Cs", 0xd800, 0xdfff)];
    for name in CATEGORIES {
        runs.extend(ranges(name).map(|(first, last)| (name, first, last)));
    }
    runs.sort_by_key(|(_, first, _)| *first);
    if std::env::var_os("UPDATE").is_some() {
        write_categories(&runs);
        return;
    }
    runs.retain(|(name, ..)| *name != "Cs");
    let known = categories::runs().map(|(name, first, last)| (name, first.into(), last.into()));
    assert!(known.eq(runs), "run this test with `UPDATE=1`");
}

fn ranges(category: &str) -> impl Iterator<Item = (u32, u32)> {
    let class = match regex_syntax::parse(&format!("\\p{{{category}}}"))
        .unwrap()
        .into_kind()
    {
        HirKind::Class(Class::Unicode(class)) => class,
        // One character.
        HirKind::Literal(literal) => {
            let c = str::from_utf8(&literal.0).unwrap().chars().next().unwrap();
            ClassUnicode::new([ClassUnicodeRange::new(c, c)])
        }
        other => panic!("{category} is {other:?}"),
    };
    let ranges: Vec<_> = class
        .iter()
        .map(|range| (range.start().into(), range.end().into()))
        .collect();
    ranges.into_iter()
}

fn write_categories(runs: &[(&str, u32, u32)]) {
    let mut out = String::new();
    let mut column = 0;
    for (name, first, last) in runs {
        let run = format!("{name}{}", base36(last - first + 1));
        column += run.len() + 1;
        let separator = if column > 119 { '\n' } else { ' ' };
        if column > 119 {
            column = run.len() + 1;
        }
        _ = write!(out, "{separator}{run}");
    }
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/schema/pattern/categories.txt"
    );
    std::fs::write(path, format!("{}\n", out.trim_start())).unwrap();
}

fn base36(number: u32) -> String {
    let digit = |number| char::from_digit(number % 36, 36).unwrap();
    match number / 36 {
        0 => digit(number).to_string(),
        more => format!("{}{}", base36(more), digit(number)),
    }
}
