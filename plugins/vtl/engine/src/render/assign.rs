//! `#set`: variables, and members of lists and maps.

use std::sync::Arc;

use super::{Rendered, Renderer, failed};
use crate::{
    error::Place,
    tree::{Reference, Root, Set, Step, Target},
    value::{Key, List, MapRef, Number, Origin, Value},
};

impl Renderer<'_> {
    pub(super) fn set(&mut self, set: &Set) -> Rendered<()> {
        let value = self.value(&set.value)?;
        // Nothing is set to nothing: Velocity leaves the variable as it was.
        if value.is_null() {
            return Ok(());
        }
        match &set.target {
            Target::Variable(slot) => self.slots[*slot] = Some(value),
            Target::Path(reference) => self.set_path(reference, value, set.place)?,
        }
        Ok(())
    }

    fn set_path(&mut self, reference: &Reference, value: Value, place: Place) -> Rendered<()> {
        let (Root::Variable(slot), Some((last, before))) =
            (&reference.root, reference.steps.split_last())
        else {
            return Ok(());
        };
        let root = self.slots[*slot].clone().unwrap_or_default();
        let target = self.walk(root, before)?;
        match (target, last) {
            (Value::Null, _) => Ok(()),
            (target, Step::Index(index, place)) => {
                let index = self.index(&target, index, *place)?;
                self.set_index(&target, &index, value, *place)
            }
            (Value::Map(map), Step::Property(name)) => {
                self.put_in(&map, Key::Text(Arc::clone(name).into()), value, place)
            }
            (Value::Map(map), Step::Call(call)) => {
                self.put_in(&map, Key::Text(Arc::clone(&call.name).into()), value, place)
            }
            _ => Ok(()),
        }
    }

    fn set_index(
        &mut self,
        target: &Value,
        index: &Value,
        value: Value,
        place: Place,
    ) -> Rendered<()> {
        match (target, index) {
            (Value::List(list), Value::Number(Number::Integer(number))) => {
                self.set_item(list, *number, value, place)
            }
            (Value::Map(map), index) => self.put_in(map, Key::of(index), value, place),
            _ => Ok(()),
        }
    }

    fn set_item(&mut self, list: &List, index: i32, value: Value, place: Place) -> Rendered<()> {
        if !list.is_ordered() {
            return Ok(());
        }
        if list.origin() == Origin::Array && !matches!(value, Value::Text(_)) {
            return Err(failed(place, "an array of texts takes texts only"));
        }
        let old = list.change(|items| {
            let item = items.get_mut(usize::try_from(index).ok()?)?;
            Some(std::mem::replace(item, value))
        });
        match old {
            Some(_) => Ok(()),
            None => Err(failed(
                place,
                format!("no item {index} in a list of {}", list.len()),
            )),
        }
    }

    fn put_in(&mut self, map: &MapRef, key: Key, value: Value, place: Place) -> Rendered<()> {
        self.out.charge(1, place)?;
        map.put(key, value);
        Ok(())
    }
}
