//! Values with `${…}` in them.

use std::borrow::Cow;

use serde_json::Value;
use wasmgate_sdk::Interest;

use crate::{
    json,
    place::Place,
    scope::{Scope, Side},
};

/// A text, cut at its variables once.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Template {
    parts: Vec<Part>,
    form: Form,
}

/// What the text is, and how values have to be written in it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Form {
    #[default]
    Plain,
    Path,
    Json,
}

#[derive(Debug, PartialEq)]
enum Part {
    Text(String),
    Variable(Variable),
}

/// What stands between `${` and `}`.
#[derive(Debug, PartialEq)]
pub(crate) enum Variable {
    Context(String),
    Header(String),
    Query(String),
    /// A parameter of the route's path.
    Parameter(String),
    Cookie(String),
    Form(String),
    Body(Place),
    Method,
    Path,
    ReplyHeader(String),
    ReplyBody(Place),
    Status,
}

impl Template {
    /// A text.
    pub(crate) fn parse(text: &str, side: Side) -> Result<Self, String> {
        let mut template = Template::default();
        template.push(text, side, str::to_owned)?;
        Ok(template)
    }

    /// A path.
    pub(crate) fn path(text: &str) -> Result<Self, String> {
        let sound = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'\\');
        let mut template = Template::parse(text, Side::Request)?;
        template.form = Form::Path;
        let mut texts = template.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text),
            Part::Variable(_) => None,
        });
        let begins = text.starts_with('/') || text.starts_with("${path}");
        match begins && texts.all(|text| text.bytes().all(sound)) {
            true => Ok(template),
            false => Err(format!(
                "`{text}` is no path: it begins with `/` and has no query, no spaces, and `%` escapes for what needs them"
            )),
        }
    }

    /// A JSON value, whose texts may have variables.
    pub(crate) fn json(value: &Value, side: Side) -> Result<Self, String> {
        let mut template = Template {
            form: Form::Json,
            ..Template::default()
        };
        template.push_json(value, side)?;
        Ok(template)
    }

    pub(crate) fn interest(&self, interest: Interest) -> Interest {
        self.parts
            .iter()
            .fold(interest, |interest, part| match part {
                Part::Text(_) => interest,
                Part::Variable(variable) => variable.interest(interest),
            })
    }

    /// The text with its variables filled in; none where one of them has no value.
    pub(crate) fn fill(&self, scope: &Scope<'_>) -> Option<String> {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Variable(variable) => {
                    let value = scope.value(variable)?;
                    let raw = matches!(variable, Variable::Parameter(_) | Variable::Path);
                    match self.form {
                        Form::Path if !raw => encode(&value, &mut filled),
                        Form::Json => filled.push_str(&escaped(&value)),
                        _ => filled.push_str(&value),
                    }
                }
            }
        }
        Some(filled)
    }

    /// Appends a text, of which what is no variable is written as `form` does it.
    fn push(
        &mut self,
        text: &str,
        side: Side,
        form: impl Fn(&str) -> String,
    ) -> Result<(), String> {
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (variable, after) = after.split_once('}').ok_or("`${` without its `}`")?;
            self.push_text(&form(before));
            let variable = Variable::parse(variable, side)?;
            self.parts.push(Part::Variable(variable));
            rest = after;
        }
        self.push_text(&form(rest));
        Ok(())
    }

    fn push_json(&mut self, value: &Value, side: Side) -> Result<(), String> {
        match value {
            Value::String(text) => {
                self.push_text("\"");
                self.push(text, side, escaped)?;
                self.push_text("\"");
            }
            Value::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    self.push_text(if n == 0 { "[" } else { "," });
                    self.push_json(item, side)?;
                }
                self.push_text(if items.is_empty() { "[]" } else { "]" });
            }
            Value::Object(members) => {
                for (n, (name, member)) in members.iter().enumerate() {
                    self.push_text(if n == 0 { "{" } else { "," });
                    self.push_text(&json::quoted(name));
                    self.push_text(":");
                    self.push_json(member, side)?;
                }
                self.push_text(if members.is_empty() { "{}" } else { "}" });
            }
            other => self.push_text(&other.to_string()),
        }
        Ok(())
    }

    fn push_text(&mut self, text: &str) {
        match self.parts.last_mut() {
            _ if text.is_empty() => {}
            Some(Part::Text(last)) => last.push_str(text),
            _ => self.parts.push(Part::Text(text.to_owned())),
        }
    }
}

impl Variable {
    fn parse(text: &str, side: Side) -> Result<Self, String> {
        let (kind, name) = text.split_once('.').unwrap_or((text, ""));
        let name = || match name {
            "" => Err(format!("`${{{text}}}` needs a name: `${{{kind}.NAME}}`")),
            name => Ok(name.to_owned()),
        };
        let variable = match kind {
            "context" => Variable::Context(name()?),
            "header" => Variable::Header(name()?),
            "query" => Variable::Query(name()?),
            "path" if text == kind => Variable::Path,
            "path" => Variable::Parameter(name()?),
            "cookie" => Variable::Cookie(name()?),
            "form" => Variable::Form(name()?),
            "body" => Variable::Body(Place::single(&name()?)?),
            "method" if text == kind => Variable::Method,
            "response" if side == Side::Response => match name()?.split_once('.') {
                Some(("header", name)) if !name.is_empty() => {
                    Variable::ReplyHeader(name.to_owned())
                }
                Some(("body", place)) => Variable::ReplyBody(Place::single(place)?),
                None if text == "response.status" => Variable::Status,
                _ => return Err(unknown(text)),
            },
            "response" => return Err(format!("`${{{text}}}`: a request has no response yet")),
            _ => return Err(unknown(text)),
        };
        Ok(variable)
    }

    fn interest(&self, interest: Interest) -> Interest {
        match self {
            Variable::Context(name) => interest.context(name),
            Variable::Header(name) => interest.header(name),
            Variable::Query(name) => interest.query(name),
            Variable::Parameter(name) => interest.path(name),
            Variable::Cookie(_) => interest.header("cookie"),
            Variable::Form(_) => interest.header("content-type").body(),
            Variable::Body(_) => interest.body(),
            Variable::ReplyHeader(name) => interest.reply_header(name),
            Variable::ReplyBody(_) => interest.reply_body(),
            Variable::Method | Variable::Path | Variable::Status => interest,
        }
    }
}

fn unknown(text: &str) -> String {
    format!(
        "unknown variable `${{{text}}}`: there are `context.NAME`, `header.NAME`, `query.NAME`, `path.NAME`, `cookie.NAME`, \
         `form.NAME`, `body.PLACE`, `method`, `path` and, for replies, `response.header.NAME`, `response.body.PLACE` and \
         `response.status`"
    )
}

/// As a part of a JSON string.
fn escaped(text: &str) -> String {
    let quoted = json::quoted(text);
    quoted[1..quoted.len() - 1].to_owned()
}

/// As a part of a path's segment.
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
            out.push('%');
            out.extend(
                [digit(byte >> 4), digit(byte & 15)].map(|digit| digit.to_ascii_uppercase()),
            );
        }
    }
}

/// A value that the scope owns or not.
pub(crate) type Text<'a> = Cow<'a, str>;
