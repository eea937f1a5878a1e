//! `#if`, `#foreach`, `#break`, and blocks under a name.

use std::{cell::Cell, rc::Rc};

use super::{Halt, Rendered, Renderer, failed};
use crate::{
    error::Place,
    tree::{Branch, Define, Expression, Foreach, Slot},
    value::{List, MapRef, Origin, Value},
};

/// How often a block may be within itself.
const RECURSION: u8 = 2;

/// What `$foreach` is in a round of a loop.
#[derive(Debug)]
pub struct Loop {
    /// Which loop of the template it is.
    pub(crate) directive: usize,
    pub(crate) index: Cell<i32>,
    pub(crate) has_next: Cell<bool>,
    pub(crate) parent: Option<Rc<Loop>>,
    /// What `$foreach` was before the outermost loop.
    replaced: Option<Value>,
}

/// What a loop goes through, and how to see that it was changed meanwhile.
struct Rounds {
    items: Vec<Value>,
    source: Source,
    /// How often the source had changed at first.
    before: u32,
}

enum Source {
    Fixed,
    List(List),
    Map(MapRef),
}

impl Rounds {
    fn of(value: Value) -> Option<Rounds> {
        let (items, source) = match value {
            // A loop leaves nothing of an iterator.
            Value::List(list) if list.origin() == Origin::Iterator => {
                (list.change(std::mem::take), Source::Fixed)
            }
            Value::List(list) => Rounds::through(list),
            Value::Map(map) => (
                map.entries().into_iter().map(|(_, value)| value).collect(),
                Source::Map(map),
            ),
            Value::Loop(_) => (Vec::new(), Source::Fixed),
            _ => return None,
        };
        let (_, before) = source.now(items.len());
        Some(Rounds {
            items,
            source,
            before,
        })
    }

    fn through(list: List) -> (Vec<Value>, Source) {
        let map = list.map().cloned();
        match (list.into_items(), map) {
            (Ok(items), Some(map)) => (items, Source::Map(map)),
            (Ok(items), None) => (items, Source::Fixed),
            (Err(list), Some(map)) => (list.items(), Source::Map(map)),
            (Err(list), None) => (list.items(), Source::List(list)),
        }
    }

    /// Whether there is another round; Java's iterators refuse to go on where items came or went.
    fn next(&self, round: usize) -> Result<bool, ()> {
        let (count, changes) = self.source.now(self.items.len());
        match round != count && changes != self.before {
            true => Err(()),
            false => Ok(round != count),
        }
    }
}

impl Source {
    /// How many items there are, and how often they have changed.
    fn now(&self, before: usize) -> (usize, u32) {
        match self {
            Source::Fixed => (before, 0),
            Source::List(list) => list.now(before),
            Source::Map(map) => (before, map.changes()),
        }
    }
}

impl Renderer<'_> {
    pub(super) fn condition(&mut self, branches: &[Branch]) -> Rendered<()> {
        for branch in branches {
            let holds = match &branch.condition {
                Some(condition) => self.holds(condition)?,
                None => true,
            };
            if holds {
                return self.deeper(Place::default(), |renderer| renderer.block(&branch.block));
            }
        }
        Ok(())
    }

    pub(super) fn foreach(&mut self, foreach: &Foreach) -> Rendered<()> {
        let Some(rounds) = Rounds::of(self.value(&foreach.list)?) else {
            return Ok(());
        };
        self.out.charge(rounds.items.len(), foreach.place)?;
        let saved = self.save(foreach);
        let scope = Rc::new(self.scope(foreach));
        self.put(self.loops.scope, Value::Loop(Rc::clone(&scope)));
        let outcome = self.deeper(foreach.place, |renderer| {
            renderer.rounds(foreach, &rounds, &scope)
        });
        for (slot, value) in saved.into_iter().flatten() {
            self.slots[slot] = value;
        }
        self.leave_scope();
        match outcome {
            Err(Halt::Break) => Ok(()),
            Err(Halt::Leave(directive)) if directive == scope.directive => Ok(()),
            other => other,
        }
    }

    fn rounds(&mut self, foreach: &Foreach, rounds: &Rounds, scope: &Loop) -> Rendered<()> {
        let changed = |()| failed(foreach.place, "the list or map was changed within its loop");
        let mut round = 0;
        while round < self.limits.iterations && rounds.next(round).map_err(changed)? {
            let has_next = round + 1 != rounds.items.len();
            let count = i32::try_from(round + 1).unwrap_or(i32::MAX);
            self.put(self.loops.count, Value::integer(count));
            self.put(self.loops.has_next, Value::Boolean(has_next));
            self.put(Some(foreach.element), rounds.items[round].clone());
            scope.index.set(count - 1);
            scope.has_next.set(has_next);
            self.out.charge(1, foreach.place)?;
            self.block(&foreach.block)?;
            round += 1;
        }
        Ok(())
    }

    fn put(&mut self, slot: Option<Slot>, value: Value) {
        if let Some(slot) = slot {
            self.slots[slot] = Some(value);
        }
    }

    /// What the loop's own variables were before it.
    fn save(&self, foreach: &Foreach) -> [Option<(Slot, Option<Value>)>; 3] {
        let slots = [Some(foreach.element), self.loops.count, self.loops.has_next];
        slots.map(|slot| slot.map(|slot| (slot, self.slots[slot].clone())))
    }

    fn scope(&self, foreach: &Foreach) -> Loop {
        let before = self.loops.scope.and_then(|slot| self.slots[slot].clone());
        let (parent, replaced) = match before {
            Some(Value::Loop(parent)) => (Some(parent), None),
            other => (None, other),
        };
        Loop {
            directive: identity(foreach),
            index: Cell::new(-1),
            has_next: Cell::new(false),
            parent,
            replaced,
        }
    }

    /// `$foreach` is again what it was, unless the template has set it to something else.
    fn leave_scope(&mut self) {
        let Some(slot) = self.loops.scope else { return };
        if let Some(Value::Loop(scope)) = self.slots[slot].clone() {
            let parent = scope.parent.clone().map(Value::Loop);
            self.slots[slot] = parent.or_else(|| scope.replaced.clone());
        }
    }

    pub(super) fn leave(&mut self, scope: Option<&Expression>, place: Place) -> Rendered<()> {
        let Some(scope) = scope else {
            return Err(Halt::Break);
        };
        match self.value(scope)? {
            Value::Loop(scope) => Err(Halt::Leave(scope.directive)),
            _ => Err(failed(
                place,
                "`#break` takes a loop: `$foreach`, `$foreach.parent`",
            )),
        }
    }

    /// Prints a block; false where it is within itself too often.
    pub(super) fn named_block(
        &mut self,
        block: &Define,
        depth: &Cell<u8>,
        place: Place,
    ) -> Rendered<bool> {
        if depth.get() == RECURSION {
            return Ok(false);
        }
        depth.set(depth.get() + 1);
        let rendered = self.deeper(place, |renderer| renderer.block(&block.block));
        depth.set(depth.get() - 1);
        match rendered {
            Ok(()) | Err(Halt::Break) => Ok(true),
            Err(halt) => Err(halt),
        }
    }

    pub(super) fn shown_block(
        &mut self,
        block: &Define,
        depth: &Cell<u8>,
        place: Place,
    ) -> Rendered<Option<String>> {
        let outer = self.out.replace(String::new());
        let rendered = self.named_block(block, depth, place);
        let inner = self.out.replace(outer);
        Ok(rendered?.then_some(inner))
    }
}

/// A loop of the template, as a number.
fn identity(foreach: &Foreach) -> usize {
    std::ptr::from_ref(foreach).addr()
}
