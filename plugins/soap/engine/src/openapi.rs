//! An OpenAPI 3.0 document of the JSON operations that a WSDL becomes: the version that Amazon API Gateway imports.

use std::collections::BTreeMap;

use crate::{
    json::{Value, is_number},
    schema::{Attribute, Complex, Facet, Field, Kind, Simple, Type, TypeId, number},
    wsdl::{HEADER, Message, Operation, Service},
};

/// The document; `prefix` stands before the names of operations in paths.
pub fn document(service: &Service, prefix: &str) -> String {
    let mut writer = Writer {
        service,
        names: BTreeMap::new(),
        open: Vec::new(),
    };
    let operations = service.operations.values();
    let paths = operations.map(|operation| {
        let path = format!("{}/{}", prefix.trim_end_matches('/'), operation.name);
        (path, Value::object([("post", writer.operation(operation))]))
    });
    let paths = Value::object(paths.collect::<Vec<_>>());
    let mut schemas = BTreeMap::from([("Fault".to_owned(), fault())]);
    while let Some((name, id)) = writer.open.pop() {
        let definition = writer.definition(id, &name);
        schemas.insert(name, definition);
    }
    let mut info = vec![
        ("title", Value::text(service.name.clone())),
        ("version", Value::text("1.0")),
    ];
    info.extend(
        service
            .documentation
            .clone()
            .map(|text| ("description", Value::text(text))),
    );
    let document = Value::object([
        ("openapi", Value::text("3.0.3")),
        ("info", Value::object(info)),
        ("paths", paths),
        (
            "components",
            Value::object([("schemas", Value::object(schemas))]),
        ),
    ]);
    let mut out = String::new();
    document.write_pretty(0, &mut out);
    out.push('\n');
    out
}

type Schema = Value<'static>;

struct Writer<'s> {
    service: &'s Service,
    /// The names of complex types in the document.
    names: BTreeMap<TypeId, String>,
    /// Those that are referred to and not written yet.
    open: Vec<(String, TypeId)>,
}

impl Writer<'_> {
    fn operation(&mut self, operation: &Operation) -> Schema {
        let input = self.message(&operation.input, &operation.name);
        let done = match &operation.output {
            Some(output) => {
                let schema = self.message(output, &format!("{}Response", operation.name));
                ("200", answer("The reply", schema))
            }
            None => (
                "202",
                Value::object([("description", Value::text("Accepted"))]),
            ),
        };
        let fault = || Value::object([("$ref", Value::text("#/components/schemas/Fault"))]);
        let body = Value::object([("required", Value::Bool(true)), ("content", json(input))]);
        let mut members = vec![("operationId", Value::text(operation.name.clone()))];
        members.extend(
            operation
                .documentation
                .clone()
                .map(|text| ("description", Value::text(text))),
        );
        members.extend([
            ("requestBody", body),
            (
                "responses",
                Value::object([
                    done,
                    (
                        "400",
                        answer(
                            "The request is not valid, or a fault of the sender",
                            fault(),
                        ),
                    ),
                    ("500", answer("A fault of the service", fault())),
                ]),
            ),
        ]);
        Value::object(members)
    }

    fn message(&mut self, message: &Message, hint: &str) -> Schema {
        let body = match &message.body {
            Some(part) => self.reference(part.kind, hint),
            None => Value::object([("type", Value::text("object"))]),
        };
        let is_object = message
            .body
            .as_ref()
            .is_none_or(|part| matches!(self.service.schema.kind(part.kind), Type::Complex(_)));
        if message.headers.is_empty() || !is_object {
            return body;
        }
        let blocks = message
            .headers
            .iter()
            .map(|part| (part.local.clone(), self.reference(part.kind, &part.local)));
        let blocks = object(blocks.collect(), Vec::new());
        let header = object(vec![(HEADER.to_owned(), blocks)], Vec::new());
        Value::object([("allOf", Value::Array(vec![body, header]))])
    }

    /// A type where it is used: complex ones by their names, which ends circles.
    fn reference(&mut self, id: TypeId, hint: &str) -> Schema {
        match self.service.schema.kind(id) {
            Type::Any => Value::Object(Vec::new()),
            Type::Simple(simple) => self.simple(simple),
            Type::Array(array) => Value::object([
                ("type", Value::text("array")),
                ("items", self.reference(array.item, &format!("{hint}_item"))),
            ]),
            Type::Complex(complex) => {
                let name = self.name(id, complex, hint);
                Value::object([("$ref", Value::text(format!("#/components/schemas/{name}")))])
            }
        }
    }

    fn name(&mut self, id: TypeId, complex: &Complex, hint: &str) -> String {
        if let Some(name) = self.names.get(&id) {
            return name.clone();
        }
        let wanted = complex.name.as_ref().map_or(hint, |(_, name)| name);
        // What a component's name may be made of.
        let wanted: String = wanted
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || "._-".contains(c) {
                    c
                } else {
                    '_'
                }
            })
            .collect();
        let taken =
            |name: &String| name == "Fault" || self.names.values().any(|taken| taken == name);
        let numbered = (2..).map(|n| format!("{wanted}_{n}"));
        let mut names = std::iter::once(wanted.clone()).chain(numbered);
        let name = names.find(|name| !taken(name)).unwrap_or_default();
        self.names.insert(id, name.clone());
        self.open.push((name.clone(), id));
        name
    }

    fn definition(&mut self, id: TypeId, name: &str) -> Schema {
        let Type::Complex(complex) = self.service.schema.kind(id) else {
            return Value::Object(Vec::new());
        };
        let mut properties = Vec::new();
        let derived = self.derived(id);
        if !derived.is_empty() {
            let names = Value::Array(derived.into_iter().map(Value::text).collect());
            properties.push((
                "@xsi:type".to_owned(),
                Value::object([("type", Value::text("string")), ("enum", names)]),
            ));
        }
        let mut required = Vec::new();
        for Attribute {
            name,
            kind,
            required: must,
            ..
        } in &complex.attributes
        {
            properties.push((name.clone(), self.reference(*kind, name)));
            required.extend(must.then(|| name.clone()));
        }
        if let Some(kind) = complex.text {
            properties.push(("#text".to_owned(), self.reference(kind, name)));
            required.push("#text".to_owned());
        }
        for field in &complex.fields {
            properties.push((field.name.clone(), self.field(field, name)));
            required.extend(field.required.then(|| field.name.clone()));
        }
        object(properties, required)
    }

    fn field(&mut self, field: &Field, owner: &str) -> Schema {
        let mut schema = self.reference(field.kind, &format!("{owner}_{}", field.local));
        if field.nillable {
            schema = Value::object([
                ("nullable", Value::Bool(true)),
                ("allOf", Value::Array(vec![schema])),
            ]);
        }
        if field.repeated {
            schema = Value::object([("type", Value::text("array")), ("items", schema)]);
        }
        match &field.documentation {
            // Beside `$ref` nothing else counts.
            Some(text) if schema.get("$ref").is_some() => Value::object([
                ("description", Value::text(text.clone())),
                ("allOf", Value::Array(vec![schema])),
            ]),
            Some(text) => with(schema, "description", Value::text(text.clone())),
            None => schema,
        }
    }

    /// Names of types that may stand in the place of one.
    fn derived(&self, id: TypeId) -> Vec<String> {
        let schema = &self.service.schema;
        let named = schema
            .names
            .iter()
            .filter(|(_, kind)| **kind != id && schema.derives(**kind, id));
        named.map(|((_, name), _)| name.clone()).collect()
    }

    fn simple(&mut self, simple: &Simple) -> Schema {
        let text = |name: &'static str| Value::text(name);
        let kind = match &simple.kind {
            Kind::Boolean => vec![("type", text("boolean"))],
            Kind::Integer(min, max) => integer(*min, *max),
            Kind::Decimal => vec![("type", text("number"))],
            Kind::Float => {
                let words = ["INF", "-INF", "NaN"].map(Value::text).to_vec();
                let words =
                    Value::object([("type", text("string")), ("enum", Value::Array(words))]);
                vec![(
                    "anyOf",
                    Value::Array(vec![Value::object([("type", text("number"))]), words]),
                )]
            }
            Kind::Date => vec![("type", text("string")), ("format", text("date"))],
            Kind::DateTime => vec![("type", text("string")), ("format", text("date-time"))],
            Kind::Base64 => vec![("type", text("string")), ("format", text("byte"))],
            Kind::Text | Kind::Token(_) | Kind::Time | Kind::Hex => vec![("type", text("string"))],
            Kind::List(item) => vec![
                ("type", text("array")),
                ("items", self.reference(*item, "")),
            ],
            Kind::Union(kinds) => {
                let kinds = kinds.iter().map(|kind| self.reference(*kind, ""));
                vec![("anyOf", Value::Array(kinds.collect()))]
            }
        };
        simple
            .facets
            .iter()
            .fold(Value::object(kind), |schema, facet| {
                faceted(schema, &simple.kind, facet)
            })
    }
}

/// What a facet adds to a schema, or takes the place of.
fn faceted(schema: Schema, kind: &Kind, facet: &Facet) -> Schema {
    let is_number = matches!(kind, Kind::Integer(..) | Kind::Decimal);
    let is_list = matches!(kind, Kind::List(_));
    let length = |text: &'static str, list: &'static str| if is_list { list } else { text };
    let count = |count: &usize| Value::Number(count.to_string().into());
    let limit = |text: &String| Value::Number(number::normal(text).into_owned().into());
    match facet {
        Facet::Enumeration(values) => {
            let values = values.iter().map(|value| match is_number {
                true => limit(value),
                false => Value::text(value.clone()),
            });
            with(schema, "enum", Value::Array(values.collect()))
        }
        Facet::MinLength(min) if !matches!(kind, Kind::Base64 | Kind::Hex) => {
            with(schema, length("minLength", "minItems"), count(min))
        }
        Facet::MaxLength(max) if !matches!(kind, Kind::Base64 | Kind::Hex) => {
            with(schema, length("maxLength", "maxItems"), count(max))
        }
        Facet::Min(min) if is_number => with(schema, "minimum", limit(min)),
        Facet::Max(max) if is_number => with(schema, "maximum", limit(max)),
        Facet::Above(min) if is_number => with(
            with(schema, "minimum", limit(min)),
            "exclusiveMinimum",
            Value::Bool(true),
        ),
        Facet::Below(max) if is_number => with(
            with(schema, "maximum", limit(max)),
            "exclusiveMaximum",
            Value::Bool(true),
        ),
        Facet::Pattern(pattern) if !is_number && !is_list => match pattern.plain() {
            Some(pattern) => with(schema, "pattern", Value::text(pattern)),
            None => schema,
        },
        _ => schema,
    }
}

fn integer(min: Option<&'static str>, max: Option<&'static str>) -> Vec<(&'static str, Schema)> {
    let mut members = vec![("type", Value::text("integer"))];
    match (min, max) {
        (Some("-2147483648"), _) => members.push(("format", Value::text("int32"))),
        (Some("-9223372036854775808"), _) => members.push(("format", Value::text("int64"))),
        _ => {
            let number = |limit: &'static str| Value::Number(limit.into());
            members.extend(min.map(|min| ("minimum", number(min))));
            members.extend(max.map(|max| ("maximum", number(max))));
        }
    }
    debug_assert!(min.is_none_or(is_number));
    members
}

fn object(properties: Vec<(String, Schema)>, required: Vec<String>) -> Schema {
    let mut members = vec![
        ("type", Value::text("object")),
        ("properties", Value::object(properties)),
    ];
    if !required.is_empty() {
        let required = required.into_iter().map(Value::text);
        members.push(("required", Value::Array(required.collect())));
    }
    Value::object(members)
}

fn with(schema: Schema, name: &'static str, value: Schema) -> Schema {
    let Value::Object(mut members) = schema else {
        return schema;
    };
    members.retain(|(known, _)| known != name);
    members.push((name.into(), value));
    Value::Object(members)
}

fn json(schema: Schema) -> Schema {
    Value::object([("application/json", Value::object([("schema", schema)]))])
}

fn answer(description: &'static str, schema: Schema) -> Schema {
    Value::object([
        ("description", Value::text(description)),
        ("content", json(schema)),
    ])
}

/// What clients get for a fault; `code` and `detail` are missing where the gateway refused the request.
fn fault() -> Schema {
    let text = || Value::object([("type", Value::text("string"))]);
    let properties = [
        ("message", text()),
        ("code", text()),
        ("actor", text()),
        ("detail", Value::Object(Vec::new())),
    ];
    let properties = properties.map(|(name, schema)| (name.to_owned(), schema));
    object(properties.to_vec(), vec!["message".to_owned()])
}
