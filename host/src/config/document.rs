//! Reads a YAML file into a value, and remembers where every part of it stands.

use std::{borrow::Cow, collections::BTreeMap, path::PathBuf, sync::Arc};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use serde_json::{Map, Value};

use super::{
    Environment, Place, Problem,
    expand::{self, ExpandError},
    scalar,
};

/// Deepest nesting, and most values that a file may hold once its aliases are put in.
const DEPTH: usize = 64;
const VALUES: usize = 1_000_000;

/// A file that was read, with the place of every value in it.
#[derive(Debug, Default)]
pub struct Document {
    pub path: PathBuf,
    pub text: String,
    /// Line and column of values, from 1, by JSON Pointer.
    pub places: BTreeMap<String, (u32, u32)>,
    /// Line and column of the names under which values stand.
    pub keys: BTreeMap<String, (u32, u32)>,
    /// Texts that came from the environment, with what is written in their place.
    expanded: BTreeMap<String, Expanded>,
}

#[derive(Clone, Debug)]
struct Expanded {
    written: String,
    value: String,
}

impl Document {
    /// Where a value stands, or the nearest thing around it.
    pub(super) fn position(&self, pointer: &str) -> (u32, u32) {
        let found = ancestors(pointer).find_map(|pointer| self.places.get(pointer));
        found.copied().unwrap_or((1, 1))
    }

    /// Where the name of a value stands, or the value, or the nearest thing around it.
    pub(super) fn key_position(&self, pointer: &str) -> (u32, u32) {
        let key = self.keys.get(pointer).copied();
        key.unwrap_or_else(|| self.position(pointer))
    }

    /// What a file named inside of this one is relative to.
    pub fn resolve(&self, path: &str) -> PathBuf {
        self.path
            .parent()
            .map_or_else(|| PathBuf::from(path), |directory| directory.join(path))
    }

    /// What is written where a text came from the environment; none where it is the text itself.
    pub(crate) fn written(&self, pointer: &str) -> Option<&str> {
        let expanded = self.expanded.get(pointer)?;
        Some(&expanded.written)
    }

    /// Whether a value, or something inside of it, came from the environment.
    pub(super) fn is_expanded(&self, pointer: &str) -> bool {
        self.expanded_in(pointer).next().is_some()
    }

    /// What came from the environment in a value: where in it, and how.
    fn expanded_in(&self, pointer: &str) -> impl Iterator<Item = (&str, &Expanded)> {
        let expanded = self.expanded.range(pointer.to_owned()..);
        let expanded = expanded.map_while(move |(at, expanded)| {
            let inside = at.strip_prefix(pointer)?;
            Some((inside, expanded))
        });
        expanded.filter(|(inside, _)| inside.is_empty() || inside.starts_with('/'))
    }

    /// A message without the values of environment variables: they may be secrets.
    pub(super) fn mask<'a>(&self, pointer: &str, message: &'a str) -> Cow<'a, str> {
        match ancestors(pointer).find_map(|pointer| self.expanded.get(pointer)) {
            Some(expanded) if message.contains(&expanded.value) => {
                message.replace(&expanded.value, &expanded.written).into()
            }
            _ => message.into(),
        }
    }
}

/// A pointer and all that are around it, from the inside.
fn ancestors(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |pointer| {
        pointer.rfind('/').map(|slash| &pointer[..slash])
    })
}

/// A name as a part of a JSON Pointer.
pub(super) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Reads a file's text. The value is missing where the text is not YAML at all.
pub(super) fn read(
    path: PathBuf,
    text: String,
    environment: Environment<'_>,
) -> (Arc<Document>, Option<Value>, Vec<Problem>) {
    let mut reader = Reader {
        parser: Parser::new_from_str(&text),
        document: Document {
            path,
            ..Document::default()
        },
        anchors: BTreeMap::new(),
        values: 0,
        mistakes: Vec::new(),
        environment,
    };
    let value = reader.stream();
    let Reader {
        mut document,
        mut mistakes,
        ..
    } = reader;
    document.text = text;
    let document = Arc::new(document);
    let value = value.map_err(|mistake| mistakes.push(mistake)).ok();
    let problem = |mistake: Mistake| Problem {
        place: Some(Place {
            document: Arc::clone(&document),
            pointer: String::new(),
            position: mistake.position,
        }),
        message: mistake.message,
        suggestion: mistake.help,
    };
    let problems = mistakes.into_iter().map(problem).collect();
    (document, value, problems)
}

struct Mistake {
    position: (u32, u32),
    message: String,
    help: Option<String>,
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    document: Document,
    /// What aliases stand for.
    anchors: BTreeMap<usize, Anchored>,
    values: usize,
    mistakes: Vec<Mistake>,
    environment: Environment<'a>,
}

/// A value with an anchor.
struct Anchored {
    value: Value,
    /// How many values it holds.
    values: usize,
    pointer: String,
}

/// Where the reader is: the pointer of the value, and what holds there.
struct Spot {
    pointer: String,
    depth: usize,
    /// Inside of a plugin's own configuration, where `${…}` may mean something else.
    foreign: bool,
}

impl Spot {
    fn inside(&self, name: &str) -> Spot {
        Spot {
            pointer: format!("{}/{}", self.pointer, escape(name)),
            depth: self.depth + 1,
            foreign: self.foreign || name == "with",
        }
    }
}

impl<'a> Reader<'a> {
    fn stream(&mut self) -> Result<Value, Mistake> {
        let root = Spot {
            pointer: String::new(),
            depth: 0,
            foreign: false,
        };
        let mut value = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(value.unwrap_or_default()),
                Event::DocumentStart(_) if value.is_some() => {
                    return Err(mistake(span.start, "a second document begins here")
                        .help("a configuration is one document; take the `---` away"));
                }
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd => {}
                event => value = Some(self.value(event, span, &root)?),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Mistake> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(self.syntax(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn value(&mut self, event: Event<'a>, span: Span, spot: &Spot) -> Result<Value, Mistake> {
        let before = self.values;
        self.values += 1;
        if spot.depth > DEPTH || self.values > VALUES {
            return Err(
                mistake(span.start, "nested too deep or too large").help(format!(
                    "at most {DEPTH} levels and {VALUES} values, aliases put in"
                )),
            );
        }
        self.document
            .places
            .insert(spot.pointer.clone(), position(span.start));
        let (value, anchor, tag) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = self.scalar(&text, style, tag.as_deref(), span, spot);
                (value, anchor, None)
            }
            Event::SequenceStart(anchor, tag) => (self.sequence(spot)?, anchor, tag),
            Event::MappingStart(anchor, tag) => (self.mapping(spot)?, anchor, tag),
            Event::Alias(anchor) => (self.alias(anchor, span, spot)?, 0, None),
            _ => return Err(mistake(span.start, "expected a value")),
        };
        if let Some(tag) = tag.filter(|tag| !matches!(&*tag.suffix, "map" | "seq")) {
            self.mistakes.push(unknown_tag(&tag, span));
        }
        if anchor != 0 {
            let anchored = Anchored {
                value: value.clone(),
                values: self.values - before,
                pointer: spot.pointer.clone(),
            };
            self.anchors.insert(anchor, anchored);
        }
        Ok(value)
    }

    fn sequence(&mut self, spot: &Spot) -> Result<Value, Mistake> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Value::Array(items));
            }
            let spot = spot.inside(&items.len().to_string());
            items.push(self.value(event, span, &spot)?);
        }
    }

    fn mapping(&mut self, spot: &Spot) -> Result<Value, Mistake> {
        let mut members = Map::new();
        loop {
            let (event, span) = self.next()?;
            let name = match event {
                Event::MappingEnd => return Ok(Value::Object(members)),
                Event::Scalar(name, ..) => name,
                _ => return Err(mistake(span.start, "a name must be plain text")),
            };
            let inside = spot.inside(&name);
            let (event, value_span) = self.next()?;
            if &*name == "<<" {
                self.mistakes.push(
                    mistake(span.start, "merge keys (`<<`) are not part of YAML 1.2")
                        .help("write the members out, or use an alias for a whole value"),
                );
            } else if members.contains_key(&*name) {
                let (line, _) = self.document.key_position(&inside.pointer);
                self.mistakes.push(
                    mistake(span.start, format!("`{name}` is written twice"))
                        .help(format!("the first is in line {line}; keep one of them")),
                );
            } else {
                self.document
                    .keys
                    .insert(inside.pointer.clone(), position(span.start));
                let value = self.value(event, value_span, &inside)?;
                members.insert(name.into_owned(), value);
                continue;
            }
            // Read past what is not kept, without giving it the place of the first.
            let aside = Spot {
                pointer: format!("{}#", inside.pointer),
                ..inside
            };
            self.value(event, value_span, &aside)?;
        }
    }

    fn alias(&mut self, anchor: usize, span: Span, spot: &Spot) -> Result<Value, Mistake> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            return Err(mistake(
                span.start,
                "an alias stands inside of its own anchor",
            ));
        };
        self.values += anchored.values;
        if self.values > VALUES {
            return Err(mistake(span.start, "aliases make this file too large")
                .help(format!("at most {VALUES} values, aliases put in")));
        }
        // What came from the environment did so here too.
        let expanded = self.document.expanded_in(&anchored.pointer);
        let here = |(inside, expanded): (&str, &Expanded)| {
            (format!("{}{inside}", spot.pointer), expanded.clone())
        };
        let expanded: Vec<_> = expanded.map(here).collect();
        self.document.expanded.extend(expanded);
        Ok(anchored.value.clone())
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: Span,
        spot: &Spot,
    ) -> Value {
        let expanded = match expand::expand(text, spot.foreign, self.environment) {
            Ok(expanded) => expanded,
            Err(error) => {
                self.mistakes.push(unexpanded(&error, span));
                return Value::String(text.to_owned());
            }
        };
        if let Cow::Owned(value) = &expanded
            && !value.is_empty()
        {
            let (written, value) = (text.to_owned(), value.clone());
            let known = Expanded { written, value };
            self.document.expanded.insert(spot.pointer.clone(), known);
        }
        let plain = style == ScalarStyle::Plain;
        match tag.map(|tag| (tag, &*tag.suffix)) {
            Some((tag, "str")) if tag.is_yaml_core_schema() => Value::String(expanded.into()),
            Some((tag, "int" | "float" | "bool" | "null")) if tag.is_yaml_core_schema() => {
                scalar::typed(&expanded)
            }
            Some((tag, _)) => {
                self.mistakes.push(unknown_tag(tag, span));
                Value::Null
            }
            None if plain => scalar::typed(&expanded),
            None => Value::String(expanded.into()),
        }
    }

    fn syntax(&self, error: &ScanError) -> Mistake {
        let info = error.info();
        match info.contains("tab") {
            true => {
                mistake(*error.marker(), "a tab where YAML wants spaces").help("indent with spaces")
            }
            false => mistake(*error.marker(), format!("not YAML: {info}")),
        }
    }
}

impl Mistake {
    fn help(mut self, help: impl Into<String>) -> Mistake {
        self.help = Some(help.into());
        self
    }
}

fn mistake(marker: Marker, message: impl Into<String>) -> Mistake {
    Mistake {
        position: position(marker),
        message: message.into(),
        help: None,
    }
}

fn unknown_tag(tag: &Tag, span: Span) -> Mistake {
    mistake(
        span.start,
        format!("unknown tag `{}{}`", tag.handle, tag.suffix),
    )
    .help("write the value without a tag")
}

fn unexpanded(error: &ExpandError, span: Span) -> Mistake {
    mistake(span.start, error.to_string()).help(error.help())
}

fn position(marker: Marker) -> (u32, u32) {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    (
        number(marker.line()).max(1),
        number(marker.col()).saturating_add(1),
    )
}

#[cfg(test)]
mod tests;
