//! Renders mapping templates as API Gateway does: Apache Velocity 1.7, with its rules about what is missing.
//!
//! A template is read once, into a tree ([`Template::parse`]), and rendered often ([`Template::render`]), each time with
//! a body and parameters ([`Input`]) and maps for `$context` and `$stageVariables` ([`MapRef`]).
//!
//! ```
//! use vtl_engine::{Input, Limits, Scope, Template};
//!
//! let template = Template::parse("{\"id\": $input.json('$.id')}").unwrap();
//! let input = Input::new("{\"id\": [1, 2]}");
//! let scope = Scope { input: &input, variables: Vec::new() };
//! assert_eq!(template.render(&scope, Limits::default()).unwrap(), "{\"id\": [1,2]}");
//! ```
//!
//! What Velocity's Java objects can do is in `methods`; JSONPath in `jsonpath`. Regular expressions take linear time.
//! Nothing here panics, waits, or looks outside; [`Limits`] bound what a template may use.

mod template;

pub use template::{Scope, Template};

mod limits;

pub use limits::Limits;

mod error;

pub use error::{Place, RenderError, SyntaxError};

mod mention;

pub use mention::Mentions;

mod lexer;
mod token;

mod parser;
mod tree;

mod render;

mod value;

pub use value::{Constant, Key, List, Map, MapRef, Number, Object, Text, Value};

mod input;

pub use input::Input;

mod methods;

mod pattern;

pub use pattern::Whole;

mod document;
mod json;
mod scan;

pub use json::JsonError;

mod jsonpath;

#[cfg(test)]
mod tests;
