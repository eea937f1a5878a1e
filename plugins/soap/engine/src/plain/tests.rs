#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    json,
    xml::{self, Limits},
};

fn to_json(document: &str, rules: &Rules) -> String {
    let root = xml::read(document, &Limits::default()).unwrap();
    super::to_json(&root, rules).to_json()
}

fn to_xml(text: &str, rules: &Rules) -> Result<String, String> {
    let value = json::read(text, &Limits::default()).unwrap();
    let document = super::to_xml(&value, rules).map_err(|mistake| mistake.to_string())?;
    Ok(document.replace(r#"<?xml version="1.0" encoding="UTF-8"?>"#, ""))
}

/// Both ways, to the same bytes.
fn both(document: &str, text: &str, rules: &Rules) {
    assert_eq!(to_json(document, rules), text);
    assert_eq!(to_xml(text, rules).unwrap(), document);
}

const NIL: &str = r#"xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance""#;

#[test]
fn rules_of_the_table_hold_both_ways() {
    let rules = Rules::default();
    for (document, text) in [
        ("<a>x</a>", r#"{"a":"x"}"#),
        ("<a/>", r#"{"a":""}"#),
        ("<a> </a>", r#"{"a":" "}"#),
        (r#"<a b="1">x</a>"#, r##"{"a":{"@b":"1","#text":"x"}}"##),
        (r#"<a b="1"/>"#, r#"{"a":{"@b":"1"}}"#),
        ("<a><b>1</b><b>2</b></a>", r#"{"a":{"b":["1","2"]}}"#),
        (
            "<a><b>1</b><c/><d><e>2</e></d></a>",
            r#"{"a":{"b":"1","c":"","d":{"e":"2"}}}"#,
        ),
        (
            "<a>x<b/>y</a>",
            r##"{"a":{"#content":["x",{"b":""},"y"]}}"##,
        ),
        (
            r#"<a t="1">x<b u="2"/></a>"#,
            r##"{"a":{"@t":"1","#content":["x",{"b":{"@u":"2"}}]}}"##,
        ),
        ("<a>&lt;&amp;&gt;\"</a>", r#"{"a":"<&>\""}"#),
    ] {
        both(document, text, &rules);
    }
    let document = format!(r#"<a {NIL}><b xsi:nil="true"/><c d="1" xsi:nil="true"/></a>"#);
    both(
        &document,
        r##"{"a":{"b":null,"c":{"@d":"1","#text":null}}}"##,
        &rules,
    );
}

#[test]
fn white_space_between_elements_and_comments_is_dropped() {
    let document = "<a>\n  <b>1</b><!-- x -->\n  <b>2</b>\n</a>";
    assert_eq!(
        to_json(document, &Rules::default()),
        r#"{"a":{"b":["1","2"]}}"#
    );
}

#[test]
fn named_elements_are_arrays_even_alone() {
    let path = |path: &str| path.split('/').map(str::to_owned).collect();
    let rules = Rules {
        arrays: vec![path("c"), path("x/b")],
        ..Rules::default()
    };
    let document = "<a><b>1</b><x><b>2</b></x><c/></a>";
    assert_eq!(
        to_json(document, &rules),
        r#"{"a":{"b":"1","x":{"b":["2"]},"c":[""]}}"#
    );
}

#[test]
fn scalars_are_typed_on_request_and_keep_their_digits() {
    let rules = Rules {
        scalars: true,
        ..Rules::default()
    };
    both(
        r#"<a b="1"><c>1.50</c><d>true</d><e>007</e><f>1e3</f><g>-0.0</g><h>NaN</h><i>+1</i></a>"#,
        r#"{"a":{"@b":1,"c":1.50,"d":true,"e":"007","f":1e3,"g":-0.0,"h":"NaN","i":"+1"}}"#,
        &rules,
    );
}

#[test]
fn namespaces_are_kept_dropped_or_written_by_known_prefixes() {
    let document =
        r#"<o:a xmlns:o="urn:o" xmlns="urn:d" o:x="1"><b/><c xmlns:q="urn:q"><q:d/></c></o:a>"#;
    let mut rules = Rules::default();
    assert_eq!(
        to_json(document, &rules),
        r#"{"a":{"@x":"1","b":"","c":{"d":""}}}"#
    );
    rules.namespaces = Namespaces::Keep;
    both(
        document,
        r#"{"o:a":{"@xmlns:o":"urn:o","@xmlns":"urn:d","@o:x":"1","b":"","c":{"@xmlns:q":"urn:q","q:d":""}}}"#,
        &rules,
    );
    rules.prefixes = vec![
        ("k".to_owned(), "urn:o".to_owned()),
        (String::new(), "urn:d".to_owned()),
    ];
    rules.namespaces = Namespaces::Drop;
    let text = r#"{"k:a":{"@k:x":"1","b":"","c":{"d":""}}}"#;
    assert_eq!(to_json(document, &rules), text);
    assert_eq!(
        to_xml(text, &rules).unwrap(),
        r#"<k:a xmlns:k="urn:o" xmlns="urn:d" k:x="1"><b/><c><d/></c></k:a>"#
    );
}

#[test]
fn order_of_interleaved_elements_is_kept_on_request() {
    let rules = Rules {
        order: true,
        ..Rules::default()
    };
    both(
        "<a><b>1</b><c/><b>2</b></a>",
        r##"{"a":{"#content":[{"b":"1"},{"c":""},{"b":"2"}]}}"##,
        &rules,
    );
    both(
        "<a><b>1</b><b>2</b><c/></a>",
        r#"{"a":{"b":["1","2"],"c":""}}"#,
        &rules,
    );
}

#[test]
fn cdata_is_kept_on_request() {
    let rules = Rules {
        cdata: Some("#cdata".to_owned()),
        ..Rules::default()
    };
    both(
        "<a><![CDATA[<x>]]></a>",
        r##"{"a":{"#cdata":"<x>"}}"##,
        &rules,
    );
    assert_eq!(
        to_json("<a><![CDATA[<x>]]></a>", &Rules::default()),
        r#"{"a":"<x>"}"#
    );
}

#[test]
fn what_xml_cannot_say_is_refused_at_its_place() {
    for (text, message) in [
        (
            "[]",
            "a document has one root element: send an object with one member",
        ),
        (
            r#"{"a":1,"b":2}"#,
            "a document has one root element: send an object with one member",
        ),
        (
            r#"{"a":[1,2]}"#,
            "a document has one root element: send an object with one member",
        ),
        (r#"{"a b":1}"#, "`/a b`: `a b` is not a name in XML"),
        (
            r#"{"a":{"b><c":1}}"#,
            "`/a/b><c`: `b><c` is not a name in XML",
        ),
        (
            r#"{"a":{"b":[[1]]}}"#,
            "`/a/b/0`: XML has no arrays in arrays: name what is in it",
        ),
        (
            r#"{"a":{"@b":{}}}"#,
            "`/a/@b`: must be a text, a number or a boolean, not an object",
        ),
        (
            r#"{"a":{"@b c":""}}"#,
            "`/a/@b c`: `b c` is not a name in XML",
        ),
        (
            r#"{"a":{"p:b":1}}"#,
            "`/a/p:b`: the prefix `p` is not declared: add a member `@xmlns:p`",
        ),
        (
            r#"{"a":{"b":{"@xmlns:p":"u"},"p:c":1}}"#,
            "`/a/p:c`: the prefix `p` is not declared: add a member `@xmlns:p`",
        ),
        (
            r#"{"a":{"b/c":"\u0000"}}"#,
            "`/a/b~1c`: `b/c` is not a name in XML",
        ),
        (
            r#"{"a":"\u0000"}"#,
            "`/a`: holds a control character, which XML cannot",
        ),
        (
            r##"{"a":{"#content":"x"}}"##,
            "`/a/#content`: must be an array of texts and objects",
        ),
    ] {
        assert_eq!(
            to_xml(text, &Rules::default()).unwrap_err(),
            message,
            "{text}"
        );
    }
}
