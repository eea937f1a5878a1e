//! Are the parameters there, and what their schemas say?

use std::{borrow::Cow, collections::BTreeMap};

use jsonschema::Validator;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use wasmgate_sdk::{Interest, Problem, Request};

use crate::{
    config::{Described, Parameter},
    models::{self, Models},
    report::{Place, Violations},
    text::Shapes,
};

/// The parameters of one part of the request, in the order of their names.
pub(crate) struct Parameters {
    place: Place,
    named: Vec<Named>,
}

struct Named {
    name: String,
    required: bool,
    separator: Option<char>,
    checked: Option<(Validator, Shapes)>,
}

impl Parameters {
    pub(crate) fn new(
        models: &Models,
        place: Place,
        parameters: BTreeMap<String, Parameter>,
    ) -> Result<Self, Problem> {
        let mut named = Vec::new();
        let mut problems = Vec::new();
        for (name, parameter) in parameters {
            let pointer = models::pointer(place.setting(), &name);
            match Named::new(models, &pointer, name, parameter) {
                Ok(parameter) => named.push(parameter),
                Err(problem) => problems.push(problem),
            }
        }
        Problem::all(problems)?;
        Ok(Parameters { place, named })
    }

    pub(crate) fn interest(&self, interest: Interest) -> Interest {
        let add = match self.place {
            Place::Path => Interest::path,
            Place::Query => Interest::query,
            _ => Interest::header,
        };
        let names = self.named.iter().map(|parameter| parameter.name.clone());
        names.fold(interest, add)
    }

    /// Adds what is wrong with the parameters.
    pub(crate) fn check(&self, request: &Request, violations: &mut Violations) {
        for parameter in &self.named {
            let values = self.values(request, &parameter.name);
            parameter.check(self.place, &values, violations);
        }
    }

    /// Adds the query parameters that nobody named.
    pub(crate) fn check_names(&self, request: &Request, violations: &mut Violations) {
        for (name, _) in request.query_parameters() {
            if self.named.iter().all(|parameter| parameter.name != name) {
                violations.unknown(self.place, name);
            }
        }
    }

    fn values<'a>(&self, request: &'a Request, name: &str) -> Vec<Cow<'a, str>> {
        match self.place {
            Place::Path => {
                let raw = request
                    .path_parameters()
                    .filter(|(found, _)| *found == name);
                raw.map(|(_, value)| percent_decode_str(value).decode_utf8_lossy())
                    .collect()
            }
            Place::Query => {
                let all = request
                    .query_parameters()
                    .filter(|(found, _)| *found == name);
                all.map(|(_, value)| value.into()).collect()
            }
            _ => {
                let all = request.headers();
                all.filter(|(found, _)| found.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value.into())
                    .collect()
            }
        }
    }
}

impl Named {
    fn new(
        models: &Models,
        pointer: &str,
        name: String,
        parameter: Parameter,
    ) -> Result<Self, Problem> {
        let Described {
            required,
            schema,
            separator,
        } = match parameter {
            Parameter::Described(described) => described,
            Parameter::Required(required) => Described {
                required,
                schema: None,
                separator: None,
            },
        };
        let checked = schema.map(|schema| {
            let (schema, validator) = models.schema(&format!("{pointer}/schema"), schema)?;
            Ok::<_, Problem>((validator, Shapes::new(models, &schema)))
        });
        Ok(Named {
            name,
            required,
            separator,
            checked: checked.transpose()?,
        })
    }

    fn check(&self, place: Place, values: &[Cow<'_, str>], violations: &mut Violations) {
        if values.iter().all(|value| value.trim().is_empty()) {
            if self.required {
                violations.missing(place, &self.name);
                return;
            }
            if values.is_empty() {
                return;
            }
        }
        let Some((validator, shapes)) = &self.checked else {
            return;
        };
        let size = values.iter().map(|value| value.len()).sum();
        for value in self.read(values, shapes) {
            violations.check_parameter(place, &self.name, validator, &value, size);
        }
    }

    /// One array where the schema expects one; else every value alone, since nobody knows which one the upstream takes.
    fn read(&self, values: &[Cow<'_, str>], shapes: &Shapes) -> Vec<Value> {
        let expected = shapes.root();
        if !expected.is_list() {
            return values.iter().map(|value| expected.scalar(value)).collect();
        }
        let items = values.iter().flat_map(|value| match self.separator {
            Some(separator) => value.split(separator).collect(),
            None => vec![&**value],
        });
        vec![items.map(|item| expected.item().scalar(item)).collect()]
    }
}
