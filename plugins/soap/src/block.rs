//! Header blocks with `${…}` in them.

use wasmgate_sdk::{Interest, Request, secrets};

/// An element, cut at its variables once.
pub(crate) struct Block(Vec<Part>);

enum Part {
    Text(String),
    Header(String),
    Query(String),
    Path(String),
    Context(String),
}

impl Block {
    /// Reads a block; without its variables it has to be well-formed.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        let mut bare = String::new();
        while let Some((before, after)) = rest.split_once("${") {
            let (variable, after) = after.split_once('}').ok_or("`${` without its `}`")?;
            bare.push_str(before);
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::variable(variable)?);
            rest = after;
        }
        bare.push_str(rest);
        parts.push(Part::Text(rest.to_owned()));
        let read = soap_engine::xml::read(&bare, &soap_engine::xml::Limits::default());
        match read {
            Ok(_) => Ok(Block(parts)),
            Err(unread) => Err(format!("a header block is one element of XML: {unread}")),
        }
    }

    pub(crate) fn interest(&self, interest: Interest) -> Interest {
        self.0.iter().fold(interest, |interest, part| match part {
            Part::Header(name) => interest.header(name),
            Part::Context(name) => interest.context(name),
            Part::Text(_) | Part::Query(_) | Part::Path(_) => interest,
        })
    }

    /// Appends the block with its variables filled in; nothing where one of them has no value.
    pub(crate) fn write(&self, request: &Request, out: &mut String) {
        let before = out.len();
        for part in &self.0 {
            let value = match part {
                Part::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Part::Header(name) => request.header(name),
                Part::Query(name) => request.query_parameter(name),
                Part::Path(name) => request.path_parameter(name),
                Part::Context(name) => request.context(name),
            };
            match value.filter(|value| soap_engine::xml::is_text(value)) {
                Some(value) => escape(value, out),
                None => return out.truncate(before),
            }
        }
    }
}

impl Part {
    fn variable(variable: &str) -> Result<Self, String> {
        match variable.split_once('.') {
            Some((_, "")) => Err(format!("`${{{variable}}}` has no name after the dot")),
            Some(("header", name)) => Ok(Part::Header(name.to_owned())),
            Some(("query", name)) => Ok(Part::Query(name.to_owned())),
            Some(("path", name)) => Ok(Part::Path(name.to_owned())),
            Some(("context", name)) => Ok(Part::Context(name.to_owned())),
            Some(("secret", name)) => secret(name),
            _ => Err(format!(
                "unknown variable `${{{variable}}}`: write `${{header.NAME}}`, `${{query.NAME}}`, `${{path.NAME}}`, `${{context.NAME}}` or `${{secret.NAME}}`"
            )),
        }
    }
}

fn secret(name: &str) -> Result<Part, String> {
    let value = secrets::get(name).map_err(|error| format!("the secret `{name}`: {error}"))?;
    let mut escaped = String::new();
    escape(&value, &mut escaped);
    Ok(Part::Text(escaped))
}

/// For text and for attributes, between quotes of either kind.
fn escape(value: &str, out: &mut String) {
    for character in value.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            other => out.push(other),
        }
    }
}
