//! Encoded messages, as services and clients of the time wrote them, and WSDLs as clients may read them.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    json,
    xml::{self, Limits},
};

const STOCK: &str = include_str!("../../../../../tests/cases/soap/stock.wsdl");

fn stock() -> Service {
    read(&[("stock.wsdl", STOCK)], Choice::default()).unwrap()
}

/// Why the WSDL cannot be used with one text in place of another.
fn refused(from: &str, to: &str) -> String {
    assert!(STOCK.contains(from), "{from}");
    let changed = STOCK.replace(from, to);
    let problem = read(&[("stock.wsdl", &changed)], Choice::default()).unwrap_err();
    problem.to_string()
}

fn written(text: &str) -> Result<String, String> {
    let service = stock();
    let value = json::read(text, &Limits::default()).unwrap();
    let input = &service.operations["store"].input;
    let envelope = service.write(input, &value, "", Version::V11);
    let envelope = envelope.map_err(|mistake| mistake.to_string())?;
    let (_, body) = envelope.split_once("<soap:Body>").unwrap();
    Ok(body
        .trim_end_matches("</soap:Body></soap:Envelope>")
        .to_owned())
}

/// The reply, or what is wrong with it.
fn replied(body: &str, strictness: Strictness) -> Result<String, String> {
    let service = stock();
    let envelope = format!(
        r#"<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema"
            xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:t="urn:stock"
            xmlns:enc="http://schemas.xmlsoap.org/soap/encoding/"><e:Body>{body}</e:Body></e:Envelope>"#
    );
    let root = xml::read(&envelope, &Limits::default()).unwrap();
    let envelope = Envelope::of(&root).unwrap();
    let output = service.operations["store"].output.as_ref().unwrap();
    let value = service.read(output, &envelope, false, strictness);
    value
        .map(|value| value.to_json())
        .map_err(|mistake| mistake.to_string())
}

fn strictly(body: &str) -> Result<String, String> {
    replied(body, Strictness::Strict)
}

#[test]
fn each_value_says_its_type() {
    let text = r#"{"shelf":"a","items":[{"sku":"x","count":1},null,{"@xsi:type":"Weighed","sku":"y","count":2,"grams":0.5}],"table":[[1,2],[]]}"#;
    let expected = concat!(
        r#"<ns0:store soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/""#,
        r#" xmlns:xsd="http://www.w3.org/2001/XMLSchema""#,
        r#" xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/">"#,
        r#"<shelf xsi:type="xsd:string">a</shelf>"#,
        r#"<items xsi:type="soapenc:Array" soapenc:arrayType="ns0:Item[3]">"#,
        r#"<item xsi:type="ns0:Item"><sku xsi:type="xsd:string">x</sku><count xsi:type="xsd:int">1</count></item>"#,
        r#"<item xsi:nil="true"/>"#,
        r#"<item xsi:type="ns0:Weighed"><sku xsi:type="xsd:string">y</sku><count xsi:type="xsd:int">2</count>"#,
        r#"<grams xsi:type="xsd:decimal">0.5</grams></item></items>"#,
        r#"<table xsi:type="soapenc:Array" soapenc:arrayType="xsd:int[][2]">"#,
        r#"<item xsi:type="soapenc:Array" soapenc:arrayType="xsd:int[2]"><item xsi:type="xsd:int">1</item>"#,
        r#"<item xsi:type="xsd:int">2</item></item>"#,
        r#"<item xsi:type="soapenc:Array" soapenc:arrayType="xsd:int[0]"></item></table></ns0:store>"#,
    );
    assert_eq!(written(text).as_deref(), Ok(expected));
}

#[test]
fn values_of_requests_are_checked() {
    for (text, message) in [
        (
            r#"{"shelf":"a","items":{"sku":"x"},"table":[]}"#,
            "`/items`: must be an array, not an object",
        ),
        (
            r#"{"shelf":"a","items":[{"sku":"x","count":"1"}],"table":[]}"#,
            "`/items/0/count`: must be a whole number, not a text",
        ),
        (
            r#"{"shelf":"a","items":[],"table":[[1],[1,true]]}"#,
            "`/table/1/1`: must be a whole number, not a boolean",
        ),
    ] {
        assert_eq!(written(text).unwrap_err(), message);
    }
}

/// As SOAP::Lite and PHP write them: in place.
#[test]
fn values_in_place_are_read() {
    let body = r#"<t:storeResponse><return xsi:type="enc:Array" enc:arrayType="t:Item[2]">
        <SOAPStruct xsi:type="t:Item"><count xsi:type="xsd:int">1</count><sku xsi:type="xsd:string">x</sku></SOAPStruct>
        <SOAPStruct xsi:type="t:Weighed"><sku>y</sku><count>2</count><grams>0.50</grams></SOAPStruct>
        </return></t:storeResponse>"#;
    let expected = r#"{"return":[{"sku":"x","count":1},{"@xsi:type":"Weighed","sku":"y","count":2,"grams":0.50}]}"#;
    assert_eq!(strictly(body).as_deref(), Ok(expected));
    let nothing = r#"<t:storeResponse><return xsi:nil="true"/></t:storeResponse>"#;
    assert_eq!(strictly(nothing).as_deref(), Ok(r#"{"return":null}"#));
}

/// As Apache Axis writes them: beside the message, each once.
#[test]
fn references_are_followed() {
    let body = r##"<multiRef id="id1" enc:root="0" xsi:type="t:Item"><sku href="#id2"/><count>1</count></multiRef>
        <t:storeResponse e:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">
        <return xsi:type="enc:Array" enc:arrayType="t:Item[2]"><return href="#id1"/><return href="#id1"/></return>
        </t:storeResponse>
        <multiRef id="id2" enc:root="0" xsi:type="xsd:string">x</multiRef>"##;
    let expected = r#"{"return":[{"sku":"x","count":1},{"sku":"x","count":1}]}"#;
    assert_eq!(strictly(body).as_deref(), Ok(expected));
    assert_eq!(replied(body, Strictness::Lenient).as_deref(), Ok(expected));
}

#[test]
fn parts_of_arrays_are_refused() {
    let whole = r#"<t:storeResponse><return><i><sku>x</sku><count>1</count></i></return></t:storeResponse>"#;
    let expected = r#"{"return":[{"sku":"x","count":1}]}"#;
    assert_eq!(strictly(whole).as_deref(), Ok(expected));
    for (from, to, place) in [
        ("<return>", "<return enc:offset='[1]'>", "`/return`"),
        ("<i>", "<i enc:position='[1]'>", "`/return/0`"),
    ] {
        let part = whole.replace(from, to);
        let refused = replied(&part, Strictness::Lenient).unwrap_err();
        let expected = format!(
            "{place}: is a part of an array, by `offset` or `position`: only whole ones are read"
        );
        assert_eq!(refused, expected);
    }
}

fn item(id: &str, part: &str) -> String {
    format!(
        r##"<t:m id="{id}" enc:root="0"><sku>x</sku><count>1</count><part href="#{part}"/></t:m>"##
    )
}

const ONE: &str = r##"<t:storeResponse><return><i href="#a"/></return></t:storeResponse>"##;

#[test]
fn references_that_lead_nowhere_or_in_circles_are_refused() {
    for (others, message) in [
        (
            String::new(),
            "`/return/0`: `href=\"#a\"` must name the `id` of one element with a value",
        ),
        (item("a", "b"), "`/return/0/part`: `href=\"#b\"` must name"),
        (
            item("a", "a"),
            "is too deep, or refers to what it stands in",
        ),
        (
            item("a", "b") + &item("b", "a"),
            "is too deep, or refers to what it stands in",
        ),
        (
            item("a", "b") + &item("b", "c") + &item("b", "c"),
            "`/return/0/part`: `href=\"#b\"` must name",
        ),
        (
            r##"<t:m id="a" href="#a"/>"##.to_owned(),
            "`/return/0`: `href=\"#a\"` must name",
        ),
    ] {
        for strictness in [Strictness::Strict, Strictness::Lenient] {
            let refused = replied(&format!("{ONE}{others}"), strictness).unwrap_err();
            assert!(refused.contains(message), "{others}: {refused}");
        }
    }
    let outside = ONE.replace("#a", "http://127.0.0.1/a");
    let refused = strictly(&outside).unwrap_err();
    assert!(refused.contains("must name the `id`"), "{refused}");
}

/// A hundred items that all refer to an array of a hundred that refer to one of a hundred.
#[test]
fn references_do_not_multiply_without_bound() {
    let many = |name: &str| format!(r##"<i href="#{name}"/>"##).repeat(100);
    let body = format!(
        r#"<t:storeResponse><return>{}</return></t:storeResponse><t:m id="a"><table>{}</table></t:m>
           <t:m id="b">{}</t:m><t:m id="c">1</t:m>"#,
        many("a"),
        many("b"),
        many("c"),
    );
    let wsdl = STOCK.replace(
        r#"name="part" type="t:Item""#,
        r#"name="table" type="t:Table""#,
    );
    let service = read(&[("stock.wsdl", &wsdl)], Choice::default()).unwrap();
    let envelope = format!(
        r#"<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="urn:stock"><e:Body>{body}</e:Body></e:Envelope>"#
    );
    let root = xml::read(&envelope, &Limits::default()).unwrap();
    let envelope = Envelope::of(&root).unwrap();
    let output = service.operations["store"].output.as_ref().unwrap();
    let refused = service.read(output, &envelope, false, Strictness::Lenient);
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.contains("is too large once references are followed"),
        "{refused}"
    );
}

#[test]
fn encodings_that_cannot_be_read_are_refused_with_their_place() {
    for (from, to, message) in [
        (
            r#"style="rpc""#,
            r#"style="document""#,
            "messages of document style cannot be encoded: write `use=\"literal\"`, or the style `rpc` at line 57 column 14",
        ),
        (
            "http://schemas.xmlsoap.org/wsdl/soap/",
            "http://schemas.xmlsoap.org/wsdl/soap12/",
            "encoded messages are read of SOAP 1.1 only",
        ),
        (
            r#"encodingStyle="http://schemas.xmlsoap.org/soap/encoding/""#,
            r#"encodingStyle="urn:own""#,
            "this encoding is not known",
        ),
        (
            "xsd:int[][]",
            "xsd:int[,]",
            "arrays of several dimensions are not supported: write arrays of arrays at line 33 column",
        ),
        (
            "xsd:int[][]",
            "xsd:int",
            "`arrayType` is a type with brackets behind it, such as `xsd:int[]`",
        ),
        (
            "xsd:int[][]",
            "t:Table[]",
            "arrays stand in each other too deeply, or without end at line 30 column",
        ),
        (
            r#"wsdl:arrayType="t:Item[]""#,
            r#"wsdl:arrayType="t:Items[]""#,
            "the type `Items` of `urn:stock` is not defined",
        ),
    ] {
        let refused = refused(from, to);
        assert!(refused.contains(message), "{refused}");
    }
}

#[test]
fn published_files_have_other_addresses() {
    let wsdl = r#"<?xml version='1.0' encoding='ISO-8859-1'?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:s12="http://schemas.xmlsoap.org/wsdl/soap12/">
<!-- <s:address location="http://comment/"/> ä -->
<import namespace="urn:b" location = 'http://inside/b/other.wsdl'/>
<types><schema xmlns="http://www.w3.org/2001/XMLSchema"><import a="schemaLocation='x'"
  schemaLocation="../types.xsd?x=1"/><include schemaLocation="lost.xsd"/><element name="location"/></schema></types>
<service name="s"><port><s:address location='http://inside/a&quot;'></s:address></port><port><s12:address
location="http://inside/12"/></port></service></definitions>"#;
    let other = r#"<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>"#;
    let schema = "\u{feff}<schema xmlns='http://www.w3.org/2001/XMLSchema'/>";
    let files = [
        ("a.wsdl", wsdl),
        ("b/other.wsdl", other),
        ("types.xsd", schema),
    ];
    let published = publish(&files, "https://api/s?a&b").unwrap();
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:s12="http://schemas.xmlsoap.org/wsdl/soap12/">
<!-- <s:address location="http://comment/"/> ä -->
<import namespace="urn:b" location = "https://api/s?a&amp;b?wsdl=1"/>
<types><schema xmlns="http://www.w3.org/2001/XMLSchema"><import a="schemaLocation='x'"
  schemaLocation="https://api/s?a&amp;b?xsd=2"/><include schemaLocation="lost.xsd"/><element name="location"/></schema></types>
<service name="s"><port><s:address location="https://api/s?a&amp;b"></s:address></port><port><s12:address
location="https://api/s?a&amp;b"/></port></service></definitions>"#;
    assert_eq!(published[0], expected);
    let head = r#"<?xml version="1.0" encoding="UTF-8"?>"#;
    assert_eq!(published[1], [head, other].concat());
    assert!(published[2].starts_with(&[head, "<schema"].concat()));
    assert!(
        published
            .iter()
            .all(|text| xml::read(text, &Limits::default()).is_ok())
    );
}
