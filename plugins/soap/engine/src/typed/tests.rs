#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    envelope::{Envelope, Version},
    json::{self, Value},
    schema::tests::service,
    wsdl::Service,
    xml::{self, Limits},
};

struct Checked(Service);

impl Checked {
    fn of(schema: &str) -> Self {
        Checked(service(schema).unwrap())
    }

    /// The element of the request.
    fn write(&self, text: &str) -> Result<String, String> {
        let value = json::read(text, &Limits::default()).unwrap();
        self.write_value(&value)
    }

    fn write_value(&self, value: &Value<'_>) -> Result<String, String> {
        let input = &self.0.operations["o"].input;
        let envelope = self
            .0
            .write(input, value, "", Version::V11)
            .map_err(|mistake| mistake.to_string())?;
        let (_, body) = envelope.split_once("<soap:Body>").unwrap();
        let body = body.strip_suffix("</soap:Body></soap:Envelope>").unwrap();
        Ok(body.replace("ns0:", ""))
    }

    fn read(&self, element: &str, strictness: Strictness) -> Result<String, String> {
        let head = Version::V11.open(&[]);
        let text = format!("{head}<soap:Body>{element}</soap:Body></soap:Envelope>");
        let root = xml::read(&text, &Limits::default()).unwrap();
        let envelope = Envelope::of(&root).unwrap();
        let read = self
            .0
            .read(&self.0.operations["o"].input, &envelope, false, strictness);
        read.map(|value| value.to_json())
            .map_err(|mistake| mistake.to_string())
    }

    /// Written, and read as strictly as there is.
    fn both(&self, text: &str, element: &str) {
        assert_eq!(self.write(text).as_deref(), Ok(element));
        let element = element
            .replacen("<r", "<r xmlns='urn:t' xmlns:ns0='urn:t'", 1)
            .replace("xsi:type=\"", "xsi:type=\"ns0:");
        assert_eq!(self.read(&element, Strictness::Strict).as_deref(), Ok(text));
    }

    fn refused(&self, text: &str, message: &str) {
        assert_eq!(self.write(text).unwrap_err(), message, "{text}");
    }
}

fn sequence(elements: &str) -> Checked {
    Checked::of(&format!(
        "<complexType name='T'><sequence>{elements}</sequence></complexType>"
    ))
}

#[test]
fn elements_stand_in_the_order_of_the_schema() {
    let checked = sequence(
        "<element name='a' type='int'/><element name='b' type='string' minOccurs='0'/><element name='c' type='boolean'/>",
    );
    checked.both(
        r#"{"a":1,"b":"x","c":true}"#,
        "<r><a>1</a><b>x</b><c>true</c></r>",
    );
    assert_eq!(
        checked.write(r#"{"c":true,"a":1}"#).as_deref(),
        Ok("<r><a>1</a><c>true</c></r>")
    );
    checked.refused(r#"{"a":1}"#, "`/c`: is required");
    checked.refused(
        r#"{"a":1,"c":true,"d":1}"#,
        "`/d`: is not known: the type has no such member",
    );
    checked.refused(
        r#"{"a":1,"c":true,"@d":1}"#,
        "`/@d`: is not known: the type has no such member",
    );
    checked.refused("[]", "must be an object, not an array");
}

#[test]
fn arrays_stay_arrays() {
    let checked = sequence(
        "<element name='a' type='int' minOccurs='0' maxOccurs='unbounded'/><element name='b' type='int' minOccurs='2' maxOccurs='3'/>",
    );
    checked.both(r#"{"a":[1],"b":[1,2]}"#, "<r><a>1</a><b>1</b><b>2</b></r>");
    assert_eq!(
        checked.write(r#"{"a":[],"b":[1,2]}"#).as_deref(),
        Ok("<r><b>1</b><b>2</b></r>")
    );
    checked.refused(r#"{"b":[1]}"#, "`/b`: needs at least 2 items");
    checked.refused(
        r#"{"b":[1,2,3,4]}"#,
        "`/b`: is more than the schema allows here: too many, or more than one of a choice",
    );
    checked.refused(
        r#"{"a":1,"b":[1,2]}"#,
        "`/a`: must be an array, not a number",
    );
    checked.refused(
        r#"{"a":[1,"x"],"b":[1,2]}"#,
        "`/a/1`: must be a whole number, not a text",
    );
    checked.refused(r#"{"a":[null],"b":[1,2]}"#, "`/a/0`: must not be null");
}

#[test]
fn texts_that_miss_a_facet_are_refused_with_their_place() {
    let checked = sequence(
        "<element name='a' maxOccurs='9'><simpleType><restriction base='string'><pattern value='[A-Z]{3}'/></restriction></simpleType></element>",
    );
    checked.both(r#"{"a":["EUR","USD"]}"#, "<r><a>EUR</a><a>USD</a></r>");
    let refused = "`/a/1`: must match the pattern `[A-Z]{3}`";
    checked.refused(r#"{"a":["EUR","usd"]}"#, refused);
    let element = "<r xmlns='urn:t'><a>EUR</a><a>usd</a></r>";
    assert_eq!(
        checked.read(element, Strictness::Strict).unwrap_err(),
        refused
    );
    assert_eq!(
        checked.read(element, Strictness::Lenient).as_deref(),
        Ok(r#"{"a":["EUR","usd"]}"#)
    );
}

#[test]
fn null_is_nil_where_it_may_be() {
    let checked = sequence(
        "<element name='a' type='int' nillable='true'/><element name='b' type='int' minOccurs='0'/><element name='c' type='int' nillable='true' minOccurs='0' maxOccurs='2'/>",
    );
    checked.both(
        r#"{"a":null,"c":[1,null]}"#,
        "<r><a xsi:nil=\"true\"/><c>1</c><c xsi:nil=\"true\"/></r>",
    );
    assert_eq!(
        checked.write(r#"{"a":null,"b":null,"c":null}"#).as_deref(),
        Ok("<r><a xsi:nil=\"true\"/></r>")
    );
    checked.refused("{}", "`/a`: is required");
}

#[test]
fn one_of_a_choice_is_wanted() {
    let checked = sequence(
        "<choice><element name='a' type='int'/><sequence><element name='b' type='int'/><element name='c' type='int'/></sequence></choice><element name='d' type='int' minOccurs='0'/>",
    );
    checked.both(r#"{"a":1}"#, "<r><a>1</a></r>");
    checked.both(r#"{"b":1,"c":2,"d":3}"#, "<r><b>1</b><c>2</c><d>3</d></r>");
    checked.refused("{}", "one of `a`, `b` is required");
    checked.refused(r#"{"b":1}"#, "`/c`: is required");
    checked.refused(
        r#"{"a":1,"b":1,"c":1}"#,
        "`/b`: is more than the schema allows here: too many, or more than one of a choice",
    );
}

#[test]
fn repeated_groups_take_turns() {
    let checked = Checked::of(
        "<complexType name='T'><sequence maxOccurs='unbounded'><element name='a' type='int'/><element name='b' type='int' minOccurs='0'/></sequence></complexType>",
    );
    assert_eq!(
        checked.write(r#"{"a":[1,2],"b":[3]}"#).as_deref(),
        Ok("<r><a>1</a><b>3</b><a>2</a></r>")
    );
    let element = "<r xmlns='urn:t'><a>1</a><b>3</b><a>2</a></r>";
    assert_eq!(
        checked.read(element, Strictness::Strict).as_deref(),
        Ok(r#"{"a":[1,2],"b":[3]}"#)
    );
    checked.refused(r#"{"a":[1],"b":[3,4]}"#, "`/a`: is required");
    let checked = Checked::of(
        "<complexType name='T'><choice maxOccurs='unbounded'><element name='a' type='int'/><element name='b' type='int'/></choice></complexType>",
    );
    assert_eq!(
        checked.write(r#"{"b":[3],"a":[1,2]}"#).as_deref(),
        Ok("<r><a>1</a><a>2</a><b>3</b></r>")
    );
}

#[test]
fn attributes_and_text_have_members_of_their_own() {
    let checked = sequence(
        "<element name='m'><complexType><simpleContent><extension base='decimal'>
         <attribute name='u' use='required' type='token'/><attribute name='n' type='int'/>
         </extension></simpleContent></complexType></element>",
    );
    checked.both(
        r##"{"m":{"@u":"EUR","@n":2,"#text":1.50}}"##,
        r#"<r><m u="EUR" n="2">1.50</m></r>"#,
    );
    checked.refused(r##"{"m":{"#text":1}}"##, "`/m/@u`: is required");
    checked.refused(r#"{"m":1}"#, "`/m/@u`: is required");
    checked.refused(
        r##"{"m":{"@u":"a","@n":"x","#text":1}}"##,
        "`/m/@n`: must be a whole number, not a text",
    );
    checked.refused(r##"{"m":{"@u":"a"}}"##, "`/m/#text`: is required");
    checked.refused(
        r##"{"m":{"@u":"a","#text":1,"x":2}}"##,
        "`/m/x`: is not known: the type has no such member",
    );
    let optional = sequence(
        "<element name='m'><complexType><simpleContent><extension base='int'><attribute name='u'/></extension></simpleContent></complexType></element>",
    );
    assert_eq!(
        optional.write(r#"{"m":1}"#).as_deref(),
        Ok("<r><m>1</m></r>")
    );
}

#[test]
fn derived_types_are_named() {
    let checked = Checked::of(
        "<complexType name='T'><sequence><element name='s' type='t:Shape' maxOccurs='9'/></sequence></complexType>
         <complexType name='Shape' abstract='true'><sequence><element name='n' type='string'/></sequence></complexType>
         <complexType name='Circle'><complexContent><extension base='t:Shape'><sequence><element name='radius' type='int'/></sequence></extension></complexContent></complexType>
         <complexType name='Ring'><complexContent><extension base='t:Circle'><attribute name='w' type='int'/></extension></complexContent></complexType>
         <complexType name='Other'><sequence/></complexType>",
    );
    checked.both(
        r#"{"s":[{"@xsi:type":"Circle","n":"c","radius":1},{"@xsi:type":"Ring","@w":2,"n":"r","radius":3}]}"#,
        r#"<r><s xsi:type="Circle"><n>c</n><radius>1</radius></s><s xsi:type="Ring" w="2"><n>r</n><radius>3</radius></s></r>"#,
    );
    checked.refused(
        r#"{"s":[{"n":"c"}]}"#,
        "`/s/0`: needs `@xsi:type` with the name of a type that is derived from this one",
    );
    checked.refused(
        r#"{"s":[{"@xsi:type":"Other"}]}"#,
        "`/s/0/@xsi:type`: must name a type that is derived from the one wanted here",
    );
}

#[test]
fn references_groups_and_substitutes_are_followed() {
    let checked = Checked::of(
        "<complexType name='T'><group ref='t:g'/><attributeGroup ref='t:ag'/></complexType>
         <group name='g'><sequence><element ref='t:animal' maxOccurs='unbounded'/></sequence></group>
         <attributeGroup name='ag'><attribute name='a' type='int'/></attributeGroup>
         <element name='animal' type='string' abstract='true'/>
         <element name='cat' type='string' substitutionGroup='t:animal'/>
         <element name='dog' type='string' substitutionGroup='t:animal'/>",
    );
    checked.both(
        r#"{"@a":1,"cat":["c"],"dog":["d"]}"#,
        r#"<r a="1"><cat>c</cat><dog>d</dog></r>"#,
    );
    checked.refused("{}", "one of `cat`, `dog` is required");
    checked.refused(
        r#"{"animal":"x"}"#,
        "`/animal`: is not known: the type has no such member",
    );
}

#[test]
fn recursive_types_work() {
    let checked = Checked::of(
        "<complexType name='T'><sequence><element name='n' type='int'/><element name='c' type='t:T' minOccurs='0'/></sequence></complexType>",
    );
    checked.both(r#"{"n":1,"c":{"n":2}}"#, "<r><n>1</n><c><n>2</n></c></r>");
}

#[test]
fn element_of_an_anonymous_type_may_hold_itself() {
    let checked = Checked::of(
        "<complexType name='T'><sequence><element ref='t:node'/></sequence></complexType>
         <element name='node'><complexType><sequence><element name='n' type='int'/><element ref='t:node' minOccurs='0'/></sequence></complexType></element>",
    );
    checked.both(
        r#"{"node":{"n":1,"node":{"n":2}}}"#,
        "<r><node><n>1</n><node><n>2</n></node></node></r>",
    );
}

#[test]
fn wildcards_go_by_rules() {
    let checked = sequence(
        "<element name='a' type='int'/><any minOccurs='0' maxOccurs='unbounded' processContents='lax'/>",
    );
    checked.both(
        r#"{"a":1,"x":{"@b":"1","y":["1","2"]}}"#,
        r#"<r><a>1</a><x b="1"><y>1</y><y>2</y></x></r>"#,
    );
    let any = sequence("<element name='a' type='anyType'/>");
    any.both(r#"{"a":{"b":"1"}}"#, "<r><a><b>1</b></a></r>");
    any.refused(r#"{"a":{"b c":1}}"#, "`/a/b c`: `b c` is not a name in XML");
}

#[test]
fn parameters_are_read_by_their_type() {
    let checked = sequence(
        "<element name='a' type='int' minOccurs='0'/><element name='b' type='boolean' minOccurs='0'/><element name='c' type='string' maxOccurs='2' minOccurs='0'/>",
    );
    let word = |text: &'static str| Value::Word(text.into());
    let value = Value::object([("a", word("7")), ("b", word("true")), ("c", word("x"))]);
    assert_eq!(
        checked.write_value(&value).as_deref(),
        Ok("<r><a>7</a><b>true</b><c>x</c></r>")
    );
    let value = Value::object([("a", word("x"))]);
    assert_eq!(
        checked.write_value(&value).unwrap_err(),
        "`/a`: must be a whole number"
    );
}

#[test]
fn strict_readers_refuse_what_lenient_ones_take() {
    let checked =
        sequence("<element name='a' type='int'/><element name='b' type='string' minOccurs='0'/>");
    for (element, message, lenient) in [
        (
            "<r xmlns='urn:t'><b>x</b></r>",
            "`/a`: is required",
            r#"{"b":"x"}"#,
        ),
        (
            "<r xmlns='urn:t'><a>x</a></r>",
            "`/a`: must be a whole number",
            r#"{"a":"x"}"#,
        ),
        (
            "<r xmlns='urn:t'><a>1</a><a>2</a></r>",
            "`/a`: must not stand more than once",
            r#"{"a":[1,2]}"#,
        ),
        (
            "<r xmlns='urn:t'><a>1</a><c>2</c><c/></r>",
            "`/c`: is not known: the type has no such element",
            r#"{"a":1,"c":["2",""]}"#,
        ),
        (
            "<r xmlns='urn:t'><a xmlns=''>1</a></r>",
            "`/a`: is not known: the type has no such element",
            r#"{"a":1}"#,
        ),
        (
            "<r xmlns='urn:t' c='1'><a>1</a></r>",
            "`/@c`: is not known: the type has no such attribute",
            r#"{"@c":"1","a":1}"#,
        ),
        (
            "<r xmlns='urn:t'>x<a>1</a></r>",
            "must not hold text beside elements",
            r#"{"a":1}"#,
        ),
        (
            "<r xmlns='urn:t'><a><x/>1</a></r>",
            "`/a`: must not hold elements",
            r#"{"a":1}"#,
        ),
        (
            "<r xmlns='urn:t' xmlns:i='http://www.w3.org/2001/XMLSchema-instance'><a i:nil='1'/></r>",
            "`/a`: must not be nil",
            r#"{"a":null}"#,
        ),
        (
            "<r xmlns='urn:t' xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='X'><a>1</a></r>",
            "`xsi:type` names a type that is not allowed here",
            r#"{"a":1}"#,
        ),
    ] {
        assert_eq!(
            checked.read(element, Strictness::Strict).unwrap_err(),
            message,
            "{element}"
        );
        assert_eq!(
            checked.read(element, Strictness::Lenient).as_deref(),
            Ok(lenient),
            "{element}"
        );
    }
}
