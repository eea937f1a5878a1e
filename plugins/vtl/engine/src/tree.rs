//! A template as it is kept: what is printed, set, repeated.

use std::sync::Arc;

use crate::{error::Place, value::Text};

/// Pieces of a template, one after the other.
pub(crate) type Block = Vec<Node>;

/// One piece of a template.
#[derive(Debug)]
pub(crate) enum Node {
    Text(Box<str>),
    Print(Reference),
    Set(Box<Set>),
    If(Vec<Branch>),
    Foreach(Box<Foreach>),
    /// A block under a name, rendered wherever the name is printed.
    Define(Slot, Arc<Define>),
    /// Leaves a loop: the nearest, or the one that the expression names.
    Break(Option<Box<Expression>>, Place),
    Stop,
}

/// The number of a variable: names are looked up once, when the template is read.
pub(crate) type Slot = usize;

/// `#set($target = value)`.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) target: Target,
    pub(crate) value: Expression,
    pub(crate) place: Place,
}

/// What is set: a variable, or the last step of a path that begins with one.
#[derive(Debug)]
pub(crate) enum Target {
    Variable(Slot),
    Path(Reference),
}

/// One arm of `#if`; the last may have no condition.
#[derive(Debug)]
pub(crate) struct Branch {
    pub(crate) condition: Option<Expression>,
    pub(crate) block: Block,
}

/// What stands between `#define` and its `#end`.
#[derive(Debug)]
pub struct Define {
    pub(crate) block: Block,
}

/// `#foreach($element in list)`.
#[derive(Debug)]
pub(crate) struct Foreach {
    pub(crate) element: Slot,
    pub(crate) list: Expression,
    pub(crate) block: Block,
    pub(crate) place: Place,
}

/// A value of the template: `$name`, and the way from it to what is meant.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) root: Root,
    pub(crate) steps: Vec<Step>,
    /// Backslashes and signs that are printed before the value.
    pub(crate) prefix: Box<str>,
    /// Printed in place of the value, where the reference is escaped.
    pub(crate) escaped: Option<Box<str>>,
    /// The reference as it was written, with its prefixes, for what has no text at all.
    pub(crate) literal: Box<str>,
    pub(crate) place: Place,
}

/// What a reference begins with.
#[derive(Debug)]
pub(crate) enum Root {
    Variable(Slot),
    /// Looks like a reference and is none: prints this, and has no value.
    Text(Box<str>),
    /// `$\!name`, which has no value and prints nothing.
    Nothing,
}

/// One step from a value to another.
#[derive(Debug)]
pub(crate) enum Step {
    Property(Arc<str>),
    Call(Box<Call>),
    Index(Box<Expression>, Place),
}

/// A call of a method.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: Arc<str>,
    pub(crate) arguments: Vec<Expression>,
    pub(crate) place: Place,
}

/// What has a value.
#[derive(Debug)]
pub(crate) enum Expression {
    /// A bare word among the arguments of a directive, which has no value.
    Word,
    True,
    False,
    Integer(i32),
    Long(i64),
    /// Digits that fit no other number.
    Big(Arc<str>),
    Double(f64),
    Text(Text),
    /// A text with references in it; the last character is not part of it where the flag is set.
    Interpolated(Arc<Block>, bool),
    Reference(Box<Reference>),
    List(Vec<Expression>),
    Map(Vec<(Expression, Expression)>),
    Range(Box<(Expression, Expression)>, Place),
    Not(Box<Expression>),
    And(Box<(Expression, Expression)>),
    Or(Box<(Expression, Expression)>),
    Compare(Comparison, Box<(Expression, Expression)>),
    Math(Box<Math>),
}

/// An operator between two values that says yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// An operator between two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulus,
}

/// A calculation. Added to a text, a side without a value counts as it was written.
#[derive(Debug)]
pub(crate) struct Math {
    pub(crate) operator: Operator,
    pub(crate) sides: (Expression, Expression),
    pub(crate) literals: (Box<str>, Box<str>),
    pub(crate) place: Place,
}
