//! Which template is meant: by the type of the request's body, or by what the client accepts.

use std::collections::BTreeMap;

use vtl_engine::{Mentions, Template};
use wasmgate_sdk::{Problem, assets::Asset, media};

use crate::config::{Passthrough, Source};

/// Templates by media type, in order of their names.
pub(crate) struct Templates(Vec<(String, Option<Written>)>);

/// A template, read.
pub(crate) struct Written {
    /// The media type under which it stands.
    pub(crate) name: String,
    pub(crate) template: Template,
    mentions: Mentions,
    text: String,
}

/// What becomes of a request.
pub(crate) enum Chosen<'t> {
    Template(&'t Written),
    PassOn,
    Unsupported,
}

impl Templates {
    /// Reads all templates, or says of each what is wrong with it.
    pub(crate) fn read(pointer: &str, sources: BTreeMap<String, Source>) -> Result<Self, Problem> {
        let mut templates = Vec::new();
        let mut problems = Vec::new();
        for (name, source) in sources {
            match written(pointer, &name, source) {
                Ok(template) => templates.push((media::essence(&name), template)),
                Err(problem) => problems.push(problem),
            }
        }
        Problem::all(problems)?;
        Ok(Templates(templates))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Written> {
        self.0.iter().filter_map(|(_, template)| template.as_ref())
    }

    pub(crate) fn mentions(&self) -> impl Iterator<Item = &Mentions> {
        self.iter().map(|template| &template.mentions)
    }

    /// The template for a body of this type.
    pub(crate) fn for_content(
        &self,
        content_type: Option<&str>,
        passthrough: Passthrough,
    ) -> Chosen<'_> {
        let wanted = media::essence(content_type.unwrap_or("application/json"));
        match self.find(&wanted).or_else(|| self.find("$default")) {
            Some(Some(template)) => Chosen::Template(template),
            Some(None) => Chosen::PassOn,
            None => match passthrough {
                Passthrough::WhenNoMatch => Chosen::PassOn,
                Passthrough::WhenNoTemplates if self.is_empty() => Chosen::PassOn,
                Passthrough::WhenNoTemplates | Passthrough::Never => Chosen::Unsupported,
            },
        }
    }

    /// The template for a client that accepts this; none where the reply is passed on.
    pub(crate) fn for_accept(&self, accept: Option<&str>) -> Option<&Written> {
        let first = accept
            .unwrap_or_default()
            .split(',')
            .next()
            .unwrap_or_default();
        let found = self
            .find(&media::essence(first))
            .or_else(|| self.find("application/json"));
        found
            .or_else(|| self.0.first().map(|(_, template)| template.as_ref()))
            .flatten()
    }

    fn find(&self, name: &str) -> Option<Option<&Written>> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, template)| template.as_ref())
    }
}

impl Written {
    /// Whether it may change a part of the request: `header`, `querystring` or `path`.
    pub(crate) fn overrides(&self, part: &str) -> bool {
        self.text.contains("requestOverride") && self.text.contains(part)
    }
}

/// None for an empty template, which passes on.
fn written(pointer: &str, name: &str, source: Source) -> Result<Option<Written>, Problem> {
    let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
    let text = match source {
        Source::Text(text) => text,
        Source::File(file) => file_text(&pointer, &file)?,
    };
    if text.is_empty() {
        return Ok(None);
    }
    let template = Template::parse(&text).map_err(|error| {
        Problem::at(pointer, error.message.clone()).line(error.place.line, error.place.column)
    })?;
    Ok(Some(Written {
        name: name.to_owned(),
        mentions: template.mentions(),
        template,
        text,
    }))
}

fn file_text(pointer: &str, file: &Asset) -> Result<String, Problem> {
    file.text()
        .map_err(|error| Problem::at(pointer, format!("cannot read `{}`: {error}", file.name())))
}
