//! What a template mentions, so that nothing else has to be provided.

use std::collections::BTreeSet;

use crate::{
    parser::Names,
    tree::{Block, Expression, Node, Reference, Root, Slot, Step, Target},
};

/// What a template wants to see of a request or reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// `$input.body`, `$input.json(…)`, `$input.path(…)`.
    pub body: bool,
    /// `$input.params('name')`.
    pub parameters: BTreeSet<String>,
    /// `$input.params()`: path, query and header parameters, all of them.
    pub all_parameters: bool,
    /// `$context.identity.sourceIp`, as `identity.sourceIp`.
    pub context: BTreeSet<String>,
    /// `$context` as a whole, or a part of it that is not named.
    pub all_context: bool,
}

/// The variables that matter here.
struct Walk {
    input: Option<Slot>,
    context: Option<Slot>,
    found: Mentions,
}

pub(crate) fn of(block: &Block, names: &Names) -> Mentions {
    let mut walk = Walk {
        input: names.find("input"),
        context: names.find("context"),
        found: Mentions::default(),
    };
    walk.block(block);
    walk.found
}

impl Walk {
    fn block(&mut self, block: &Block) {
        for node in block {
            self.node(node);
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Text(_) | Node::Stop | Node::Break(None, _) => {}
            Node::Print(reference) => self.reference(reference),
            Node::Set(set) => {
                if let Target::Path(reference) = &set.target {
                    self.reference(reference);
                }
                self.expression(&set.value);
            }
            Node::If(branches) => {
                for branch in branches {
                    branch
                        .condition
                        .iter()
                        .for_each(|condition| self.expression(condition));
                    self.block(&branch.block);
                }
            }
            Node::Foreach(foreach) => {
                self.expression(&foreach.list);
                self.block(&foreach.block);
            }
            Node::Define(_, define) => self.block(&define.block),
            Node::Break(Some(scope), _) => self.expression(scope),
        }
    }

    fn expression(&mut self, expression: &Expression) {
        match expression {
            Expression::Reference(reference) => self.reference(reference),
            Expression::Interpolated(block, _) => self.block(block),
            Expression::List(items) => items.iter().for_each(|item| self.expression(item)),
            Expression::Map(pairs) => pairs.iter().for_each(|pair| self.both(pair)),
            Expression::Not(negated) => self.expression(negated),
            Expression::Range(sides, _) => self.both(sides),
            Expression::And(sides) | Expression::Or(sides) | Expression::Compare(_, sides) => {
                self.both(sides)
            }
            Expression::Math(math) => self.both(&math.sides),
            _ => {}
        }
    }

    fn both(&mut self, (left, right): &(Expression, Expression)) {
        self.expression(left);
        self.expression(right);
    }

    fn reference(&mut self, reference: &Reference) {
        for step in &reference.steps {
            match step {
                Step::Property(_) => {}
                Step::Index(index, _) => self.expression(index),
                Step::Call(call) => call
                    .arguments
                    .iter()
                    .for_each(|argument| self.expression(argument)),
            }
        }
        let Root::Variable(slot) = reference.root else {
            return;
        };
        if Some(slot) == self.input {
            self.input(&reference.steps);
        } else if Some(slot) == self.context {
            self.context(&reference.steps);
        }
    }

    fn input(&mut self, steps: &[Step]) {
        match steps.first() {
            Some(Step::Property(name)) if &**name == "body" => self.found.body = true,
            Some(Step::Call(call)) => match (&*call.name, call.arguments.as_slice()) {
                ("params", [Expression::Text(name)]) => {
                    self.found.parameters.insert(name.to_string());
                }
                ("params", _) => self.found.all_parameters = true,
                _ => self.found.body = true,
            },
            Some(_) => {}
            // `$input` itself, which may be used in any way.
            None => {
                self.found.body = true;
                self.found.all_parameters = true;
            }
        }
    }

    /// Groups of values have names that only those who use them know.
    fn context(&mut self, steps: &[Step]) {
        let names: Vec<&str> = steps.iter().map_while(name).collect();
        match names.as_slice() {
            ["requestOverride" | "responseOverride", ..] => {}
            [] | ["identity" | "authorizer" | "http" | "error"] | ["authorizer", "claims"] => {
                self.found.all_context = true;
            }
            names => {
                self.found.context.insert(names.join("."));
            }
        }
    }
}

/// The name that a step goes to, where it is written.
fn name(step: &Step) -> Option<&str> {
    match step {
        Step::Property(name) => Some(name),
        Step::Index(index, _) => constant(index),
        Step::Call(call) => match (&*call.name, call.arguments.as_slice()) {
            ("get", [name]) => constant(name),
            _ => None,
        },
    }
}

fn constant(expression: &Expression) -> Option<&str> {
    match expression {
        Expression::Text(text) => Some(text),
        _ => None,
    }
}
