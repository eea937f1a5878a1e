//! The OpenAPI document of a service, as its users would read it.
#![expect(clippy::unwrap_used, reason = "tests")]

use soap_engine::{
    json::{self, Value},
    openapi,
    wsdl::{self, Choice},
    xml::Limits,
};

const SHOP: &str = include_str!("../../../../tests/cases/soap/shop.wsdl");

fn at(value: &Value<'_>, path: &[&str]) -> String {
    let found = path.iter().try_fold(value, |value, name| value.get(name));
    found.map(Value::to_json).unwrap_or_default()
}

#[test]
fn operations_have_types() {
    let service = wsdl::read(&[("shop.wsdl", SHOP)], Choice::default()).unwrap();
    let text = openapi::document(&service, "/shop/");
    let document = json::read(&text, &Limits::default()).unwrap();
    assert_eq!(at(&document, &["openapi"]), r#""3.0.3""#);
    let post = ["paths", "/shop/PlaceOrder", "post"];
    assert_eq!(
        at(&document, &[&post[..], &["description"]].concat()),
        r#""Keeps an order.""#
    );
    let schemas = |path: &[&str]| at(&document, &[&["components", "schemas"], path].concat());
    assert_eq!(schemas(&["Order", "required"]), r#"["id","customer"]"#);
    assert_eq!(
        schemas(&["Order", "properties", "item"]),
        r##"{"type":"array","items":{"nullable":true,"allOf":[{"$ref":"#/components/schemas/Item"}]}}"##
    );
    assert_eq!(
        schemas(&["Item", "properties", "quantity"]),
        r#"{"type":"integer","format":"int32","minimum":1}"#
    );
    assert_eq!(
        schemas(&["Order", "properties", "state"]),
        r#"{"nullable":true,"allOf":[{"type":"string","enum":["open","sent"]}]}"#
    );
    assert_eq!(schemas(&["Fault", "required"]), r#"["message"]"#);
}
