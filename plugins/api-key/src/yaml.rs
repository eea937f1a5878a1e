//! Keys in YAML: a list of texts and objects as the configuration has it, alone or under `keys`.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Marker, Parser, Span, StrInput};

use crate::{
    config::{Entry, Named},
    file::Mistake,
    owners::Owners,
};

/// Adds the keys of a text.
pub(crate) fn read(text: &str, owners: &mut Owners) -> Result<(), Mistake> {
    let parser = Parser::new_from_str(text);
    let mut reader = Reader { parser, owners };
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd, _) => {}
            (Event::StreamEnd, _) => return Ok(()),
            (Event::SequenceStart(..), _) => reader.list()?,
            (Event::MappingStart(..), _) => reader.root()?,
            (_, span) => return Err(mistake(span.start, "expected a list of keys")),
        }
    }
}

struct Reader<'a, 'o> {
    parser: Parser<'a, StrInput<'a>>,
    owners: &'o mut Owners,
}

impl<'a> Reader<'a, '_> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Mistake> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(mistake(
                *error.marker(),
                &["not YAML: ", error.info()].concat(),
            )),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    /// `keys` and its list.
    fn root(&mut self) -> Result<(), Mistake> {
        loop {
            match self.next()? {
                (Event::MappingEnd, _) => return Ok(()),
                (Event::Scalar(name, ..), _) if name == "keys" => {}
                (_, span) => return Err(mistake(span.start, "expected `keys` and nothing else")),
            }
            match self.next()? {
                (Event::SequenceStart(..), _) => self.list()?,
                (_, span) => return Err(mistake(span.start, "expected a list of keys")),
            }
        }
    }

    fn list(&mut self) -> Result<(), Mistake> {
        loop {
            let (event, span) = self.next()?;
            let entry = match event {
                Event::SequenceEnd => return Ok(()),
                Event::Scalar(key, ..) => Entry::Bare(key.into_owned()),
                Event::MappingStart(..) => Entry::Named(self.named()?),
                _ => {
                    let message =
                        "a key is a text, or an object with `key`, `principal` and `context`";
                    return Err(mistake(span.start, message));
                }
            };
            let added = self.owners.add(entry);
            added.map_err(|message| mistake(span.start, &message))?;
        }
    }

    fn named(&mut self) -> Result<Named, Mistake> {
        let mut named = Named::new(String::new(), String::new());
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::MappingEnd => return Ok(named),
                Event::Scalar(name, ..) if name == "key" => named.key = self.text()?,
                Event::Scalar(name, ..) if name == "principal" => named.principal = self.text()?,
                Event::Scalar(name, ..) if name == "context" => named.context = self.context()?,
                Event::Scalar(name, ..) if name == "enabled" => named.enabled = self.truth()?,
                _ => {
                    let message = "expected `key`, `principal`, `context` or `enabled`";
                    return Err(mistake(span.start, message));
                }
            }
        }
    }

    fn context(&mut self) -> Result<BTreeMap<String, String>, Mistake> {
        let mut values = BTreeMap::new();
        match self.next()? {
            (Event::MappingStart(..), _) => {}
            (_, span) => return Err(mistake(span.start, "expected names and texts")),
        }
        loop {
            match self.next()? {
                (Event::MappingEnd, _) => return Ok(values),
                (Event::Scalar(name, ..), _) => values.insert(name.into_owned(), self.text()?),
                (_, span) => return Err(mistake(span.start, "expected a name")),
            };
        }
    }

    fn truth(&mut self) -> Result<bool, Mistake> {
        match self.next()? {
            (Event::Scalar(text, ..), _) if text == "true" => Ok(true),
            (Event::Scalar(text, ..), _) if text == "false" => Ok(false),
            (_, span) => Err(mistake(span.start, "expected `true` or `false`")),
        }
    }

    fn text(&mut self) -> Result<String, Mistake> {
        match self.next()? {
            (Event::Scalar(text, ..), _) => Ok(text.into_owned()),
            (_, span) => Err(mistake(span.start, "expected a text")),
        }
    }
}

fn mistake(marker: Marker, message: &str) -> Mistake {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Mistake {
        line: number(marker.line()).max(1),
        column: number(marker.col()).saturating_add(1),
        message: message.to_owned(),
    }
}
