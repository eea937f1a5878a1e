//! The schemas of a configuration, and how they refer to each other.

use std::{collections::BTreeMap, error::Error, sync::Arc};

use jsonschema::{
    PatternOptions, Retrieve, Uri, ValidationError, ValidationOptions,
    error::ValidationErrorKind as Kind,
};
use serde_json::{Value, json};
use wasmgate_sdk::{Problem, assets::Asset};

use crate::config::Draft;

/// What relative references between schemas stand for, as Amazon API Gateway writes them.
const BASE: &str = "https://apigateway.amazonaws.com/restapis/";
const MODELS: &str = "/models/";
/// A pattern's compiled form; one that needs more is a mistake of the operator.
const PATTERN_SIZE: usize = 1 << 20;
/// How many mistakes of one schema are told at once.
const MISTAKES: usize = 8;

/// All schemas that may be referred to.
#[derive(Clone)]
pub(crate) struct Models {
    draft: jsonschema::Draft,
    formats: Option<bool>,
    named: Arc<BTreeMap<String, Value>>,
}

impl Models {
    pub(crate) fn read(
        draft: Draft,
        formats: Option<bool>,
        models: BTreeMap<String, Value>,
    ) -> Result<Self, Problem> {
        let mut named = BTreeMap::new();
        let mut problems = Vec::new();
        for (name, schema) in models {
            match document(&pointer("/models", &name), schema) {
                Ok(schema) => drop(named.insert(name, schema)),
                Err(problem) => problems.push(problem),
            }
        }
        Problem::all(problems)?;
        Ok(Models {
            draft: draft.into(),
            formats,
            named: Arc::new(named),
        })
    }

    /// Finds the mistakes of all models, those too that nobody refers to.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        let compiled = self.named.iter().map(|(name, schema)| {
            let base = match name.contains(':') {
                true => name.clone(),
                false => format!("{BASE}-{MODELS}{name}"),
            };
            self.compile(&pointer("/models", name), schema, base)
        });
        Problem::all(compiled.filter_map(Result::err))
    }

    /// Reads a schema where a configuration may have one, and compiles it.
    pub(crate) fn schema(
        &self,
        pointer: &str,
        schema: Value,
    ) -> Result<(Value, jsonschema::Validator), Problem> {
        let schema = document(pointer, schema)?;
        let validator = self.compile(pointer, &schema, format!("{BASE}-{MODELS}-"))?;
        Ok((schema, validator))
    }

    /// The model that a reference without its fragment means.
    pub(crate) fn find(&self, uri: &str) -> Option<&Value> {
        let uri = uri.trim_end_matches('#');
        self.named.get(uri).or_else(|| {
            let (_, name) = uri.strip_prefix(BASE)?.split_once(MODELS)?;
            self.named.get(name)
        })
    }

    fn compile(
        &self,
        pointer: &str,
        schema: &Value,
        base: String,
    ) -> Result<jsonschema::Validator, Problem> {
        let mut options = jsonschema::options()
            .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_SIZE))
            .with_base_uri(base)
            .with_retriever(self.clone())
            .with_format("regex", is_pattern);
        if schema.get("$schema").is_none() {
            options = options.with_draft(self.draft);
        }
        if let Some(formats) = self.formats {
            options = options.should_validate_formats(formats);
        }
        build(&options, schema).map_err(|error| self.mistakes(pointer, schema, &error))
    }

    /// Everything that is wrong with a schema that cannot be compiled.
    fn mistakes(&self, pointer: &str, schema: &Value, first: &ValidationError<'_>) -> Problem {
        let meta = match self.draft.detect(schema) {
            jsonschema::Draft::Draft4 => jsonschema::draft4::meta::validator(),
            jsonschema::Draft::Draft6 => jsonschema::draft6::meta::validator(),
            jsonschema::Draft::Draft7 => jsonschema::draft7::meta::validator(),
            _ => jsonschema::draft202012::meta::validator(),
        };
        let all = meta.iter_errors(schema).take(MISTAKES);
        let all = all.map(|error| mistake(pointer, &error));
        all.reduce(Problem::and)
            .unwrap_or_else(|| mistake(pointer, first))
    }
}

/// Apart, for its one type of options.
fn build(
    options: &ValidationOptions<'_>,
    schema: &Value,
) -> Result<jsonschema::Validator, ValidationError<'static>> {
    options.build(schema)
}

impl Retrieve for Models {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let model = self.find(uri.as_str());
        model.cloned().ok_or_else(|| {
            format!("no model is called so; add `{uri}` below `models`: nothing is fetched").into()
        })
    }
}

impl From<Draft> for jsonschema::Draft {
    fn from(draft: Draft) -> Self {
        match draft {
            Draft::Draft4 => jsonschema::Draft::Draft4,
            Draft::Draft6 => jsonschema::Draft::Draft6,
            Draft::Draft7 => jsonschema::Draft::Draft7,
            Draft::Draft202012 => jsonschema::Draft::Draft202012,
        }
    }
}

/// A member's place.
pub(crate) fn pointer(parent: &str, name: &str) -> String {
    format!("{parent}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// A schema's text as JSON: what stands there, a file's content, or a reference to the model of that name.
fn document(pointer: &str, schema: Value) -> Result<Value, Problem> {
    match schema {
        Value::String(name) => Ok(json!({ "$ref": name })),
        Value::Object(ref members) if members.contains_key("asset") => {
            match serde_json::from_value::<Asset>(schema.clone()) {
                Ok(file) => read(pointer, &file),
                Err(_) => Ok(schema),
            }
        }
        Value::Object(_) | Value::Bool(_) => Ok(schema),
        _ => Err(Problem::at(
            pointer,
            "expected a schema, `{file: PATH}`, or the name of a model",
        )),
    }
}

fn read(pointer: &str, file: &Asset) -> Result<Value, Problem> {
    let text = file.text()?;
    serde_json::from_str(&text).map_err(|error| {
        let place = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Problem::at(pointer, format!("`{}` is not JSON: {error}", file.name()))
            .line(place(error.line()), place(error.column()))
    })
}

fn mistake(pointer: &str, error: &ValidationError<'_>) -> Problem {
    let place = format!("{pointer}{}", error.instance_path());
    let message = match error.kind() {
        Kind::Format { format } if format == "regex" => format!(
            "{} cannot be used as a pattern: patterns have no look-around and no back-references, so that each takes linear time, and compile to at most 1 MiB",
            error.instance()
        ),
        _ => error.to_string(),
    };
    Problem::at(place, message)
}

fn is_pattern(text: &str) -> bool {
    regex_syntax::parse(text).is_ok()
}
