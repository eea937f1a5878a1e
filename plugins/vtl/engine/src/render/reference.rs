//! References: what they mean, and how they print.

use super::{Rendered, Renderer, failed};
use crate::{
    document::Spot,
    error::Place,
    methods::{self, Fault},
    tree::{Call, Expression, Reference, Root, Step},
    value::{Key, MapRef, Number, Text, Value},
};

impl Renderer<'_> {
    /// The value; an empty text where there is none, which is API Gateway's own rule.
    pub(super) fn reference(&mut self, reference: &Reference) -> Rendered<Value> {
        if !matches!(reference.root, Root::Variable(_)) {
            return Ok(Value::Null);
        }
        let value = match self.begun(reference) {
            (value, []) => value,
            (value, rest) => self.walk(value, rest)?,
        };
        Ok(match value {
            Value::Null => Value::Text(Text::default()),
            value => value,
        })
    }

    /// Where a reference begins, or farther, and the steps from there.
    #[inline]
    fn begun<'t>(&self, reference: &'t Reference) -> (Value, &'t [Step]) {
        match (self.root(reference), reference.steps.as_slice()) {
            (None, _) => (Value::Null, &[]),
            (Some(Value::Map(map)), steps) => within(map, steps),
            (Some(root), [Step::Property(name), rest @ ..]) => {
                (methods::property(root, name, self.input), rest)
            }
            (Some(root), steps) => (root.clone(), steps),
        }
    }

    /// The value of the variable with which a reference begins.
    pub(super) fn root(&self, reference: &Reference) -> Option<&Value> {
        match reference.root {
            Root::Variable(slot) => self.slots[slot].as_ref(),
            Root::Text(_) | Root::Nothing => None,
        }
    }

    pub(super) fn is_true(&mut self, reference: &Reference) -> Rendered<bool> {
        if let (Some(Value::Loop(scope)), [Step::Property(name)]) =
            (self.root(reference), reference.steps.as_slice())
            && &**name == "hasNext"
        {
            return Ok(scope.has_next.get());
        }
        match &reference.root {
            Root::Text(_) => return Ok(false),
            Root::Nothing => return Ok(true),
            Root::Variable(_) => {}
        }
        match self.reference(reference)? {
            Value::Boolean(yes) => Ok(yes),
            Value::Block(block, depth) => {
                Ok(self.shown_block(&block, &depth, reference.place)?.is_some())
            }
            _ => Ok(true),
        }
    }

    pub(super) fn print(&mut self, reference: &Reference) -> Rendered<()> {
        let place = reference.place;
        if let Some(text) = seen(&self.slots, reference) {
            return self.out.write(text, place);
        }
        if let Root::Nothing = reference.root {
            return Ok(());
        }
        let value = self.reference(reference)?;
        if let Some(escaped) = &reference.escaped {
            self.out.write(&reference.prefix, place)?;
            return self.out.write(escaped, place);
        }
        if let Value::Block(block, depth) = &value {
            return match self.named_block(block, depth, place)? {
                true => Ok(()),
                false => self.out.write(&reference.literal, place),
            };
        }
        if !reference.prefix.is_empty() {
            self.out.write(&reference.prefix, place)?;
        }
        self.out.show(&value, place)
    }

    pub(super) fn walk(&mut self, mut value: Value, steps: &[Step]) -> Rendered<Value> {
        if let [step] = steps
            && !value.is_null()
        {
            return self.step(&value, step);
        }
        for step in steps {
            if value.is_null() {
                break;
            }
            value = self.step(&value, step)?;
        }
        Ok(value)
    }

    fn step(&mut self, value: &Value, step: &Step) -> Rendered<Value> {
        match step {
            Step::Property(name) => Ok(methods::property(value, name, self.input)),
            Step::Call(call) => {
                self.enter(call.place)?;
                let result = self.call(value, call);
                self.depth -= 1;
                result
            }
            Step::Index(index, place) => self.deeper(*place, |renderer| {
                let index = renderer.index(value, index, *place)?;
                renderer.at(value, &index, *place)
            }),
        }
    }

    fn call(&mut self, value: &Value, call: &Call) -> Rendered<Value> {
        let (one, several);
        let arguments: &[Value] = match call.arguments.as_slice() {
            [] => &[],
            [argument] => {
                one = [self.value(argument)?];
                &one
            }
            arguments => {
                several = self.values(arguments)?;
                &several
            }
        };
        if let (Value::Block(..), "toString", []) = (value, &*call.name, arguments) {
            return Ok(Value::text(self.text(value, call.place)?.into_owned()));
        }
        let result = methods::call(value, &call.name, arguments, self, call.place)?;
        if let Value::Text(text) = &result {
            self.out.sized(text.size(), call.place)?;
        }
        Ok(result)
    }

    /// The value of an index; a negative one counts from the end.
    pub(super) fn index(
        &mut self,
        value: &Value,
        index: &Expression,
        place: Place,
    ) -> Rendered<Value> {
        let index = self.value(index)?;
        let Value::Number(Number::Integer(number @ ..0)) = index else {
            return Ok(index);
        };
        let size = match value {
            Value::List(list) => list.len(),
            Value::Map(map) => map.len(),
            Value::Loop(_) => 0,
            _ => return Err(failed(place, "a negative index of what has no size")),
        };
        Ok(Value::integer(
            i32::try_from(size)
                .unwrap_or(i32::MAX)
                .saturating_add(number),
        ))
    }

    fn at(&mut self, value: &Value, index: &Value, place: Place) -> Rendered<Value> {
        match (value, index) {
            (Value::List(list), Value::Number(Number::Integer(number))) if list.is_ordered() => {
                let found = usize::try_from(*number)
                    .ok()
                    .and_then(|number| list.get(number));
                found.ok_or_else(|| {
                    failed(
                        place,
                        format!("no item {number} in a list of {}", list.len()),
                    )
                })
            }
            (Value::Map(map), index) => Ok(map.get(&Key::of(index)).unwrap_or_default()),
            _ => Ok(Value::Null),
        }
    }
}

/// What a reference prints, where it stands somewhere already and no value has to be made for it.
#[inline]
fn seen<'s>(slots: &'s [Option<Value>], reference: &Reference) -> Option<&'s str> {
    let Root::Variable(slot) = reference.root else {
        return None;
    };
    if reference.escaped.is_some() || !reference.prefix.is_empty() {
        return None;
    }
    match slots[slot].as_ref()? {
        Value::Text(text) if reference.steps.is_empty() => Some(text),
        Value::Map(map) => match descend(map.spot()?, &reference.steps) {
            (None, _) => Some(""),
            (Some(spot), []) => spot.printed(),
            _ => None,
        },
        _ => None,
    }
}

/// The value at the names with which a way into a map begins, and the steps behind them.
fn within<'t>(map: &MapRef, steps: &'t [Step]) -> (Value, &'t [Step]) {
    if let Some(spot) = map.spot() {
        let (spot, rest) = descend(spot, steps);
        return (spot.map_or(Value::Null, Spot::value), rest);
    }
    match steps {
        [Step::Property(name), rest @ ..] => (map.text(name).unwrap_or_default(), rest),
        steps => (Value::Map(map.clone()), steps),
    }
}

/// Goes from object to object of a document as long as there are names; none where one is missing.
#[inline]
fn descend<'d, 't>(mut spot: Spot<'d>, mut steps: &'t [Step]) -> (Option<Spot<'d>>, &'t [Step]) {
    while let ([Step::Property(name), rest @ ..], Some(members)) = (steps, spot.members()) {
        match members.find(name) {
            Some(member) => (spot, steps) = (member, rest),
            None => return (None, rest),
        }
    }
    (Some(spot), steps)
}

/// A fault of a method, at its place.
pub(crate) fn fault(place: Place) -> impl Fn(Fault) -> super::Halt {
    move |Fault(message)| failed(place, message)
}
