//! Values with `${…}` in them.

use wasmgate_sdk::{Interest, Request};

/// A text, cut at its variables once.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, PartialEq)]
enum Part {
    Text(String),
    Context(String),
    Header(String),
    Query(String),
    Path(String),
}

impl Template {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (variable, after) = after.split_once('}').ok_or("`${` without its `}`")?;
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::variable(variable)?);
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        parts.retain(|part| *part != Part::Text(String::new()));
        Ok(Template(parts))
    }

    pub(crate) fn interest(&self, interest: Interest) -> Interest {
        self.0.iter().fold(interest, |interest, part| match part {
            Part::Text(_) => interest,
            Part::Context(name) => interest.context(name),
            Part::Header(name) => interest.header(name),
            Part::Query(name) => interest.query(name),
            Part::Path(name) => interest.path(name),
        })
    }

    /// The text with its variables filled in; none where one of them has no value.
    pub(crate) fn fill(&self, request: &Request) -> Option<String> {
        self.0.iter().map(|part| part.fill(request)).collect()
    }
}

impl Part {
    fn variable(variable: &str) -> Result<Self, String> {
        match variable.split_once('.') {
            Some((_, "")) => Err(format!("`${{{variable}}}` has no name after the dot")),
            Some(("context", name)) => Ok(Part::Context(name.to_owned())),
            Some(("header", name)) => Ok(Part::Header(name.to_owned())),
            Some(("query", name)) => Ok(Part::Query(name.to_owned())),
            Some(("path", name)) => Ok(Part::Path(name.to_owned())),
            _ => Err(format!(
                "unknown variable `${{{variable}}}`: write `${{context.NAME}}`, `${{header.NAME}}`, `${{query.NAME}}` or `${{path.NAME}}`"
            )),
        }
    }

    fn fill<'a>(&'a self, request: &'a Request) -> Option<&'a str> {
        match self {
            Part::Text(text) => Some(text),
            Part::Context(name) => request.context(name),
            Part::Header(name) => request.header(name),
            Part::Query(name) => request.query_parameter(name),
            Part::Path(name) => request.path_parameter(name),
        }
    }
}
