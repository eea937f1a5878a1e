//! Renders a tree: what is printed, what is set, what is repeated.

mod assign;
mod directive;
mod expression;
mod output;
mod reference;

use std::{borrow::Cow, cell::Cell, rc::Rc};

use self::output::Output;
pub(crate) use self::{directive::Loop, reference::fault};
use crate::{
    error::{Place, RenderError},
    input::Input,
    limits::Limits,
    tree::{Block, Node, Slot},
    value::{Object, TooDeep, Value, text},
};

/// Why rendering goes no further.
#[derive(Debug)]
pub(crate) enum Halt {
    Failed(Box<RenderError>),
    /// `#break`: the nearest loop or block ends.
    Break,
    /// `#break($scope)`: this loop ends.
    Leave(usize),
    /// `#stop`: the template ends.
    Stop,
}

pub(crate) type Rendered<T> = Result<T, Halt>;

/// The variables that `#foreach` sets, where the template has them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LoopSlots {
    pub(crate) scope: Option<Slot>,
    pub(crate) count: Option<Slot>,
    pub(crate) has_next: Option<Slot>,
}

pub(crate) struct Renderer<'r> {
    pub(crate) input: &'r Input<'r>,
    pub(crate) out: Output,
    limits: Limits,
    slots: Vec<Option<Value>>,
    loops: LoopSlots,
    depth: usize,
}

impl<'r> Renderer<'r> {
    pub(crate) fn new(
        input: &'r Input<'r>,
        limits: Limits,
        slots: Vec<Option<Value>>,
        loops: LoopSlots,
    ) -> Self {
        Renderer {
            input,
            // About as long as the body is usual: then it need not grow often.
            out: Output::new(input.length().clamp(1024, 1 << 20), limits),
            limits,
            slots,
            loops,
            depth: 0,
        }
    }

    /// Renders a whole template.
    pub(crate) fn template(mut self, block: &Block) -> Result<String, RenderError> {
        match self.block(block) {
            Ok(()) | Err(Halt::Break | Halt::Stop) => Ok(self.out.into_text()),
            Err(Halt::Failed(error)) => Err(*error),
            Err(Halt::Leave(_)) => Err(RenderError {
                place: Place::default(),
                message: "`#break` names a loop that has ended".to_owned(),
            }),
        }
    }

    fn block(&mut self, block: &Block) -> Rendered<()> {
        block.iter().try_for_each(|node| self.node(node))
    }

    fn node(&mut self, node: &Node) -> Rendered<()> {
        self.out.charge(1, Place::default())?;
        match node {
            Node::Text(text) => self.out.write(text, Place::default()),
            Node::Print(reference) => self.print(reference),
            Node::Set(set) => self.set(set),
            Node::If(branches) => self.condition(branches),
            Node::Foreach(foreach) => self.foreach(foreach),
            Node::Define(slot, define) => {
                self.slots[*slot] = Some(Value::Block(define.clone(), Rc::new(Cell::new(0))));
                Ok(())
            }
            Node::Break(scope, place) => self.leave(scope.as_deref(), *place),
            Node::Stop => Err(Halt::Stop),
        }
    }

    /// Renders aside, and gives what came out.
    fn aside(&mut self, block: &Block) -> Rendered<String> {
        let outer = self.out.replace(String::new());
        let rendered = self.block(block);
        let inner = self.out.replace(outer);
        rendered.map(|()| inner)
    }

    /// Java's `toString`; for a block what it renders.
    fn text<'v>(&mut self, value: &'v Value, place: Place) -> Rendered<Cow<'v, str>> {
        let shown = match value {
            Value::Block(block, depth) => {
                Cow::Owned(self.shown_block(block, depth, place)?.unwrap_or_default())
            }
            _ => text(value).map_err(|TooDeep| too_deep(place))?,
        };
        self.out.charge(shown.len() / 16, place)?;
        self.out.sized(shown.len(), place)?;
        Ok(shown)
    }

    fn deeper<T>(
        &mut self,
        place: Place,
        render: impl FnOnce(&mut Self) -> Rendered<T>,
    ) -> Rendered<T> {
        self.enter(place)?;
        let rendered = render(self);
        self.depth -= 1;
        rendered
    }

    #[inline]
    fn enter(&mut self, place: Place) -> Rendered<()> {
        if self.depth == self.limits.depth {
            let message = format!("nested more than {} deep", self.limits.depth);
            return Err(failed(place, message));
        }
        self.depth += 1;
        Ok(())
    }
}

#[cold]
pub(crate) fn failed(place: Place, message: impl Into<String>) -> Halt {
    Halt::Failed(Box::new(RenderError {
        place,
        message: message.into(),
    }))
}

pub(crate) fn too_deep(place: Place) -> Halt {
    failed(place, "a list or map holds itself, or others too deep")
}

/// What the gateway provides under a name.
pub(crate) fn provided(name: &str) -> Option<Object> {
    match name {
        "input" => Some(Object::Input),
        "util" => Some(Object::Util),
        _ => None,
    }
}
