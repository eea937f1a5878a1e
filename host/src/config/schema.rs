//! Holds a value against a JSON Schema, and tells each violation as a problem with its place and what to do.

use jsonschema::{
    ValidationError, Validator,
    error::{TypeKind, ValidationErrorKind as Kind},
};
use serde_json::Value;

use super::{Place, Problem, document::escape, problem};

/// A compiled JSON Schema: the configuration's own, or a plugin's.
#[derive(Debug)]
pub struct Schema {
    written: Value,
    validator: Validator,
}

/// What was given is not a JSON Schema.
#[derive(Debug, thiserror::Error)]
#[error("not a valid JSON Schema: {0}")]
pub struct InvalidSchema(String);

impl Schema {
    pub fn compile(written: Value) -> Result<Schema, InvalidSchema> {
        let validator = jsonschema::validator_for(&written);
        let validator = validator.map_err(|error| InvalidSchema(error.to_string()))?;
        Ok(Schema { written, validator })
    }

    /// Everything about `value`, which stands at `place`, that the schema does not allow.
    pub fn violations(&self, value: &Value, place: &Place) -> Vec<Problem> {
        let errors: Vec<_> = self.validator.iter_errors(value).collect();
        self.problems(&errors.iter().collect::<Vec<_>>(), place)
    }

    fn problems(&self, errors: &[&ValidationError<'_>], place: &Place) -> Vec<Problem> {
        let unknown: Vec<&str> = errors.iter().flat_map(|error| unexpected(error)).collect();
        let mut problems = Vec::new();
        for error in errors {
            match error.kind() {
                Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                    problems.extend(self.alternatives(error, context, place));
                }
                // A misspelt member is one mistake, not an unknown and a missing one.
                Kind::Required { property } if is_misspelt(property, &unknown) => {}
                _ => problems.extend(self.problem(error, place)),
            }
        }
        problems
    }

    /// Of several forms, tells what is wrong with the one that was probably meant.
    fn alternatives(
        &self,
        error: &ValidationError<'_>,
        forms: &[Vec<ValidationError<'static>>],
        place: &Place,
    ) -> Vec<Problem> {
        let at = error.instance_path().as_str();
        let right_kind = |errors: &&Vec<ValidationError<'static>>| {
            let mut kinds = errors
                .iter()
                .filter(|error| matches!(error.kind(), Kind::Type { .. }));
            !kinds.any(|error| error.instance_path().as_str() == at)
        };
        let weight = |errors: &&Vec<ValidationError<'static>>| -> usize {
            errors
                .iter()
                .map(|error| unexpected(error).count().max(1))
                .sum()
        };
        let meant = forms.iter().filter(right_kind).min_by_key(weight);
        match meant {
            Some(errors) => self.problems(&errors.iter().collect::<Vec<_>>(), place),
            None => vec![self.none_fits(error, forms, place)],
        }
    }

    fn none_fits(
        &self,
        error: &ValidationError<'_>,
        forms: &[Vec<ValidationError<'static>>],
        place: &Place,
    ) -> Problem {
        let at = error.instance_path().as_str();
        let mut expected: Vec<String> = Vec::new();
        for error in forms.iter().flatten() {
            let name = (error.instance_path().as_str() == at)
                .then(|| self.expected(error))
                .flatten();
            expected.extend(name.filter(|name| !expected.contains(name)));
        }
        let problem = mismatch(error.instance(), &expected.join(" or "), place.inside(at));
        self.with_example(problem, error)
    }

    fn problem(&self, error: &ValidationError<'_>, place: &Place) -> Vec<Problem> {
        let at = error.instance_path().as_str();
        let here = place.inside(at);
        let found = error.instance();
        let one = match error.kind() {
            Kind::AdditionalProperties { .. } | Kind::UnevaluatedProperties { .. } => {
                let known = self.members(error);
                return unexpected(error)
                    .map(|name| unknown_member(name, &known, &here))
                    .collect();
            }
            Kind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                let here = place.key_inside(at);
                self.described(
                    Problem::new(here, format!("`{name}` is missing")),
                    error,
                    name,
                )
            }
            Kind::Enum { options } => {
                let options: Vec<&str> = options
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                let shown = shown(found);
                let problem =
                    Problem::new(here, format!("{shown} is not one of the values allowed"));
                let meant = problem::did_you_mean(found.as_str().unwrap_or_default(), options);
                Problem {
                    suggestion: meant,
                    ..problem
                }
            }
            Kind::Type { .. } => {
                let expected = self.expected(error).unwrap_or_default();
                self.with_example(mismatch(found, &expected, here), error)
            }
            Kind::Pattern { .. } => {
                let expected = self
                    .expected(error)
                    .unwrap_or_else(|| "another form".to_owned());
                let problem = Problem::new(here, format!("{} is not {expected}", shown(found)));
                self.with_example(problem, error)
            }
            Kind::Minimum { limit } => Problem::new(
                here,
                format!("{} is too small; the least is {limit}", shown(found)),
            ),
            Kind::Maximum { limit } => Problem::new(
                here,
                format!("{} is too large; the most is {limit}", shown(found)),
            ),
            Kind::MinItems { limit } => {
                Problem::new(here, format!("too few items; at least {limit}"))
            }
            Kind::MinProperties { limit } => {
                Problem::new(here, format!("too few members; at least {limit}"))
            }
            _ => Problem::new(here, error.to_string()),
        };
        vec![one]
    }

    /// What the schema asks for at the place of an error: its title, or the JSON type.
    fn expected(&self, error: &ValidationError<'_>) -> Option<String> {
        let title = self
            .around(error)
            .and_then(|schema| schema.get("title")?.as_str());
        if let Some(title) = title.filter(|title| title.starts_with("a ")) {
            return Some(title.to_owned());
        }
        match error.kind() {
            Kind::Type { kind } => Some(types(kind)),
            Kind::Enum { options } => {
                let names = options
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|name| format!("`{name}`"));
                Some(names.collect::<Vec<_>>().join(" or ").replace('"', ""))
            }
            _ => None,
        }
    }

    fn with_example(&self, problem: Problem, error: &ValidationError<'_>) -> Problem {
        if problem.suggestion.is_some() {
            return problem;
        }
        let example = self
            .around(error)
            .and_then(|schema| schema.get("examples")?.get(0));
        match example {
            Some(Value::String(example)) => problem.help(format!("for example `{example}`")),
            Some(example) => problem.help(format!("for example `{example}`")),
            None => problem,
        }
    }

    /// Says what a missing member is for, by the schema's own description.
    fn described(&self, problem: Problem, error: &ValidationError<'_>, name: &str) -> Problem {
        let schema = self
            .around(error)
            .and_then(|schema| schema.get("properties")?.get(name));
        let text = schema.and_then(|schema| schema.get("description")?.as_str());
        match text.and_then(|text| text.lines().next()) {
            Some(first) => problem.help(format!("`{name}`: {}", first.trim_end_matches('.'))),
            None => problem,
        }
    }

    /// The schema one of whose keywords was violated.
    fn around(&self, error: &ValidationError<'_>) -> Option<&Value> {
        let keyword = error.schema_path().as_str();
        self.written.pointer(&keyword[..keyword.rfind('/')?])
    }

    /// Members that the schema knows at the place of an error.
    fn members(&self, error: &ValidationError<'_>) -> Vec<&str> {
        let schema = self
            .around(error)
            .and_then(|schema| schema.get("properties")?.as_object());
        schema
            .into_iter()
            .flat_map(|members| members.keys().map(String::as_str))
            .collect()
    }
}

fn unexpected<'a>(error: &'a ValidationError<'_>) -> impl Iterator<Item = &'a str> {
    let names: &[String] = match error.kind() {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            unexpected
        }
        _ => &[],
    };
    names.iter().map(String::as_str)
}

fn is_misspelt(property: &Value, unknown: &[&str]) -> bool {
    let name = property.as_str().unwrap_or_default();
    unknown
        .iter()
        .any(|unknown| problem::closest(unknown, [name]).is_some())
}

fn unknown_member(name: &str, known: &[&str], around: &Place) -> Problem {
    let here = around.key_inside(&format!("/{}", escape(name)));
    Problem {
        suggestion: problem::did_you_mean(name, known.iter().copied()),
        ..Problem::new(here, format!("unknown member `{name}`"))
    }
}

fn mismatch(found: &Value, expected: &str, here: Place) -> Problem {
    let problem = Problem::new(here, format!("expected {expected}, found {}", kind(found)));
    match found.as_str().map(str::to_lowercase).as_deref() {
        Some("yes" | "on" | "y") if expected.contains("true") => problem.help("write `true`"),
        Some("no" | "off" | "n") if expected.contains("true") => problem.help("write `false`"),
        _ if expected == "a text"
            && !found.is_object()
            && !found.is_array()
            && !found.is_null() =>
        {
            problem.help("put it in quotes")
        }
        _ => problem,
    }
}

/// A value as a message shows it: short ones as they are.
fn shown(value: &Value) -> String {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    match text.chars().count() > 60 {
        true => format!("`{}…`", text.chars().take(60).collect::<String>()),
        false => format!("`{text}`"),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "`true` or `false`",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "members",
    }
}

fn types(kind: &TypeKind) -> String {
    let name = |name: &str| match name {
        "null" => "nothing",
        "boolean" => "`true` or `false`",
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "a text",
        "array" => "a list",
        _ => "members",
    };
    match kind {
        TypeKind::Single(one) => name(one.as_str()).to_owned(),
        TypeKind::Multiple(all) => {
            let names: Vec<&str> = all.iter().map(|one| name(one.as_str())).collect();
            names
                .into_iter()
                .filter(|name| *name != "nothing")
                .collect::<Vec<_>>()
                .join(" or ")
        }
    }
}
