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
        let fitting: Vec<_> = forms.iter().filter(right_kind).collect();
        let least = fitting.iter().map(|errors| weight(errors)).min();
        let nearest = fitting.into_iter();
        let nearest: Vec<_> = nearest
            .filter(|errors| Some(weight(errors)) == least)
            .collect();
        match nearest[..] {
            [] => vec![self.none_fits(error, forms, place)],
            [errors] => self.problems(&errors.iter().collect::<Vec<_>>(), place),
            [errors, ..] => undecided(at, &nearest, place)
                .unwrap_or_else(|| self.problems(&errors.iter().collect::<Vec<_>>(), place)),
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
        let expected = expected.join(" or ");
        let problem = mismatch(error.instance(), &expected, place.inside(at));
        quoted(
            self.with_example(problem, error),
            error.instance(),
            &expected,
        )
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
            Kind::Enum { options } => not_allowed(found, options, here),
            Kind::Type { .. } => {
                let expected = self.expected(error).unwrap_or_default();
                let problem = self.with_example(mismatch(found, &expected, here), error);
                quoted(problem, found, &expected)
            }
            Kind::Pattern { .. } => {
                let expected = self
                    .expected(error)
                    .unwrap_or_else(|| "another form".to_owned());
                let problem = Problem::new(here, format!("{} is not {expected}", shown(found)));
                self.with_example(problem, error)
            }
            // Only plugins have schemas that allow nothing: those without settings.
            Kind::FalseSchema if at.is_empty() => {
                Problem::new(here, "the plugin takes no settings").help("take them out")
            }
            Kind::FalseSchema => Problem::new(here, "this may not be here").help("take it out"),
            _ => self.out_of_bounds(error, here),
        };
        vec![one]
    }

    fn out_of_bounds(&self, error: &ValidationError<'_>, here: Place) -> Problem {
        let found = || shown(error.instance());
        let message = match error.kind() {
            Kind::Minimum { limit } => format!("{} is too small; the least is {limit}", found()),
            Kind::Maximum { limit } => format!("{} is too large; the most is {limit}", found()),
            Kind::MinItems { limit } => format!("too few items; at least {limit}"),
            Kind::MinProperties { limit } => format!("too few members; at least {limit}"),
            Kind::MaxProperties { limit } => format!("too many members; at most {limit}"),
            _ => return Problem::new(here, error.to_string()),
        };
        let problem = Problem::new(here, message);
        match error.kind() {
            Kind::MinItems { .. } | Kind::MinProperties { .. } => self.with_example(problem, error),
            _ => problem,
        }
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

/// How far a value is from a form: a misspelt member is one mistake.
fn weight(errors: &[ValidationError<'static>]) -> usize {
    let unknown: Vec<&str> = errors.iter().flat_map(unexpected).collect();
    let weigh = |error: &ValidationError<'_>| match error.kind() {
        Kind::Required { property } if is_misspelt(property, &unknown) => 0,
        _ => unexpected(error).count().max(1),
    };
    errors.iter().map(weigh).sum()
}

/// Of forms that are all as near, each lacking the member by which it is known, tells these members.
fn undecided(
    at: &str,
    forms: &[&Vec<ValidationError<'static>>],
    place: &Place,
) -> Option<Vec<Problem>> {
    let missing = forms.iter().map(|errors| {
        errors.iter().find_map(|error| match error.kind() {
            Kind::Required { property } if error.instance_path().as_str() == at => {
                Some(format!("`{}`", property.as_str()?))
            }
            _ => None,
        })
    });
    let names = missing.collect::<Option<Vec<_>>>()?.join(", ");
    let here = place.inside(at);
    let unknown: Vec<_> = forms.first()?.iter().flat_map(unexpected).collect();
    if unknown.is_empty() {
        let message = format!("one of {names} is missing");
        return Some(vec![Problem::new(place.key_inside(at), message)]);
    }
    let told = unknown.into_iter().map(|name| Problem {
        suggestion: Some(format!("write one of {names}")),
        ..unknown_member(name, &[], &here)
    });
    Some(told.collect())
}

fn not_allowed(found: &Value, options: &Value, here: Place) -> Problem {
    let options = options.as_array().into_iter().flatten();
    let options: Vec<&str> = options.filter_map(Value::as_str).collect();
    let message = format!("{} is not one of the values allowed", shown(found));
    Problem {
        suggestion: problem::did_you_mean(found.as_str().unwrap_or_default(), options),
        ..Problem::new(here, message)
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
        _ => problem,
    }
}

/// Says how a number or truth value becomes a text, where nothing better is known.
fn quoted(problem: Problem, found: &Value, expected: &str) -> Problem {
    let scalar = found.is_number() || found.is_boolean();
    match scalar && expected == "a text" && problem.suggestion.is_none() {
        true => problem.help("put it in quotes"),
        false => problem,
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
