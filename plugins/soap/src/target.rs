//! Where an operation is in a JSON service: a method, and a path that members of the request fill.

use soap_engine::{Mistake, json::Value};
use wasmgate_sdk::Patch;

/// A method and a path.
pub(crate) struct Target {
    method: String,
    path: Vec<Part>,
}

enum Part {
    Text(String),
    Member(String),
}

impl Target {
    /// Reads `GET /orders/{id}`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "write a method and a path, such as `GET /orders/{id}`".to_owned();
        let (method, path) = text.split_once(' ').ok_or_else(wrong)?;
        if !path.starts_with('/') || !METHODS.contains(&method) || path.contains([' ', '?', '#']) {
            return Err(wrong());
        }
        let mut parts = Vec::new();
        let mut rest = path;
        while let Some((before, after)) = rest.split_once('{') {
            let (member, after) = after.split_once('}').ok_or("`{` without its `}`")?;
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Member(member.to_owned()));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Target {
            method: method.to_owned(),
            path: parts,
        })
    }

    /// `POST /NAME`
    pub(crate) fn of(operation: &str) -> Self {
        Target {
            method: "POST".to_owned(),
            path: vec![Part::Text(format!("/{operation}"))],
        }
    }

    /// Sends a request there.
    pub(crate) fn send(&self, mut value: Value<'_>, patch: Patch) -> Result<Patch, Mistake> {
        let mut path = String::new();
        for part in &self.path {
            match part {
                Part::Text(text) => path.push_str(text),
                Part::Member(name) => {
                    let member = take(&mut value, name);
                    let text = member.as_ref().and_then(Value::scalar);
                    let text = text.filter(|text| !matches!(*text, "" | "." | ".."));
                    let text = text.ok_or_else(|| Mistake::here("is required").within(name))?;
                    encode(text, &mut path);
                }
            }
        }
        let patch = patch.set_method(&self.method).set_path(path);
        match &*self.method {
            "GET" | "DELETE" | "HEAD" => {
                Ok(query(&value, patch)?.remove_header("content-type").body([]))
            }
            _ => Ok(patch
                .set_header("content-type", "application/json")
                .body(value.to_json())),
        }
    }
}

fn take<'v>(value: &mut Value<'v>, name: &str) -> Option<Value<'v>> {
    let Value::Object(members) = value else {
        return None;
    };
    let place = members.iter().position(|(member, _)| member == name)?;
    Some(members.remove(place).1)
}

/// What is left, as a query.
fn query(value: &Value<'_>, mut patch: Patch) -> Result<Patch, Mistake> {
    let Value::Object(members) = value else {
        return Ok(patch);
    };
    for (name, value) in members {
        let items = match value {
            Value::Array(items) => &items[..],
            Value::Null => &[],
            one => std::slice::from_ref(one),
        };
        for item in items {
            let text = item.scalar();
            let text =
                text.ok_or_else(|| Mistake::here("cannot be a query parameter").within(name))?;
            patch = patch.append_query(&**name, text);
        }
    }
    Ok(patch)
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte))
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
}

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
