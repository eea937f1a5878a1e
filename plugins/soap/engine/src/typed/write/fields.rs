//! The elements of an object, in the order and number that its type wants.

use std::slice;

use super::{Members, Writer, unknown};
use crate::{
    Mistake,
    json::Value,
    schema::{Complex, Field, Group},
};

/// What is to be written of an object.
struct Fields<'w, 'v, 'j> {
    writer: &'w Writer<'w>,
    complex: &'w Complex,
    /// A slot for each field.
    slots: Vec<Slot<'v, 'j>>,
    /// Members that the type does not name, where it allows such.
    rest: Vec<(&'v str, &'v Value<'j>)>,
}

/// What there is of a field, and how much of it was written.
#[derive(Clone, Default)]
struct Slot<'v, 'j> {
    items: &'v [Value<'j>],
    next: usize,
}

impl Slot<'_, '_> {
    fn left(&self) -> usize {
        self.items.len() - self.next
    }
}

impl Writer<'_> {
    /// Appends the elements of an object.
    pub(super) fn fields(
        &self,
        complex: &Complex,
        members: &Members<'_>,
        out: &mut String,
    ) -> Result<(), Mistake> {
        let mut fields = Fields::of(self, complex, members)?;
        if let Some(group) = &complex.group {
            fields.group(group, out)?;
        }
        match fields.left() {
            None => Ok(()),
            Some(field) => Err(Mistake::here(
                "is more than the schema allows here: too many, or more than one of a choice",
            )
            .within(&field.name)),
        }
    }
}

impl<'w, 'v, 'j> Fields<'w, 'v, 'j> {
    fn of(
        writer: &'w Writer<'w>,
        complex: &'w Complex,
        members: &'v Members<'j>,
    ) -> Result<Self, Mistake> {
        let mut slots = vec![Slot::default(); complex.fields.len()];
        let mut rest = Vec::new();
        for (name, value) in members.iter().filter(|(name, _)| !name.starts_with('@')) {
            match complex.by_name.get(&**name) {
                Some(place) => {
                    let items = items(&complex.fields[*place], value);
                    slots[*place].items = items.map_err(|mistake| mistake.within(name))?;
                }
                None if complex.any() => rest.push((&**name, value)),
                None => return Err(unknown().within(name)),
            }
        }
        Ok(Fields {
            writer,
            complex,
            slots,
            rest,
        })
    }

    fn group(&mut self, group: &Group, out: &mut String) -> Result<(), Mistake> {
        match group {
            Group::Field { field, min, max } => self.field(*field, *min, *max, out),
            Group::Any => self.others(out),
            Group::Sequence(items, min, max) => self.sequence(items, *min, *max, out),
            Group::Choice(items, min, max) => self.choice(items, *min, *max, out),
        }
    }

    fn sequence(
        &mut self,
        items: &[Group],
        min: u32,
        max: u32,
        out: &mut String,
    ) -> Result<(), Mistake> {
        let mut turns = 0;
        while turns < max && (turns < min || self.chosen(items, turns).is_some()) {
            let before = self.written();
            for item in items {
                self.group(item, out)?;
            }
            turns += 1;
            if self.written() == before {
                break;
            }
        }
        Ok(())
    }

    fn choice(
        &mut self,
        items: &[Group],
        min: u32,
        max: u32,
        out: &mut String,
    ) -> Result<(), Mistake> {
        let mut turns = 0;
        while turns < max {
            let Some(chosen) = self.chosen(items, turns) else {
                return match turns >= min || items.iter().any(Group::optional) {
                    true => Ok(()),
                    false => Err(one_of(self.complex, items)),
                };
            };
            let before = self.written();
            self.group(chosen, out)?;
            turns += 1;
            if self.written() == before {
                break;
            }
        }
        Ok(())
    }

    /// The first group of which something is still to be written; in the first turn, one for what no field names.
    fn chosen<'g>(&self, items: &'g [Group], turns: u32) -> Option<&'g Group> {
        let others = turns == 0 && !self.rest.is_empty();
        let waiting = items.iter().find(|item| self.waits(item));
        waiting.or_else(|| items.iter().find(|item| others && item.any()))
    }

    /// Whether something of a group is still to be written.
    fn waits(&self, group: &Group) -> bool {
        match group {
            Group::Field { field, .. } => self.slots[*field].left() > 0,
            Group::Any => false,
            Group::Sequence(items, ..) | Group::Choice(items, ..) => {
                items.iter().any(|item| self.waits(item))
            }
        }
    }

    /// Items of a field, as many as may stand here.
    fn field(&mut self, field: usize, min: u32, max: u32, out: &mut String) -> Result<(), Mistake> {
        let (field, slot) = (&self.complex.fields[field], &mut self.slots[field]);
        let (left, min, max) = (slot.left(), min as usize, max as usize);
        if left < min {
            return Err(too_few(left, min).within(&field.name));
        }
        for _ in 0..left.min(max) {
            let place = slot.next;
            slot.next += 1;
            let item = &slot.items[place];
            let written = self
                .writer
                .element(field.kind, &field.tag, item, field.nillable, out);
            written.map_err(|mistake| match field.repeated {
                true => mistake.within(&place.to_string()).within(&field.name),
                false => mistake.within(&field.name),
            })?;
        }
        Ok(())
    }

    /// Members that the type does not name.
    fn others(&self, out: &mut String) -> Result<(), Mistake> {
        let mut writer = self.writer.plain();
        self.rest.iter().try_for_each(|(name, value)| {
            let written = writer.member(name, value, out);
            written.map_err(|mistake| mistake.within(name))
        })
    }

    /// How many items were written.
    fn written(&self) -> usize {
        self.slots.iter().map(|slot| slot.next).sum()
    }

    /// A field that has more items than its places take.
    fn left(&self) -> Option<&'w Field> {
        let left = self.slots.iter().position(|slot| slot.left() > 0)?;
        Some(&self.complex.fields[left])
    }
}

/// The items of a field; none where it is null and cannot be.
fn items<'v, 'j>(field: &Field, value: &'v Value<'j>) -> Result<&'v [Value<'j>], Mistake> {
    match value {
        Value::Array(items) if field.repeated => Ok(items),
        Value::Null if field.repeated || !field.nillable => Ok(&[]),
        Value::Word(_) => Ok(slice::from_ref(value)),
        other if field.repeated => Err(Mistake::here(format!(
            "must be an array, not {}",
            other.kind()
        ))),
        one => Ok(slice::from_ref(one)),
    }
}

fn too_few(left: usize, min: usize) -> Mistake {
    Mistake::here(match (left, min) {
        (0, 1) => "is required".to_owned(),
        _ => format!("needs at least {min} items"),
    })
}

fn one_of(complex: &Complex, items: &[Group]) -> Mistake {
    let mut places = Vec::new();
    items.iter().for_each(|item| item.first(&mut places));
    let names: Vec<_> = places
        .iter()
        .map(|place| format!("`{}`", complex.fields[*place].name))
        .collect();
    Mistake::here(format!("one of {} is required", names.join(", ")))
}

impl Group {
    /// Whether it is complete with nothing in it.
    fn optional(&self) -> bool {
        match self {
            Group::Field { min, .. } => *min == 0,
            Group::Any => true,
            Group::Sequence(items, min, _) => *min == 0 || items.iter().all(Group::optional),
            Group::Choice(items, min, _) => *min == 0 || items.iter().any(Group::optional),
        }
    }

    /// The fields by which one chooses it.
    fn first(&self, places: &mut Vec<usize>) {
        match self {
            Group::Field { field, .. } => places.push(*field),
            Group::Any => {}
            Group::Sequence(items, ..) => {
                if let Some(first) = items.first() {
                    first.first(places);
                }
            }
            Group::Choice(items, ..) => items.iter().for_each(|item| item.first(places)),
        }
    }
}
