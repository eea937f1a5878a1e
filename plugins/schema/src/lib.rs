//! Refuses requests whose parameters or body do not match a JSON Schema.
//!
//! Schemas and patterns are compiled in `configure`. A request costs time in proportion to its size: patterns are
//! matched without backtracking, and what is sought and told of violations is limited.

use wasmgate_sdk::prelude::*;

mod config;

/// The schemas, and how they refer to each other.
mod models;

/// Path, query and header parameters.
mod parameters;

/// The body, by its content type.
mod body;

/// Formats of bodies.
mod form;
mod json;
mod xml;

/// Texts, read as what a schema expects.
mod text;

/// What the client and the log are told.
mod report;

use body::{Bodies, TooLarge};
use config::{Config, Errors};
use models::Models;
use parameters::Parameters;
use report::{Place, Violations};

/// What the requests of one route must look like.
struct Schema {
    headers: Parameters,
    path: Parameters,
    query: Parameters,
    only_known_query: bool,
    body: Bodies,
    errors: Errors,
}

impl Plugin for Schema {
    type Config = Config;

    fn configure(config: Config) -> Result<Self, Problem> {
        let models = Models::read(config.draft, config.formats, config.models)?;
        models.check()?;
        let headers = Parameters::new(&models, Place::Header, config.headers);
        let path = Parameters::new(&models, Place::Path, config.path);
        let query = Parameters::new(&models, Place::Query, config.query);
        let body = Bodies::new(&models, config.body, config.other_types, config.limit);
        let parameters = [&headers, &path, &query];
        let problems = parameters
            .into_iter()
            .filter_map(|part| part.as_ref().err());
        Problem::all(problems.chain(body.as_ref().err()).cloned())?;
        Ok(Schema {
            headers: headers?,
            path: path?,
            query: query?,
            only_known_query: config.only_known_query,
            body: body?,
            errors: config.errors,
        })
    }
}

impl Validator for Schema {
    fn interest(&self) -> Interest {
        let mut interest = self.headers.interest(Interest::default());
        interest = self.query.interest(self.path.interest(interest));
        if self.only_known_query {
            interest = interest.query("*");
        }
        if !self.body.is_empty() {
            interest = interest.header("content-type").body();
        }
        interest
    }

    fn validate(&self, request: &Request) -> Result<(), Refusal> {
        let mut violations = Violations::new(self.errors);
        for parameters in [&self.headers, &self.path, &self.query] {
            parameters.check(request, &mut violations);
        }
        if self.only_known_query {
            self.query.check_names(request, &mut violations);
        }
        let told = self.errors == Errors::Detailed;
        if !self.body.is_empty() && (told || violations.is_empty()) {
            let body = self.body.check(request, &mut violations);
            body.map_err(|TooLarge| Refusal::too_large())?;
        }
        if violations.is_empty() {
            Ok(())
        } else {
            Err(violations.refusal())
        }
    }
}

wasmgate_sdk::export!(Schema: validator);

#[cfg(test)]
mod suite;
#[cfg(test)]
mod tests;
