//! Builds the tree. Everything that an attacker could make expensive has a limit here.

use std::{borrow::Cow, rc::Rc};

use quick_xml::{
    Reader, XmlVersion,
    errors::Error,
    events::{Event, attributes::Attributes},
};

use super::{Attribute, Element, Limits, Name, Node, is_name, is_text, name::is_character};
use crate::json::Unread;

/// Reads a document.
///
/// # Errors
/// Where it is not well-formed, has a DTD, or is beyond the limits.
pub fn read<'a>(text: &'a str, limits: &Limits) -> Result<Element<'a>, Unread> {
    let mut builder = Builder {
        text,
        at: 0,
        limits,
        nodes: 0,
        open: Vec::new(),
        scope: Vec::new(),
        none: Rc::from(""),
        root: None,
    };
    let read = builder.document();
    read.map_err(|message| Unread::at(text, builder.at, message))
}

/// Attributes of one element: comparing each with each must stay cheap.
const ATTRIBUTES: usize = 64;
/// Namespaces in scope: looking one up must stay cheap.
const BINDINGS: usize = 128;

struct Builder<'a, 'l> {
    text: &'a str,
    /// Where the event begins that is looked at.
    at: usize,
    limits: &'l Limits,
    nodes: usize,
    /// Elements that have not ended, each with the length of the scope outside of it.
    open: Vec<(Element<'a>, usize)>,
    scope: Vec<(&'a str, Rc<str>)>,
    none: Rc<str>,
    root: Option<Element<'a>>,
}

type Built<T> = Result<T, Cow<'static, str>>;

impl<'a> Builder<'a, '_> {
    fn document(&mut self) -> Built<Element<'a>> {
        if !is_text(self.text) {
            return Err("a character that XML does not allow".into());
        }
        // `decode` took the mark of the encoding. This would be text; the reader passes it over, and its positions are
        // wrong from there on.
        if self.text.starts_with('\u{feff}') {
            return Err("text outside of the root element".into());
        }
        let mut reader = Reader::from_str(self.text);
        reader.config_mut().check_comments = true;
        loop {
            self.at = position(reader.buffer_position());
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    self.at = position(reader.error_position());
                    return Err(self.broken(&error));
                }
            };
            let end = position(reader.buffer_position());
            match event {
                Event::Start(_) => self.start(self.at + 1..end - 1)?,
                Event::Empty(_) => {
                    self.start(self.at + 1..end - 2)?;
                    self.end();
                }
                Event::End(_) => self.end(),
                Event::Text(text) => self.characters(text.xml10_content(), &text)?,
                Event::CData(_) => self.cdata(&self.text[self.at + 9..end - 3])?,
                Event::GeneralRef(name) => self.reference(&name)?,
                Event::DocType(_) => return Err("a DTD, which is not allowed".into()),
                Event::Decl(_) if self.at > 0 => {
                    return Err("a declaration that does not stand first".into());
                }
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => {
                    return self
                        .root
                        .take()
                        .ok_or("no element, or one that does not end".into());
                }
            }
        }
    }

    fn broken(&self, error: &Error) -> Cow<'static, str> {
        match error {
            Error::IllFormed(error) => error.to_string().into(),
            Error::Syntax(error) => error.to_string().into(),
            _ => "not well-formed XML".into(),
        }
    }

    /// Opens an element whose tag stands in this range, without its brackets.
    fn start(&mut self, tag: std::ops::Range<usize>) -> Built<()> {
        if self.root.is_some() {
            return Err("more than one root element".into());
        }
        if self.open.len() == self.limits.depth {
            return Err("nested too deeply".into());
        }
        let offset = self.at;
        let tag = &self.text[tag];
        let end = tag.find([' ', '\t', '\r', '\n']).unwrap_or(tag.len());
        let outside = self.scope.len();
        let (written, declarations) = self.attributes(tag, end)?;
        self.count(1 + written.len() + declarations.len())?;
        let name = self.resolve(&tag[..end], true)?;
        let attributes = written.into_iter().map(|(name, value)| {
            let name = self.resolve(name, false)?;
            Ok(Attribute { name, value })
        });
        let attributes = attributes.collect::<Built<Vec<_>>>()?;
        unique(&attributes)?;
        let element = Element {
            name,
            attributes,
            declarations,
            children: Vec::new(),
            offset,
        };
        self.open.push((element, outside));
        Ok(())
    }

    /// The attributes of a tag and, apart from them, the namespaces that it declares.
    #[expect(clippy::type_complexity, reason = "used once")]
    fn attributes(
        &mut self,
        tag: &'a str,
        end: usize,
    ) -> Built<(Vec<(&'a str, Cow<'a, str>)>, Vec<(&'a str, Rc<str>)>)> {
        let (mut written, mut declarations) = (Vec::new(), Vec::new());
        if end == tag.len() {
            return Ok((written, declarations));
        }
        for attribute in Attributes::new(tag, end) {
            let attribute = attribute.map_err(|error| error.to_string())?;
            if attribute.value.contains('<') {
                return Err("`<` in an attribute".into());
            }
            if written.len() + declarations.len() == ATTRIBUTES {
                return Err("too many attributes".into());
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.map_err(|error| error.to_string())?;
            if !is_text(&value) {
                return Err("a character that XML does not allow".into());
            }
            let name = attribute.key.into_inner();
            match name.strip_prefix("xmlns") {
                Some("") => declarations.push(self.declare("", value)?),
                Some(rest) if rest.starts_with(':') => {
                    declarations.push(self.declare(&rest[1..], value)?)
                }
                _ => written.push((name, value)),
            }
        }
        Ok((written, declarations))
    }

    fn declare(&mut self, prefix: &'a str, namespace: Cow<'a, str>) -> Built<(&'a str, Rc<str>)> {
        let reserved =
            matches!(prefix, "xml" | "xmlns") || (!prefix.is_empty() && !is_name(prefix));
        if reserved || (namespace.is_empty() && !prefix.is_empty()) {
            return Err(format!("the prefix `{prefix}` cannot be declared so").into());
        }
        if self.scope.len() == BINDINGS {
            return Err("too many namespaces".into());
        }
        let binding = (prefix, Rc::from(&*namespace));
        self.scope.push(binding.clone());
        Ok(binding)
    }

    fn resolve(&self, name: &'a str, element: bool) -> Built<Name<'a>> {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        if !is_name(local) || (name.contains(':') && !is_name(prefix)) {
            return Err(format!("`{name}` is not a name").into());
        }
        let namespace = match prefix {
            "xml" => Rc::from(XML),
            "" if !element => self.none.clone(),
            _ => {
                let mut scope = self.scope.iter().rev();
                let bound = scope.find(|(bound, _)| *bound == prefix);
                match bound {
                    Some((_, namespace)) => namespace.clone(),
                    None if prefix.is_empty() => self.none.clone(),
                    None => return Err(format!("the prefix `{prefix}` is not declared").into()),
                }
            }
        };
        Ok(Name {
            prefix,
            local,
            namespace,
        })
    }

    fn end(&mut self) {
        // The reader has compared the names.
        let Some((element, outside)) = self.open.pop() else {
            return;
        };
        self.scope.truncate(outside);
        match self.open.last_mut() {
            Some((parent, _)) => parent.children.push(Node::Element(element)),
            None => self.root = Some(element),
        }
    }

    fn characters(&mut self, content: Cow<'_, str>, written: &str) -> Built<()> {
        if written.contains("]]>") {
            return Err("`]]>` outside of a CDATA section".into());
        }
        let as_written = &self.text[self.at..self.at + written.len()];
        match content {
            // It borrows from the event, which borrows from the text: the same bytes.
            Cow::Borrowed(_) => self.push_text(Cow::Borrowed(as_written)),
            Cow::Owned(content) => self.push_text(Cow::Owned(content)),
        }
    }

    fn push_text(&mut self, text: Cow<'a, str>) -> Built<()> {
        let Some((element, _)) = self.open.last_mut() else {
            return match text.trim_ascii().is_empty() {
                true => Ok(()),
                false => Err("text outside of the root element".into()),
            };
        };
        match element.children.last_mut() {
            Some(Node::Text(before)) => before.to_mut().push_str(&text),
            _ => element.children.push(Node::Text(text)),
        }
        Ok(())
    }

    fn cdata(&mut self, content: &'a str) -> Built<()> {
        self.count(1)?;
        let (element, _) = self
            .open
            .last_mut()
            .ok_or("a CDATA section outside of the root element")?;
        element.children.push(Node::CData(content));
        Ok(())
    }

    /// A character, or one of the five entities that need no DTD.
    fn reference(&mut self, name: &quick_xml::events::BytesRef<'_>) -> Built<()> {
        if self.open.is_empty() {
            return Err("text outside of the root element".into());
        }
        let number = name.resolve_char_ref().map_err(|_| "no such character")?;
        let character = match (number, &**name) {
            (Some(character), _) if is_character(character) => character,
            (Some(_), _) => return Err("a character that XML does not allow".into()),
            (None, "amp") => '&',
            (None, "lt") => '<',
            (None, "gt") => '>',
            (None, "quot") => '"',
            (None, "apos") => '\'',
            (None, name) => return Err(format!("the entity `{name}` is not known").into()),
        };
        let mut bytes = [0; 4];
        let character = &*character.encode_utf8(&mut bytes);
        self.push_text(Cow::Owned(character.to_owned()))
    }

    fn count(&mut self, more: usize) -> Built<()> {
        self.nodes += more;
        match self.nodes > self.limits.nodes {
            true => Err("too many elements and attributes".into()),
            false => Ok(()),
        }
    }
}

/// Two prefixes may stand for one namespace, so that two attributes have one name.
fn unique(attributes: &[Attribute<'_>]) -> Built<()> {
    for (n, Attribute { name, .. }) in attributes.iter().enumerate() {
        let same = |other: &Attribute<'_>| {
            other.name.local == name.local && other.name.namespace == name.namespace
        };
        if !name.prefix.is_empty() && attributes[..n].iter().any(same) {
            return Err(format!("the attribute `{}` stands twice", name.local).into());
        }
    }
    Ok(())
}

fn position(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

const XML: &str = "http://www.w3.org/XML/1998/namespace";
