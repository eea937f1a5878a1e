//! Files of keys.

use wasmgate_sdk::{Problem, assets::Asset};

use crate::{
    config::{Entry, Named},
    csv::{Columns, Records},
    owners::Owners,
    yaml,
};

/// A mistake and the line that it is in.
pub(crate) struct Mistake {
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) message: String,
}

impl From<Mistake> for Problem {
    fn from(mistake: Mistake) -> Self {
        Problem::at("/keys", mistake.message).line(mistake.line, mistake.column)
    }
}

/// Adds the keys of a file.
pub(crate) fn read(file: &Asset, owners: &mut Owners) -> Result<(), Problem> {
    let name = file.name().to_ascii_lowercase();
    if [".yaml", ".yml", ".json"]
        .iter()
        .any(|ending| name.ends_with(ending))
    {
        return Ok(yaml::read(&file.text()?, owners)?);
    }
    let mut format = Format::Unknown;
    let mut line = 0;
    file.for_each_line(|text| {
        line += 1;
        let text = text.trim_start_matches('\u{feff}');
        let added = format.line(text, owners);
        added.map_err(|message| at(line, message))
    })?;
    format.end().map_err(|message| at(line, message))
}

fn at(line: u32, message: String) -> Problem {
    let column = 1;
    Problem::from(Mistake {
        line,
        column,
        message,
    })
}

/// What the lines read so far say of how the others are to be read.
enum Format {
    Unknown,
    Lines,
    Csv(Columns, Records),
}

impl Format {
    fn line(&mut self, text: &str, owners: &mut Owners) -> Result<(), String> {
        if let Format::Csv(columns, records) = self {
            return match records.line(text)? {
                Some(fields) => columns
                    .entry(&fields)?
                    .map_or(Ok(()), |entry| owners.add(entry)),
                None => Ok(()),
            };
        }
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            return Ok(());
        }
        if let (Format::Unknown, Some(columns)) = (&self, Columns::parse(text)) {
            *self = Format::Csv(columns?, Records::default());
            return Ok(());
        }
        *self = Format::Lines;
        let (key, principal) = text.split_once(',').unwrap_or((text, ""));
        let (key, principal) = (key.trim().to_owned(), principal.trim().to_owned());
        owners.add(Entry::Named(Named::new(key, principal)))
    }

    fn end(&self) -> Result<(), String> {
        match self {
            Format::Csv(_, records) => records.end(),
            Format::Unknown | Format::Lines => Ok(()),
        }
    }
}
