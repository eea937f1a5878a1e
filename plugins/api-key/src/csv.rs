//! The CSV from which Amazon API Gateway imports keys: a line that names the columns in any order, `Name` and `Key`, and
//! perhaps `Description`, `Enabled` and `UsagePlanIds`. Others are passed over.

use crate::config::{Entry, Named};

/// Bytes of one record, so that a quote that is never closed does not take in the whole file.
const LONGEST: usize = 64 << 10;

/// Where the columns are.
pub(crate) struct Columns {
    key: usize,
    name: usize,
    description: Option<usize>,
    enabled: Option<usize>,
    plans: Option<usize>,
}

impl Columns {
    /// Reads the first line; none where it is no such line.
    pub(crate) fn parse(line: &str) -> Option<Result<Self, String>> {
        let fields = fields(line).ok()?;
        let find = |name: &str| {
            let mut fields = fields.iter();
            fields.position(|field| field.trim().eq_ignore_ascii_case(name))
        };
        let (key, name) = (find("key")?, find("name")?);
        let repeated = ["key", "name", "description", "enabled", "usageplanids"]
            .into_iter()
            .find(|name| {
                let same = fields
                    .iter()
                    .filter(|field| field.trim().eq_ignore_ascii_case(name));
                same.count() > 1
            });
        if let Some(name) = repeated {
            return Some(Err(format!("there are two columns `{name}`")));
        }
        Some(Ok(Columns {
            key,
            name,
            description: find("description"),
            enabled: find("enabled"),
            plans: find("usageplanids"),
        }))
    }

    /// The key of a record; none where the line is empty.
    pub(crate) fn entry(&self, fields: &[String]) -> Result<Option<Entry>, String> {
        if fields.iter().all(|field| field.trim().is_empty()) {
            return Ok(None);
        }
        let field = |place: usize| fields.get(place).map_or("", |field| field.trim());
        let more = |place: Option<usize>| place.map(field).filter(|field| !field.is_empty());
        let enabled = more(self.enabled).map(str::to_ascii_lowercase);
        let enabled = match enabled.as_deref() {
            None | Some("true") => true,
            Some("false") => false,
            Some(other) => return Err(format!("`Enabled` is `true` or `false`, not `{other}`")),
        };
        let context = [
            ("description", more(self.description)),
            ("usagePlanIds", more(self.plans)),
        ];
        let named = context
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        Ok(Some(Entry::Named(Named {
            key: field(self.key).to_owned(),
            principal: field(self.name).to_owned(),
            context: named.collect(),
            enabled,
        })))
    }
}

/// Records while their lines come: a quoted field may have several.
#[derive(Default)]
pub(crate) struct Records {
    begun: String,
    /// Whether it ends inside of a quoted field.
    open: bool,
}

impl Records {
    /// The fields of a record that this line ends.
    pub(crate) fn line(&mut self, text: &str) -> Result<Option<Vec<String>>, String> {
        if self.open {
            self.begun.push('\n');
        }
        self.begun.push_str(text);
        if self.begun.len() > LONGEST {
            return Err(format!(
                "a record of more than {LONGEST} bytes: is a quote not closed?"
            ));
        }
        self.open ^= text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
        if self.open {
            return Ok(None);
        }
        fields(&std::mem::take(&mut self.begun)).map(Some)
    }

    pub(crate) fn end(&self) -> Result<(), String> {
        match self.open {
            false => Ok(()),
            true => Err("the file ends inside of a quoted field".to_owned()),
        }
    }
}

/// RFC 4180: fields are separated by commas; one in quotes may hold commas, line breaks, and quotes twice.
fn fields(record: &str) -> Result<Vec<String>, String> {
    let mut fields = Vec::new();
    let mut rest = Some(record);
    while let Some(text) = rest {
        let (field, after) = match text.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => text
                .split_once(',')
                .map_or((text.to_owned(), None), |(field, after)| {
                    (field.to_owned(), Some(after))
                }),
        };
        fields.push(field);
        rest = after;
    }
    Ok(fields)
}

fn quoted_field(text: &str) -> Result<(String, Option<&str>), String> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"').ok_or("a quote is not closed")?;
        field.push_str(part);
        match after.strip_prefix('"') {
            Some(_) => field.push('"'),
            None if after.is_empty() => return Ok((field, None)),
            None => {
                let next = after.strip_prefix(',');
                let next = next.ok_or("a quoted field is followed by a comma")?;
                return Ok((field, Some(next)));
            }
        }
        rest = &after[1..];
    }
}
