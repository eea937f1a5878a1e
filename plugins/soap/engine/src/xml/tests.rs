#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn parse(text: &str) -> Element<'_> {
    read(text, &Limits::default()).unwrap()
}

fn refusal(text: &str) -> String {
    read(text, &Limits::default()).unwrap_err().to_string()
}

#[test]
fn namespaces_are_resolved() {
    let root = parse(r#"<a xmlns="urn:a" xmlns:b="urn:b" b:x="1" y="2"><b:c/><d xmlns=""/></a>"#);
    assert!(root.is("urn:a", "a"));
    assert_eq!(root.attribute("urn:b", "x"), Some("1"));
    assert_eq!(root.attribute("", "y"), Some("2"));
    let names: Vec<_> = root
        .elements()
        .map(|child| (&*child.name.namespace, child.name.local))
        .collect();
    assert_eq!(names, [("urn:b", "c"), ("", "d")]);
}

#[test]
fn text_is_joined_from_its_pieces() {
    let root = parse(
        "<?xml version='1.0'?><!-- x --><a t='&lt;&#65;\n'>1 &amp; <![CDATA[<2>]]>\r\n&#x33;<?pi?></a>\n",
    );
    assert_eq!(root.text(), "1 & <2>\n3");
    assert_eq!(root.attribute("", "t"), Some("<A "));
}

#[test]
fn what_is_not_well_formed_is_refused_at_its_place() {
    for (text, message) in [
        (
            "",
            "no element, or one that does not end at line 1 column 1",
        ),
        ("<a>", "line 1 column 4"),
        ("<a>\n <b></c></a>", "line 2 column 5"),
        ("<a/><b/>", "more than one root element at line 1 column 5"),
        ("<a/>x", "text outside of the root element"),
        ("x<a/>", "text outside of the root element"),
        ("<a b='1' b='2'/>", "line 1 column 1"),
        ("<a b='<'/>", "`<` in an attribute"),
        (
            "<a xmlns:p='u' xmlns:q='u' p:x='' q:x=''/>",
            "the attribute `x` stands twice",
        ),
        ("<p:a/>", "the prefix `p` is not declared"),
        ("<a p:b=''/>", "the prefix `p` is not declared"),
        ("<a:b:c xmlns:a='u'/>", "`a:b:c` is not a name"),
        ("<1/>", "`1` is not a name"),
        ("<a xmlns:p=''/>", "the prefix `p` cannot be declared so"),
        (
            "<a xmlns:xml='u'/>",
            "the prefix `xml` cannot be declared so",
        ),
        ("<a>]]></a>", "`]]>` outside of a CDATA section"),
        ("<a>\u{1}</a>", "a character that XML does not allow"),
        ("<a>&#1;</a>", "a character that XML does not allow"),
        ("<a b='&#1;'/>", "a character that XML does not allow"),
        ("<a>\u{ffff}</a>", "a character that XML does not allow"),
        ("<a>&#xd800;</a>", "no such character"),
        ("<a>&b;</a>", "the entity `b` is not known"),
        ("<a b='&b;'/>", "b"),
        ("<a>&</a>", "line 1"),
        (
            "<a/><?xml version='1.0'?>",
            "a declaration that does not stand first",
        ),
    ] {
        let refusal = refusal(text);
        assert!(refusal.contains(message), "{text}: {refusal}");
    }
}

#[test]
fn dtds_are_refused_before_anything_of_them_is_read() {
    for text in [
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1/x.dtd'> %p;]><a/>",
        "<!DOCTYPE a [<!ENTITY l 'lol'><!ENTITY m '&l;&l;&l;'>]><a>&m;</a>",
    ] {
        let refusal = refusal(text);
        assert!(
            refusal.starts_with("a DTD, which is not allowed"),
            "{text}: {refusal}"
        );
    }
}

#[test]
fn depth_and_size_are_bounded() {
    let deep = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
    assert!(read(&deep(64), &Limits::default()).is_ok());
    assert!(refusal(&deep(65)).starts_with("nested too deeply"));
    assert!(refusal(&"<a>".repeat(1_000_000)).starts_with("nested too deeply"));
    let limits = Limits { depth: 9, nodes: 4 };
    assert!(read("<a b='1'><c/><c/></a>", &limits).is_ok());
    assert!(read("<a b='1'><c/><c/><c/></a>", &limits).is_err());
    let attributes: String = (0..65).map(|n| format!(" a{n}=''")).collect();
    assert!(refusal(&format!("<a{attributes}/>")).starts_with("too many attributes"));
    let nested: String = (0..60)
        .map(|n| format!("<a xmlns:a{n}='' xmlns:b{n}='u' xmlns:c{n}='u'>").replace("=''", "='u'"))
        .collect();
    assert!(refusal(&nested).starts_with("too many namespaces"));
}

/// Each is small and would cost a reader that compares each with each, or looks through all, minutes.
#[test]
fn quadratic_blow_ups_end_at_once() {
    let many = |n: usize, piece: fn(usize) -> String| (0..n).map(piece).collect::<String>();
    let start = std::time::Instant::now();
    for text in [
        format!("<a {}/>", many(200_000, |n| format!("a{n}='' "))),
        format!("<a {}/>", many(200_000, |n| format!("xmlns:a{n}='u' "))),
        format!("<a>{}</a>", "&amp;".repeat(1_000_000)),
        format!("<a>{}</a>", "<![CDATA[]]>".repeat(1_000_000)),
        format!("<a>{}</a>", "<!-- -->x".repeat(500_000)),
        format!("<a>{}", "<".repeat(1_000_000)),
        format!("<a b='{}", "x".repeat(5_000_000)),
    ] {
        _ = read(&text, &Limits::default());
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn encodings_are_told_by_mark_transport_and_declaration() {
    let utf16 = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
        let units = "<ä/>".encode_utf16().flat_map(bytes);
        mark.into_iter().chain(units).collect::<Vec<_>>()
    };
    let latin: Vec<u8> = "<?xml version='1.0' encoding='ISO-8859-1'?><"
        .bytes()
        .chain([0xe4])
        .chain(*b"/>")
        .collect();
    for (bytes, charset) in [
        ("<ä/>".as_bytes().to_vec(), None),
        ("\u{feff}<ä/>".as_bytes().to_vec(), Some("iso-8859-1")),
        (utf16([0xfe, 0xff], u16::to_be_bytes), None),
        (utf16([0xff, 0xfe], u16::to_le_bytes), Some("utf-16")),
        (latin.clone(), None),
        (b"<\xe4/>".to_vec(), Some("ISO-8859-1")),
    ] {
        let text = decode(&bytes, charset).unwrap();
        assert_eq!(parse(&text).name.local, "ä");
    }
    for (bytes, charset) in [
        (&latin[..], Some("utf-8")),
        (b"<\xe4/>", None),
        (b"<\xe4/>", Some("us-ascii")),
        (b"\xfe\xff\xd8", None),
        (b"<a/>", Some("utf-7")),
        (b"<?xml version='1.0' encoding=\"EBCDIC\"?><a/>", None),
    ] {
        assert!(decode(bytes, charset).is_err(), "{bytes:?}");
    }
}

/// Found by the fuzzer: positions were counted from behind the second mark.
#[test]
fn a_second_byte_order_mark_is_text() {
    for bytes in [
        &b"\xff\xfe\xff\xfe@\0"[..],
        b"\xef\xbb\xbf\xef\xbb\xbf<a>b</a>",
    ] {
        let text = decode(bytes, None).unwrap();
        assert!(read(&text, &Limits::default()).is_err(), "{bytes:?}");
    }
}

#[test]
fn what_was_escaped_reads_the_same() {
    let awkward = "a<b>&\"'\r\n\t]]>ä😀";
    let mut document = "<a".to_owned();
    attribute("t", awkward, &mut document);
    document.push('>');
    text(awkward, &mut document);
    cdata("]]>x]]>", &mut document);
    document.push_str("</a>");
    let root = parse(&document);
    assert_eq!(root.attribute("", "t"), Some(awkward));
    assert_eq!(root.text(), format!("{awkward}]]>x]]>"));
}
