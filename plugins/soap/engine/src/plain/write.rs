//! JSON to XML.

use super::Rules;
use crate::{
    Mistake,
    json::Value,
    xml::{self, XSI, is_name, is_text},
};

/// A document of an object that has one member.
///
/// # Errors
/// Where the value cannot be written as XML.
pub fn to_xml(value: &Value<'_>, rules: &Rules) -> Result<String, Mistake> {
    let one = "a document has one root element: send an object with one member";
    let (name, value) = match value {
        Value::Object(members) => match &members[..] {
            [(name, value)] if !matches!(value, Value::Array(_)) => (name, value),
            _ => return Err(Mistake::here(one)),
        },
        _ => return Err(Mistake::here(one)),
    };
    let mut out = r#"<?xml version="1.0" encoding="UTF-8"?>"#.to_owned();
    let mut writer = Writer::new(rules);
    let written = writer.root(name, value, &mut out);
    written.map_err(|mistake| mistake.within(name))?;
    Ok(out)
}

/// Appends one element to a message; `more` is appended to its tag, such as [`declarations`].
///
/// # Errors
/// Where the value cannot be written as XML.
pub fn write(
    tag: &str,
    more: &str,
    value: &Value<'_>,
    rules: &Rules,
    out: &mut String,
) -> Result<(), Mistake> {
    let mut writer = Writer::new(rules);
    writer
        .scope
        .extend(tag.split_once(':').map(|(prefix, _)| prefix.to_owned()));
    writer.element(tag, value, more, out)
}

/// Declarations of the prefixes that the rules know, as attributes.
pub fn declarations(rules: &Rules) -> String {
    let mut out = String::new();
    for (prefix, namespace) in &rules.prefixes {
        let name = match &**prefix {
            "" => "xmlns".to_owned(),
            prefix => ["xmlns:", prefix].concat(),
        };
        xml::attribute(&name, namespace, &mut out);
    }
    out
}

/// Writes elements below others.
pub(crate) struct Writer<'r> {
    rules: &'r Rules,
    /// Prefixes that are declared here.
    scope: Vec<String>,
}

impl<'r> Writer<'r> {
    pub(crate) fn new(rules: &'r Rules) -> Self {
        let known = rules.prefixes.iter().map(|(prefix, _)| prefix.clone());
        Writer {
            rules,
            scope: known.chain(["xsi".to_owned(), "xml".to_owned()]).collect(),
        }
    }

    /// Stands within a message that declares this many prefixes of a schema.
    pub(crate) fn within(&mut self, namespaces: usize) {
        self.scope
            .extend((0..namespaces).map(|place| format!("ns{place}")));
    }

    /// The outermost element, which declares the prefixes that the rules know.
    fn root(&mut self, name: &str, value: &Value<'_>, out: &mut String) -> Result<(), Mistake> {
        let declarations = declarations(self.rules);
        // Only where it is used: most documents have no nil.
        let mark = out.len();
        self.element(name, value, &declarations, out)?;
        if out[mark..].contains(" xsi:") {
            let mut xsi = String::new();
            xml::attribute("xmlns:xsi", XSI, &mut xsi);
            out.insert_str(mark + 1 + name.len(), &xsi);
        }
        Ok(())
    }

    /// One member: an element, or one for each item of an array.
    pub(crate) fn member(
        &mut self,
        name: &str,
        value: &Value<'_>,
        out: &mut String,
    ) -> Result<(), Mistake> {
        let Value::Array(items) = value else {
            return self.element(name, value, "", out);
        };
        for (n, item) in items.iter().enumerate() {
            let written = match item {
                Value::Array(_) => Err(Mistake::here(
                    "XML has no arrays in arrays: name what is in it",
                )),
                item => self.element(name, item, "", out),
            };
            written.map_err(|mistake| mistake.within(&n.to_string()))?;
        }
        Ok(())
    }

    /// One element; `more` is appended to its tag.
    pub(crate) fn element(
        &mut self,
        name: &str,
        value: &Value<'_>,
        more: &str,
        out: &mut String,
    ) -> Result<(), Mistake> {
        let outside = self.scope.len();
        if let Value::Object(members) = value {
            self.declare(members.iter().map(|(name, _)| &**name));
        }
        self.check(name)?;
        out.extend(["<", name, more]);
        self.tag(value, out)?;
        let tag = out.len();
        out.push('>');
        match value {
            Value::Object(members) => {
                for (member, value) in members {
                    if self.attribute(member).is_none() {
                        let written = self.inner(member, value, out);
                        written.map_err(|mistake| mistake.within(member))?;
                    }
                }
            }
            Value::Null => {}
            scalar => text(scalar, out)?,
        }
        self.scope.truncate(outside);
        if out.len() > tag + 1 {
            out.extend(["</", name, ">"]);
        } else {
            out.truncate(tag);
            out.push_str("/>");
        }
        Ok(())
    }

    /// What stands in a tag behind the name.
    fn tag(&self, value: &Value<'_>, out: &mut String) -> Result<(), Mistake> {
        let nil = match value {
            Value::Null => true,
            Value::Object(members) => {
                for (member, value) in members {
                    if let Some(attribute) = self.attribute(member) {
                        let written = self.write_attribute(attribute, value, out);
                        written.map_err(|mistake| mistake.within(member))?;
                    }
                }
                value.get(&self.rules.text) == Some(&Value::Null)
            }
            _ => false,
        };
        if nil {
            out.push_str(r#" xsi:nil="true""#);
        }
        Ok(())
    }

    /// A member that is no attribute.
    fn inner(&mut self, name: &str, value: &Value<'_>, out: &mut String) -> Result<(), Mistake> {
        if name == self.rules.text {
            return match value {
                Value::Null => Ok(()),
                value => text(value, out),
            };
        }
        if self.rules.cdata.as_deref() == Some(name) {
            xml::cdata(checked(value)?, out);
            return Ok(());
        }
        if name == self.rules.content {
            return self.content(value, out);
        }
        self.member(name, value, out)
    }

    fn content(&mut self, value: &Value<'_>, out: &mut String) -> Result<(), Mistake> {
        let Value::Array(items) = value else {
            return Err(Mistake::here("must be an array of texts and objects"));
        };
        for (n, item) in items.iter().enumerate() {
            let written = match item {
                Value::Object(members) => members.iter().try_for_each(|(name, value)| {
                    let written = self.member(name, value, out);
                    written.map_err(|mistake| mistake.within(name))
                }),
                item => text(item, out),
            };
            written.map_err(|mistake| mistake.within(&n.to_string()))?;
        }
        Ok(())
    }

    /// The name of an attribute that a member stands for.
    fn attribute<'n>(&self, member: &'n str) -> Option<&'n str> {
        let name = member.strip_prefix(&*self.rules.attribute)?;
        (!name.is_empty() && !self.rules.attribute.is_empty()).then_some(name)
    }

    fn write_attribute(
        &self,
        name: &str,
        value: &Value<'_>,
        out: &mut String,
    ) -> Result<(), Mistake> {
        self.check_attribute(name)?;
        if let Value::Null = value {
            return Ok(());
        }
        xml::attribute(name, checked(value)?, out);
        Ok(())
    }

    fn declare<'n>(&mut self, members: impl Iterator<Item = &'n str>) {
        for member in members {
            let name = self.attribute(member);
            if let Some(prefix) = name.and_then(|name| name.strip_prefix("xmlns:")) {
                self.scope.push(prefix.to_owned());
            }
        }
    }

    fn check_attribute(&self, name: &str) -> Result<(), Mistake> {
        match name.split_once(':') {
            None if name == "xmlns" => Ok(()),
            Some(("xmlns", prefix)) if is_name(prefix) && !matches!(prefix, "xml" | "xmlns") => {
                Ok(())
            }
            _ => self.check(name),
        }
    }

    fn check(&self, name: &str) -> Result<(), Mistake> {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        if !is_name(local) || (name.contains(':') && !is_name(prefix)) {
            return Err(Mistake::here(format!("`{name}` is not a name in XML")));
        }
        match prefix.is_empty() || self.scope.iter().any(|known| known == prefix) {
            true => Ok(()),
            false => Err(Mistake::here(format!(
                "the prefix `{prefix}` is not declared: add a member `{}xmlns:{prefix}`",
                self.rules.attribute
            ))),
        }
    }
}

fn text(value: &Value<'_>, out: &mut String) -> Result<(), Mistake> {
    xml::text(checked(value)?, out);
    Ok(())
}

fn checked<'v>(value: &'v Value<'_>) -> Result<&'v str, Mistake> {
    match value.scalar() {
        Some(text) if is_text(text) => Ok(text),
        Some(_) => Err(Mistake::here("holds a control character, which XML cannot")),
        None => Err(Mistake::here(format!(
            "must be a text, a number or a boolean, not {}",
            value.kind()
        ))),
    }
}
