//! Requests and replies of another implementation, in both forms: `tests/vectors/soap`.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use soap_engine::{
    envelope::Envelope,
    json::{self, Value},
    typed::Strictness,
    wsdl::{self, Choice, Service},
    xml::{self, Element, Limits},
};

/// A folder: a WSDL, and messages of its operation.
struct Vector {
    name: String,
    folder: PathBuf,
}

impl Vector {
    fn all() -> Vec<Vector> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/soap");
        let folders = fs::read_dir(root)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let mut vectors: Vec<_> = folders
            .filter(|path| path.is_dir())
            .map(|folder| Vector {
                name: folder.file_name().unwrap().to_string_lossy().into_owned(),
                folder,
            })
            .collect();
        vectors.sort_by(|a, b| a.name.cmp(&b.name));
        vectors
    }

    fn text(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.folder.join(name)).ok()
    }

    fn service(&self) -> Result<Service, String> {
        let mut files = Vec::new();
        documents(&self.folder, &mut files);
        files.sort_by_key(|(name, _)| name != "soap.wsdl");
        let files: Vec<_> = files
            .iter()
            .map(|(name, text)| (&**name, &**text))
            .collect();
        wsdl::read(&files, Choice::default()).map_err(|problem| problem.to_string())
    }

    fn operation(&self) -> &str {
        self.name.split("__").next().unwrap()
    }

    /// The request as we write it, and as it should be.
    fn request(&self, service: &Service) -> Option<(Result<String, String>, String)> {
        let (json, xml) = (self.text("request.json")?, self.text("request.xml")?);
        let operation = service.operations.get(self.operation())?;
        let value = adapted(json::read(&json, &Limits::default()).unwrap());
        let written = service.write(&operation.input, &value, "", service.version);
        let written = written
            .map(|written| body(&written))
            .map_err(|mistake| mistake.to_string());
        Some((written, body(&xml)))
    }

    /// The reply as we read it, and as it should be.
    fn reply(&self, service: &Service) -> Option<(Result<String, String>, String)> {
        let (json, xml) = (self.text("response.json")?, self.text("response.xml")?);
        let output = service.operations.get(self.operation())?.output.as_ref()?;
        let root = match xml::read(xml.trim_start(), &Limits::default()) {
            Ok(root) => root,
            Err(unread) => return Some((Err(unread.to_string()), json)),
        };
        let envelope = match Envelope::of(&root) {
            Ok(envelope) => envelope,
            Err(mistake) => return Some((Err(mistake.to_string()), json)),
        };
        let read = service.read(output, &envelope, false, Strictness::Lenient);
        let read = read
            .map(|value| sorted(&value))
            .map_err(|mistake| mistake.to_string());
        let expected = adapted(json::read(&json, &Limits::default()).unwrap());
        Some((read, sorted(&expected)))
    }
}

fn documents(folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            documents(&path, files);
        } else if name.ends_with(".wsdl") || name.ends_with(".xsd") {
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Attributes and texts under the names that we give them.
fn adapted(value: Value<'_>) -> Value<'static> {
    match value.into_owned() {
        Value::Object(members) => {
            let members = members
                .into_iter()
                .flat_map(|(name, value)| match (&*name, value) {
                    ("attributes" | "$attributes", Value::Object(attributes)) => {
                        let own = attributes
                            .into_iter()
                            .filter(|(_, value)| value.scalar().is_some());
                        own.map(|(name, value)| (format!("@{name}").into(), value))
                            .collect()
                    }
                    ("$value", value) => vec![("#text".into(), value)],
                    (_, value) => vec![(name, adapted(value))],
                });
            Value::Object(members.collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(adapted).collect()),
        other => other,
    }
}

/// JSON with its members in order, and texts without white space around them. The other implementation knows no array of
/// one item, and takes an empty element for nothing.
fn sorted(value: &Value<'_>) -> String {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<_, _> = members
                .iter()
                .map(|(name, value)| (name, sorted(value)))
                .collect();
            let members: Vec<_> = members
                .iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Array(items) if items.len() == 1 => sorted(&items[0]),
        Value::Null => "\"\"".to_owned(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(sorted).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Text(text) => Value::text(text.trim()).to_json(),
        other => other.to_json(),
    }
}

/// What an envelope's body holds, in a form that does not depend on prefixes.
fn body(envelope: &str) -> String {
    let root = xml::read(envelope.trim_start(), &Limits::default()).unwrap();
    let mut out = String::new();
    Envelope::of(&root)
        .unwrap()
        .body
        .iter()
        .for_each(|element| canonical(element, &mut out));
    out
}

fn canonical(element: &Element<'_>, out: &mut String) {
    let name = |name: &xml::Name<'_>| format!("{{{}}}{}", name.namespace, name.local);
    let attributes = element.attributes.iter();
    let mut attributes: Vec<_> = attributes
        .map(|attribute| format!(" {}={}", name(&attribute.name), attribute.value))
        .collect();
    attributes.sort();
    *out += &format!("<{}{}>", name(&element.name), attributes.concat());
    *out += element.text().trim();
    element.elements().for_each(|child| canonical(child, out));
    *out += "</>";
}

/// What differs from what the other implementation does, and why. Everything else must agree.
const DIFFERENT: [(&str, &str); 26] = [
    (
        "Dummy__should_add_prefix_for_unqualified_global_elements request",
        "gives an attribute to an element that has none",
    ),
    (
        "Dummy__should_add_prefix_for_unqualified_global_elements reply",
        "has text in a member `#text`, since the type has an attribute, though the message has not",
    ),
    (
        "Dummy__should_extract_envelope_from_response reply",
        "has an envelope within a multipart message, which is not supported",
    ),
    (
        "Dummy__should_handle_cdata_xml_in_response reply",
        "has XML in a CDATA section, which stays a text",
    ),
    (
        "Dummy__should_handle_inline_types reply",
        "makes other values of dates and times, which stay texts",
    ),
    (
        "Dummy__should_parse_nil request",
        "sends nil for an element that must not be nil, which is left out",
    ),
    (
        "Dummy__should_parse_nil reply",
        "drops an element that is nil together with its parent",
    ),
    (
        "Dummy__should_use_defined_value_key request",
        "has a member that the type does not know, which is refused",
    ),
    (
        "Dummy__should_work_with_imported_schemas_that_have_aliases wsdl",
        "names elements where types belong",
    ),
    (
        "GetSubscription__should_handle_ref_minOccurs_and_maxOccurs wsdl",
        "has a message of an element that no schema defines",
    ),
    (
        "Message__Messages_suffixed_with_In_Out request",
        "writes the name of a part in other letters, which is refused",
    ),
    (
        "Message__overriding_namespace_prefix request",
        "has a member with a prefix, which is refused",
    ),
    (
        "RetrieveFareQuoteDateRange__should_handle_child_namespaces wsdl",
        "lacks the schema of a type",
    ),
    (
        "SendCDATA__cdata_removes_leading_and_trailing_whitespace_by_default request",
        "takes a text in JSON for XML; here it is escaped",
    ),
    (
        "UpdateProfile__correct_namespaces_for_elements_with_base_ignorednamespaces request",
        "sends a number for a text, which is refused",
    ),
    (
        "UpdateProfile__correct_ns_context request",
        "sends a number for a text, which is refused",
    ),
    (
        "addPrefix__should_add_namespace_on_output_message wsdl",
        "names its binding without a prefix, so in another namespace",
    ),
    (
        "createData__should_generate_complex_type_request wsdl",
        "has parts of RPC style that name elements in place of types (WS-I R2203)",
    ),
    (
        "execFile__valid_xml_generated_on_request_with_complex_type_element_form_default_qualified request",
        "sends a text for an array, which is refused",
    ),
    (
        "getAppointmentNumber__should_be_able_to_parse_response reply",
        "is no envelope",
    ),
    (
        "getAvailability__should_not_fail_without_children request",
        "has members that are no parts of the message, which are refused",
    ),
    (
        "get__complex_extension_with_explicit_namespace wsdl",
        "lacks the schema of a type",
    ),
    (
        "login__attributes_namespace_should_be_configurable wsdl",
        "lacks the schema of a type",
    ),
    (
        "login__error_returned_should_contain_root_Json_on_fault wsdl",
        "lacks the schema of a type",
    ),
    (
        "readMetadata__should_support_XMLSchema_Instance_override request",
        "sends a text for an array, which is refused",
    ),
    (
        "readMetadata__should_support_XMLSchema_Instance_override reply",
        "names `xsi:type` by the prefix of the message",
    ),
];

#[test]
fn messages_agree_but_for_what_is_listed() {
    let mut different = Vec::new();
    for vector in Vector::all() {
        let service = match vector.service() {
            Ok(service) => service,
            Err(problem) => {
                different.push((format!("{} wsdl", vector.name), problem));
                continue;
            }
        };
        for (what, pair) in [
            ("request", vector.request(&service)),
            ("reply", vector.reply(&service)),
        ] {
            if let Some((got, expected)) =
                pair.filter(|(got, expected)| got.as_ref() != Ok(expected))
            {
                different.push((
                    format!("{} {what}", vector.name),
                    format!("{got:?}\nexpected {expected}"),
                ));
            }
        }
    }
    let listed = |name: &str| DIFFERENT.iter().any(|(listed, _)| *listed == name);
    let new: Vec<_> = different.iter().filter(|(name, _)| !listed(name)).collect();
    assert!(new.is_empty(), "{new:#?}");
    for (name, _) in DIFFERENT {
        assert!(
            different.iter().any(|(found, _)| found == name),
            "{name} agrees by now"
        );
    }
}
