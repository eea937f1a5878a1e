//! XML to JSON and back by the types of a schema: arrays stay arrays, numbers are numbers, what must be there is asked
//! for.
//!
//! Members are elements; `@NAME` is an attribute, `#text` the text of an element that may have attributes, `@xsi:type`
//! the name of a derived type.

mod read;
/// What elements of encoded messages refer to.
mod references;
mod write;

pub use self::{
    read::{decode, read},
    references::References,
    write::{Writer, encode, write},
};

/// How closely a message has to follow its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// As a receiver of requests: everything must be right.
    Strict,
    /// As a receiver of replies: what is not described is converted by rules, a number that is none is a text.
    Lenient,
}

#[cfg(test)]
mod tests;
