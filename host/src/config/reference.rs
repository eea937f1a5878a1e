//! Tells the JSON Schema as the reference of `docs/configuration.md`.

use std::fmt::Write;

use serde_json::{Map, Value};

pub(super) const BEGIN: &str = "<!-- Generated from the schema: UPDATE=1 writes it anew. -->";
pub(super) const END: &str = "<!-- End of what is generated. -->";

/// The root and every part of it, as one table each.
pub(super) fn of(schema: &Value) -> String {
    let mut page = String::new();
    section("The file", schema, &mut page);
    for (name, part) in members(schema, "$defs") {
        section(name, part, &mut page);
    }
    page.trim_end().to_owned()
}

fn section(name: &str, schema: &Value, page: &mut String) {
    let description = text(schema, "description");
    _ = write!(page, "### {name}\n\n{description}\n\n");
    if let Some(forms) = schema.get("anyOf").and_then(Value::as_array) {
        for form in forms {
            let description = text(form, "description");
            let separator = if description.is_empty() { "" } else { ": " };
            _ = writeln!(page, "- {}{separator}{description}", kind(form));
        }
        page.push('\n');
    }
    let members = members(schema, "properties");
    if members.clone().next().is_none() {
        return;
    }
    page.push_str("| member | what it is | default | |\n|---|---|---|---|\n");
    let required: Vec<&str> = required(schema).collect();
    for (name, member) in members {
        let default = match member.get("default") {
            _ if required.contains(&name.as_str()) => "required".to_owned(),
            Some(default) if is_small(default) => format!("`{default}`").replace('"', ""),
            _ => String::new(),
        };
        let description = text(member, "description");
        _ = writeln!(
            page,
            "| `{name}` | {} | {default} | {description} |",
            kind(member)
        );
    }
    page.push('\n');
}

fn members<'a>(
    schema: &'a Value,
    name: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> + Clone {
    schema
        .get(name)
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::iter)
}

fn required(schema: &Value) -> impl Iterator<Item = &str> {
    let names = schema.get("required").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str)
}

/// Whether a default says more than that nothing is set.
fn is_small(default: &Value) -> bool {
    !matches!(default, Value::Null | Value::Object(_)) && default != &Value::Array(Vec::new())
}

fn text(schema: &Value, name: &str) -> String {
    let text = schema.get(name).and_then(Value::as_str).unwrap_or_default();
    text.replace('\n', " ").replace('|', "\\|")
}

/// What a value may be, with links to the parts that have a table of their own.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let name = name.rsplit('/').next().unwrap_or(name);
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(forms) = schema.get("anyOf").and_then(Value::as_array) {
        let forms = forms
            .iter()
            .filter(|form| form.get("type") != Some(&"null".into()));
        return forms.map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
        return values.join(", ").replace('"', "");
    }
    if let Some(title) = schema.get("title").and_then(Value::as_str) {
        return title.trim_start_matches("a ").to_owned();
    }
    match schema.get("type") {
        Some(Value::String(name)) => of_type(name, schema),
        Some(Value::Array(names)) => {
            let names = names
                .iter()
                .filter_map(Value::as_str)
                .filter(|name| *name != "null");
            names
                .map(|name| of_type(name, schema))
                .collect::<Vec<_>>()
                .join(" or ")
        }
        _ => "anything".to_owned(),
    }
}

fn of_type(name: &str, schema: &Value) -> String {
    match name {
        "array" => format!(
            "list of {}",
            schema.get("items").map_or_else(String::new, kind)
        ),
        "object" => match schema.get("additionalProperties") {
            Some(inside @ Value::Object(_)) => format!("{} by name", kind(inside)),
            _ => match members(schema, "properties").next() {
                Some((member, inside)) => format!("`{{ {member}: {} }}`", kind(inside)),
                None => "members".to_owned(),
            },
        },
        "boolean" => "`true` or `false`".to_owned(),
        "integer" => "whole number".to_owned(),
        "string" => "text".to_owned(),
        other => other.to_owned(),
    }
}
