#![expect(clippy::unwrap_used, reason = "tests")]

use crate::{
    json::{self, Value},
    wsdl::{self, Choice, Service},
    xml::Limits,
};

/// A service of one operation whose request is an element of the type `T` of this schema.
pub(crate) fn service(schema: &str) -> Result<Service, String> {
    let wsdl = format!(
        r#"<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
            xmlns:t="urn:t" targetNamespace="urn:t"><types>
            <schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" elementFormDefault="qualified">
            <element name="r" type="t:T"/>{schema}</schema></types>
            <message name="m"><part name="p" element="t:r"/></message>
            <portType name="p"><operation name="o"><input message="t:m"/></operation></portType>
            <binding name="b" type="t:p"><soap:binding style="document"/>
            <operation name="o"><soap:operation soapAction=""/><input><soap:body use="literal"/></input></operation></binding>
            <service name="s"><port name="p" binding="t:b"><soap:address location="http://h/p"/></port></service>
            </definitions>"#
    );
    wsdl::read(&[("t.wsdl", &wsdl)], Choice::default()).map_err(|problem| problem.message)
}

/// What an element of a simple type says to a JSON value, and what JSON its text is.
fn simple(definition: &str) -> impl Fn(&str) -> (Result<String, String>, Result<String, String>) {
    let service = service(&format!("<complexType name='T'><sequence><element name='x'>{definition}</element></sequence></complexType>")).unwrap();
    let schema = service.schema;
    move |text| {
        let kind = schema
            .types
            .iter()
            .position(|kind| matches!(kind, super::Type::Complex(_)))
            .unwrap();
        let super::Type::Complex(complex) = &schema.types[kind] else {
            panic!("found so");
        };
        let kind = complex.fields[0].kind;
        let value = json::read(text, &Limits::default()).unwrap();
        let written = schema.to_text(kind, &value).map(|text| text.into_owned());
        let word = match &value {
            Value::Text(text) | Value::Number(text) => text.clone().into_owned(),
            other => other.to_json(),
        };
        let read = schema.to_json(kind, &word).map(|value| value.to_json());
        (written, read)
    }
}

fn of(base: &str) -> String {
    restricted(base, "")
}

fn restricted(base: &str, facets: &str) -> String {
    format!("<simpleType><restriction base='{base}'>{facets}</restriction></simpleType>")
}

#[test]
fn values_of_built_in_types_go_both_ways() {
    for (base, json, text) in [
        ("string", "\" a \"", " a "),
        ("token", "\"a\"", "a"),
        ("boolean", "true", "true"),
        ("int", "-2147483648", "-2147483648"),
        (
            "integer",
            "123456789012345678901234567890",
            "123456789012345678901234567890",
        ),
        ("decimal", "1.50", "1.50"),
        ("double", "1e400", "1e400"),
        ("double", "\"-INF\"", "-INF"),
        ("date", "\"2024-02-29Z\"", "2024-02-29Z"),
        ("date", "\"-0044-03-15+14:00\"", "-0044-03-15+14:00"),
        (
            "dateTime",
            "\"2024-02-29T24:00:00.000-05:30\"",
            "2024-02-29T24:00:00.000-05:30",
        ),
        ("time", "\"23:59:59.999\"", "23:59:59.999"),
        ("base64Binary", "\"YWI=\"", "YWI="),
        ("hexBinary", "\"0aF1\"", "0aF1"),
        ("anyURI", "\"urn:a b\"", "urn:a b"),
        ("NMTOKENS", "[\"a\",\"b\"]", "a b"),
    ] {
        let (written, _) = simple(&of(base))(json);
        assert_eq!(written.as_deref(), Ok(text), "{base}");
        let (_, read) = simple(&of(base))(&Value::text(text).to_json());
        assert_eq!(read.as_deref(), Ok(json), "{base}");
    }
}

#[test]
fn texts_that_json_writes_otherwise_are_normalised() {
    for (base, text, json) in [
        ("boolean", "1", "true"),
        ("boolean", " 0 ", "false"),
        ("int", "+007", "7"),
        ("int", "-0", "-0"),
        ("decimal", ".5", "0.5"),
        ("decimal", "-05.", "-5"),
        ("float", "+1.0", "1.0"),
        ("float", "1.E5", "\"1.E5\""),
        ("double", "NaN", "\"NaN\""),
    ] {
        let (_, read) = simple(&of(base))(&Value::text(text).to_json());
        assert_eq!(read.as_deref(), Ok(json), "{base} {text}");
    }
}

#[test]
fn values_that_are_not_valid_are_refused_both_ways() {
    for (base, values) in [
        ("boolean", &["\"yes\"", "2"][..]),
        ("byte", &["128", "-129", "1.0", "1e1"]),
        ("unsignedInt", &["-1", "4294967296"]),
        ("positiveInteger", &["0"]),
        ("negativeInteger", &["0"]),
        ("long", &["9223372036854775808"]),
        ("decimal", &["1e5"]),
        ("double", &["\"inf\"", "\"\""]),
        (
            "date",
            &[
                "\"2023-02-29\"",
                "\"2024-13-01\"",
                "\"24-01-01\"",
                "\"2024-1-1\"",
                "\"2024-01-01+15:00\"",
                "\"\"",
            ],
        ),
        ("time", &["\"24:00:01\"", "\"12:00\"", "\"12:00:00.\""]),
        ("dateTime", &["\"2024-01-01\"", "\"2024-01-01 12:00:00\""]),
        ("base64Binary", &["\"YW\"", "\"Y*==\"", "\"====\""]),
        ("hexBinary", &["\"0\"", "\"0g\""]),
    ] {
        for value in values {
            let (written, read) = simple(&of(base))(value);
            assert!(
                written.is_err() && read.is_err(),
                "{base} {value}: {written:?} {read:?}"
            );
        }
    }
}

#[test]
fn values_of_another_sort_are_refused() {
    for (base, value, message) in [
        ("string", "1", "must be a text, not a number"),
        ("string", "null", "must be a text, not null"),
        ("int", "\"1\"", "must be a whole number, not a text"),
        ("boolean", "\"true\"", "must be true or false, not a text"),
        (
            "double",
            "\"1\"",
            "must be a number, `INF`, `-INF` or `NaN`, not a text",
        ),
        ("NMTOKENS", "\"a\"", "must be an array, not a text"),
        (
            "NMTOKENS",
            "[\"a b\"]",
            "an item of this list must be without white space",
        ),
    ] {
        assert_eq!(simple(&of(base))(value).0.unwrap_err(), message, "{base}");
    }
}

#[test]
fn facets_hold_and_are_inherited() {
    let two = |base: &str, outer: &str, inner: &str| {
        format!(
            "<simpleType><restriction>{}{outer}</restriction></simpleType>",
            restricted(base, inner)
        )
    };
    for (definition, good, bad, message) in [
        (
            restricted("string", "<enumeration value='a'/><enumeration value='b'/>"),
            "\"b\"",
            "\"c\"",
            "must be one of `a`, `b`",
        ),
        (
            restricted("string", "<minLength value='2'/>"),
            "\"ää\"",
            "\"ä\"",
            "must have at least 2 characters",
        ),
        (
            two("string", "<maxLength value='3'/>", "<minLength value='2'/>"),
            "\"ab\"",
            "\"abcd\"",
            "must have at most 3 characters",
        ),
        (
            two("string", "<maxLength value='3'/>", "<minLength value='2'/>"),
            "\"ab\"",
            "\"a\"",
            "must have at least 2 characters",
        ),
        (
            restricted("decimal", "<minInclusive value='1.5'/>"),
            "1.50",
            "1.49",
            "must be at least 1.5",
        ),
        (
            restricted("decimal", "<maxExclusive value='100'/>"),
            "99.99",
            "100.0",
            "must be less than 100",
        ),
        (
            restricted("int", "<minExclusive value='-3'/>"),
            "-2",
            "-3",
            "must be more than -3",
        ),
        (
            restricted("integer", "<maxInclusive value='99999999999999999999'/>"),
            "99999999999999999999",
            "100000000000000000000",
            "must be at most 99999999999999999999",
        ),
        (
            restricted("decimal", "<totalDigits value='3'/>"),
            "1.23",
            "12.34",
            "must have at most 3 digits",
        ),
        (
            restricted("decimal", "<fractionDigits value='1'/>"),
            "12.50",
            "1.25",
            "must have at most 1 digits behind the point",
        ),
        (
            restricted("base64Binary", "<length value='2'/>"),
            "\"YWI=\"",
            "\"YWJj\"",
            "must have at most 2 bytes",
        ),
        (
            restricted("NMTOKENS", "<maxLength value='1'/>"),
            "[\"a\"]",
            "[\"a\",\"b\"]",
            "must have at most 1 items",
        ),
        (
            restricted("string", "<pattern value='[A-Z]{3}'/><pattern value='-'/>"),
            "\"EUR\"",
            "\"EURO\"",
            "must match the pattern `[A-Z]{3}` or `-`",
        ),
        (
            two("string", "<pattern value='.*b'/>", "<pattern value='a.*'/>"),
            "\"a b\"",
            "\"b\"",
            "must match the pattern `a.*`",
        ),
        (
            restricted("token", "<pattern value='a b'/>"),
            "\" a \\n b \"",
            "\"ab\"",
            "must match the pattern `a b`",
        ),
        (
            restricted("decimal", "<pattern value='\\d+\\.\\d\\d'/>"),
            "1.50",
            "1.5",
            "must match the pattern `\\d+\\.\\d\\d`",
        ),
        (
            restricted("NMTOKENS", "<pattern value='[ab ]*'/>"),
            "[\"a\",\"b\"]",
            "[\"a\",\"c\"]",
            "must match the pattern `[ab ]*`",
        ),
        (
            restricted("NMTOKENS", "<enumeration value=' a  b '/>"),
            "[\"a\",\"b\"]",
            "[\"a\"]",
            "must be one of `a b`",
        ),
        (
            restricted("decimal", "<enumeration value='1.0'/>"),
            "1.00",
            "1.01",
            "must be one of `1.0`",
        ),
        (
            restricted(
                "string",
                "<whiteSpace value='replace'/><maxLength value='3'/>",
            ),
            "\" a \"",
            "\" a  \"",
            "must have at most 3 characters",
        ),
        (
            restricted(
                "string",
                "<whiteSpace value='collapse'/><maxLength value='3'/>",
            ),
            "\"  a \\t b \"",
            "\"abcd\"",
            "must have at most 3 characters",
        ),
        (
            restricted("double", "<minInclusive value='1e3'/>"),
            "1000",
            "999.9",
            "must be at least 1e3",
        ),
        (
            restricted("double", "<maxInclusive value='INF'/>"),
            "\"INF\"",
            "\"NaN\"",
            "must be at most INF",
        ),
        (
            restricted("date", "<minInclusive value='2024-02-29'/>"),
            "\"2024-03-01\"",
            "\"2024-02-28\"",
            "must be at least 2024-02-29",
        ),
        (
            restricted("dateTime", "<maxExclusive value='2024-01-01T00:00:00Z'/>"),
            "\"2024-01-01T01:00:00+02:00\"",
            "\"2023-12-31T23:30:00-00:30\"",
            "must be less than 2024-01-01T00:00:00Z",
        ),
        (
            restricted("time", "<minExclusive value='12:00:00.5'/>"),
            "\"12:00:00.51\"",
            "\"12:00:00.50\"",
            "must be more than 12:00:00.5",
        ),
        (
            "<simpleType><union memberTypes='int boolean'/></simpleType>".to_owned(),
            "true",
            "\"x\"",
            "fits none of the types that are allowed",
        ),
        (
            "<simpleType><list itemType='int'/></simpleType>".to_owned(),
            "[1,2]",
            "[1,\"x\"]",
            "must be a whole number, not a text",
        ),
    ] {
        let check = simple(&definition);
        assert!(
            check(good).0.is_ok(),
            "{definition} {good}: {:?}",
            check(good)
        );
        assert_eq!(check(bad).0.unwrap_err(), message, "{definition}");
    }
}

#[test]
fn decimals_compare_exactly() {
    use std::cmp::Ordering::{Equal, Greater, Less};
    for (a, b, order) in [
        ("1", "1.0", Equal),
        ("-0", "0", Equal),
        ("0.1", "0.10000000000000000001", Less),
        ("10", "9", Greater),
        ("-10", "9", Less),
        ("-10", "-9", Less),
        ("007", "7", Equal),
        ("1.05", "1.5", Less),
    ] {
        assert_eq!(super::number::compare(a, b), Some(order), "{a} {b}");
    }
    assert_eq!(super::number::compare("1e5", "1"), None);
}

#[test]
fn schemas_that_cannot_be_used_are_refused() {
    for (schema, message) in [
        ("", "the type `T` of `urn:t` is not defined"),
        (
            "<complexType name='T'><sequence><element name='x' type='t:U'/></sequence></complexType>",
            "the type `U` of `urn:t` is not defined",
        ),
        (
            "<complexType name='T'><sequence><element name='x' type='strnig'/></sequence></complexType>",
            "XML Schema has no type `strnig`",
        ),
        (
            "<complexType name='T'><sequence><element ref='t:x'/></sequence></complexType>",
            "the element `t:x` of `urn:t` is not defined",
        ),
        (
            "<complexType name='T'><group ref='t:g'/></complexType>",
            "the group `t:g` is not defined",
        ),
        (
            "<complexType name='T'><attribute ref='t:a'/></complexType>",
            "the attribute `t:a` is not defined",
        ),
        (
            "<complexType name='T'><sequence><element/></sequence></complexType>",
            "`name` is missing",
        ),
        (
            "<complexType name='T'><sequence><element name='x' maxOccurs='many'/></sequence></complexType>",
            "`maxOccurs` must be a number or `unbounded`",
        ),
        (
            "<complexType name='T'><complexContent><extension base='t:T'/></complexContent></complexType>",
            "derived from itself",
        ),
        (
            "<complexType name='T'><complexContent><extension base='t:U'/></complexContent></complexType><complexType name='U'><complexContent><extension base='t:T'/></complexContent></complexType>",
            "derived from itself",
        ),
        (
            "<simpleType name='T'><restriction base='t:T'/></simpleType>",
            "derived from itself",
        ),
        (
            "<simpleType name='T'><restriction base='string'><pattern value='a\\b'/></restriction></simpleType>",
            "the pattern `a\\b` cannot be read: there is no escape `\\b`, at character 3",
        ),
        (
            "<simpleType name='T'><restriction base='string'><maxLength value='a'/></restriction></simpleType>",
            "`maxLength` must be a whole number, not `a`",
        ),
        (
            "<simpleType name='T'><restriction base='int'><maxInclusive value='x'/></restriction></simpleType>",
            "`maxInclusive` must be a whole number",
        ),
        (
            "<simpleType name='T'><restriction base='duration'><minInclusive value='P1D'/></restriction></simpleType>",
            "`minInclusive` cannot be checked",
        ),
        (
            "<simpleType name='T'><restriction base='string'><whiteSpace value='none'/></restriction></simpleType>",
            "`whiteSpace` is `preserve`, `replace` or `collapse`",
        ),
        (
            "<complexType name='T'><group ref='t:g'/></complexType><group name='g'><sequence><group ref='t:g'/></sequence></group>",
            "too large",
        ),
        (
            "<complexType name='T'><attributeGroup ref='t:g'/></complexType><attributeGroup name='g'><attributeGroup ref='t:g'/></attributeGroup>",
            "too deeply",
        ),
    ] {
        let refused = service(schema).map(drop).unwrap_err();
        assert!(refused.contains(message), "{schema}: {refused}");
    }
}

/// Twenty groups, each of which holds the next one twice: a million elements once they are written out.
#[test]
fn groups_that_grow_without_bound_are_refused() {
    let groups: String = (0..20)
        .map(|n| format!("<group name='g{n}'><sequence><group ref='t:g{m}'/><group ref='t:g{m}'/></sequence></group>", m = n + 1))
        .collect();
    let schema = format!(
        "<complexType name='T'><group ref='t:g0'/></complexType>{groups}<group name='g20'><sequence><element name='x' type='int'/></sequence></group>"
    );
    assert!(
        service(&schema)
            .map(drop)
            .unwrap_err()
            .contains("too large")
    );
}
