//! From a file to the configuration: as written, checked, as used.

use std::{path::Path, sync::Arc};

use serde_json::Value;

use super::{
    Config, Document, Environment, NAME_AN_API, Place, Problem, Problems, Schema, check, document,
    sound::Sound, written::Written,
};

/// The largest configuration file, bytes.
const LARGEST: u64 = 16 << 20;

/// Reads a configuration. Every mistake in it is reported, not only the first.
pub fn load(path: &Path, environment: Environment<'_>) -> Result<Config, Problems> {
    let helps = Helps {
        unreadable: Some("name a configuration file with `-c`"),
        empty: Some(NAME_AN_API),
    };
    let (document, value) = read_with(path, environment, &helps)?;
    let place = Place::of(&document, "");
    let schema = Schema::compile(schema())
        .map_err(|error| Problem::new(place.clone(), error.to_string()))?;
    let mut problems = schema.violations(&value, &place);
    if let Some(sound) = Sound::of(value, &problems, &schema) {
        match serde_json::from_value::<Written>(sound.value.clone()) {
            Ok(written) => {
                let (config, found) = check::run(written, &document, environment);
                problems.extend(found.into_iter().filter(|problem| sound.concerns(problem)));
                if problems.is_empty() {
                    return Ok(config);
                }
            }
            // What is missing besides the mistakes that are known is no mistake of its own.
            Err(error) if problems.is_empty() => {
                problems.push(Problem::new(place.clone(), error.to_string()));
            }
            Err(_) => {}
        }
    }
    Err(Problems::new(problems).unwrap_or_else(|| nothing(place, &helps).into()))
}

/// What to do about a file that cannot be read, or is empty.
#[derive(Default)]
struct Helps {
    unreadable: Option<&'static str>,
    empty: Option<&'static str>,
}

/// Reads a YAML file with environment variables put in, and the places of all that is in it.
pub fn read(path: &Path, environment: Environment<'_>) -> Result<(Arc<Document>, Value), Problems> {
    read_with(path, environment, &Helps::default())
}

fn read_with(
    path: &Path,
    environment: Environment<'_>,
    helps: &Helps,
) -> Result<(Arc<Document>, Value), Problems> {
    let text = text(path, helps)?;
    let (document, value, problems) = document::read(path.to_owned(), text, environment);
    match (Problems::new(problems), value) {
        (Some(problems), _) => Err(problems),
        (None, None | Some(Value::Null)) => Err(nothing(Place::of(&document, ""), helps).into()),
        (None, Some(value)) => Ok((document, value)),
    }
}

/// The JSON Schema of a configuration file.
pub fn schema() -> Value {
    schemars::schema_for!(Written).to_value()
}

fn nothing(place: Place, helps: &Helps) -> Problem {
    Problem {
        suggestion: helps.empty.map(str::to_owned),
        ..Problem::new(place, "the file is empty")
    }
}

fn text(path: &Path, helps: &Helps) -> Result<String, Problem> {
    let refused = |reason: String| Problem {
        place: None,
        message: format!("cannot read `{}`: {reason}", path.display()),
        suggestion: helps.unreadable.map(str::to_owned),
    };
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => refused("it does not exist".to_owned()),
        std::io::ErrorKind::InvalidData => refused("it is not text in UTF-8".to_owned()),
        _ => refused(error.to_string()),
    };
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    if length > LARGEST {
        return Err(refused(format!("it is larger than {} MiB", LARGEST >> 20)));
    }
    std::fs::read_to_string(path).map_err(unreadable)
}
