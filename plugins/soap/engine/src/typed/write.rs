//! JSON to XML.

use crate::{
    Mistake,
    json::Value,
    plain,
    schema::{Attribute, Complex, Field, Group, Schema, Type, TypeId},
    xml::{self, is_text},
};

/// Appends an element of a type.
///
/// # Errors
/// Where the value is not what the type wants.
pub fn write(
    schema: &Schema,
    kind: TypeId,
    tag: &str,
    value: &Value<'_>,
    out: &mut String,
) -> Result<(), Mistake> {
    Writer { schema }.element(kind, tag, value, false, out)
}

/// Writes elements of the types of a schema.
#[derive(Debug)]
pub struct Writer<'s> {
    schema: &'s Schema,
}

/// What there is of a field, and how much of it was written.
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
    fn element(
        &self,
        kind: TypeId,
        tag: &str,
        value: &Value<'_>,
        nillable: bool,
        out: &mut String,
    ) -> Result<(), Mistake> {
        if *value == Value::Null && !matches!(self.schema.kind(kind), Type::Any) {
            if !nillable {
                return Err(Mistake::here("must not be null"));
            }
            out.extend(["<", tag, " xsi:nil=\"true\"/>"]);
            return Ok(());
        }
        let (actual, named) = self.actual(kind, value)?;
        match self.schema.kind(actual) {
            Type::Any => self.any(tag, value, out),
            Type::Simple(_) => {
                out.extend(["<", tag, ">"]);
                self.scalar(actual, value, out)?;
                out.extend(["</", tag, ">"]);
                Ok(())
            }
            Type::Complex(complex) => {
                out.extend(["<", tag]);
                if let Some((namespace, name)) = named.then_some(complex.name.as_ref()).flatten() {
                    self.xsi_type(namespace, name, out);
                }
                self.complex(complex, value, out)?;
                out.extend(["</", tag, ">"]);
                Ok(())
            }
        }
    }

    /// The declared type, or the one that a value names in its place.
    fn actual(&self, kind: TypeId, value: &Value<'_>) -> Result<(TypeId, bool), Mistake> {
        let Some(named) = value.get("@xsi:type") else {
            return match self.schema.kind(kind) {
                Type::Complex(complex) if complex.is_abstract => Err(Mistake::here(
                    "needs `@xsi:type` with the name of a type that is derived from this one",
                )),
                _ => Ok((kind, false)),
            };
        };
        let name = named.scalar().unwrap_or_default();
        let local = name.rsplit(':').next().unwrap_or(name);
        match self.schema.derived(None, local, kind) {
            Some(actual) => Ok((actual, true)),
            None => Err(
                Mistake::here("must name a type that is derived from the one wanted here")
                    .within("@xsi:type"),
            ),
        }
    }

    fn xsi_type(&self, namespace: &str, name: &str, out: &mut String) {
        // Types are global, their namespaces known, but no element may have used them yet.
        let place = self
            .schema
            .namespaces
            .iter()
            .position(|known| known == namespace);
        match place {
            Some(place) => xml::attribute("xsi:type", &format!("ns{place}:{name}"), out),
            None if namespace.is_empty() => xml::attribute("xsi:type", name, out),
            None => {
                xml::attribute("xmlns:t", namespace, out);
                xml::attribute("xsi:type", &format!("t:{name}"), out);
            }
        }
    }

    fn any(&self, tag: &str, value: &Value<'_>, out: &mut String) -> Result<(), Mistake> {
        let mut writer = plain::Writer::new(&self.schema.rules);
        writer.within(self.schema.namespaces.len());
        writer.element(tag, value, "", out)
    }

    fn scalar(&self, kind: TypeId, value: &Value<'_>, out: &mut String) -> Result<(), Mistake> {
        let text = self.schema.to_text(kind, value).map_err(Mistake::here)?;
        if !is_text(&text) {
            return Err(Mistake::here("holds a control character, which XML cannot"));
        }
        xml::text(&text, out);
        Ok(())
    }

    /// Attributes, the end of the tag, and what is in the element.
    fn complex(
        &self,
        complex: &Complex,
        value: &Value<'_>,
        out: &mut String,
    ) -> Result<(), Mistake> {
        let empty = Vec::new();
        let members = match (value, complex.text) {
            (Value::Object(members), _) => members,
            // Without attributes to give, the text may stand for the whole.
            (_, Some(kind)) => {
                required(complex, &empty)?;
                out.push('>');
                return self.scalar(kind, value, out);
            }
            (other, None) => {
                return Err(Mistake::here(format!(
                    "must be an object, not {}",
                    other.kind()
                )));
            }
        };
        for (name, value) in members
            .iter()
            .filter(|(name, _)| name.starts_with('@') && name != "@xsi:type")
        {
            let written = self.attribute(complex, name, value, out);
            written.map_err(|mistake| mistake.within(name))?;
        }
        required(complex, members)?;
        out.push('>');
        match complex.text {
            Some(kind) => self.text(kind, members, out),
            None => self.fields(complex, members, out),
        }
    }

    fn text(
        &self,
        kind: TypeId,
        members: &[(std::borrow::Cow<'_, str>, Value<'_>)],
        out: &mut String,
    ) -> Result<(), Mistake> {
        let mut text = None;
        for (name, value) in members.iter().filter(|(name, _)| !name.starts_with('@')) {
            match &**name {
                "#text" => text = Some(value),
                _ => return Err(unknown().within(name)),
            }
        }
        let text = text.ok_or_else(|| Mistake::here("is required").within("#text"))?;
        self.scalar(kind, text, out)
            .map_err(|mistake| mistake.within("#text"))
    }

    fn attribute(
        &self,
        complex: &Complex,
        member: &str,
        value: &Value<'_>,
        out: &mut String,
    ) -> Result<(), Mistake> {
        let known = complex.attributes.iter().find(|known| known.name == member);
        let text = match known {
            Some(Attribute { kind, .. }) => {
                self.schema.to_text(*kind, value).map_err(Mistake::here)?
            }
            None if complex.any_attribute && xml::is_name(&member[1..]) => {
                let text = value
                    .scalar()
                    .ok_or_else(|| Mistake::here("must be a text"))?;
                text.into()
            }
            None => return Err(unknown()),
        };
        if !is_text(&text) {
            return Err(Mistake::here("holds a control character, which XML cannot"));
        }
        xml::attribute(known.map_or(&member[1..], |known| &known.tag), &text, out);
        Ok(())
    }

    fn fields(
        &self,
        complex: &Complex,
        members: &[(std::borrow::Cow<'_, str>, Value<'_>)],
        out: &mut String,
    ) -> Result<(), Mistake> {
        let mut slots: Vec<_> = complex
            .fields
            .iter()
            .map(|_| Slot {
                items: &[],
                next: 0,
            })
            .collect();
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
        if let Some(group) = &complex.group {
            self.group(complex, group, &mut slots, &rest, out)?;
        }
        let left = slots.iter().position(|slot| slot.left() > 0);
        match left.map(|place| &complex.fields[place]) {
            None => Ok(()),
            Some(field) => Err(Mistake::here(
                "is more than the schema allows here: too many, or more than one of a choice",
            )
            .within(&field.name)),
        }
    }

    fn group<'v, 'j>(
        &self,
        complex: &Complex,
        group: &Group,
        slots: &mut [Slot<'v, 'j>],
        rest: &[(&str, &Value<'_>)],
        out: &mut String,
    ) -> Result<(), Mistake> {
        match group {
            Group::Field { field, min, max } => {
                self.field(&complex.fields[*field], *min, *max, &mut slots[*field], out)
            }
            Group::Any => {
                let mut writer = plain::Writer::new(&self.schema.rules);
                writer.within(self.schema.namespaces.len());
                rest.iter().try_for_each(|(name, value)| {
                    let written = writer.member(name, value, out);
                    written.map_err(|mistake| mistake.within(name))
                })
            }
            Group::Sequence(items, min, max) => {
                let mut turns = 0;
                while turns < *max
                    && (turns < *min
                        || waiting(group, slots)
                        || (turns == 0 && !rest.is_empty() && group.holds_any()))
                {
                    let before = total(slots);
                    for item in items {
                        self.group(complex, item, slots, rest, out)?;
                    }
                    turns += 1;
                    if total(slots) == before {
                        break;
                    }
                }
                Ok(())
            }
            Group::Choice(items, min, max) => {
                let mut turns = 0;
                while turns < *max {
                    let chosen = items.iter().find(|item| waiting(item, slots));
                    let chosen = chosen.or_else(|| {
                        items
                            .iter()
                            .find(|item| item.holds_any() && !rest.is_empty() && turns == 0)
                    });
                    let Some(chosen) = chosen else {
                        return match turns >= *min || items.iter().any(Group::optional) {
                            true => Ok(()),
                            false => Err(one_of(complex, items)),
                        };
                    };
                    let before = total(slots);
                    self.group(complex, chosen, slots, rest, out)?;
                    turns += 1;
                    if total(slots) == before {
                        return Ok(());
                    }
                }
                Ok(())
            }
        }
    }

    fn field(
        &self,
        field: &Field,
        min: u32,
        max: u32,
        slot: &mut Slot<'_, '_>,
        out: &mut String,
    ) -> Result<(), Mistake> {
        let (left, min, max) = (slot.left(), min as usize, max as usize);
        if left < min {
            return Err(match (left, min) {
                (0, 1) => Mistake::here("is required"),
                _ => Mistake::here(format!("needs at least {min} items")),
            }
            .within(&field.name));
        }
        for _ in 0..left.min(max) {
            let place = slot.next;
            slot.next += 1;
            let written = self.element(
                field.kind,
                &field.tag,
                &slot.items[place],
                field.nillable,
                out,
            );
            written.map_err(|mistake| match field.repeated {
                true => mistake.within(&place.to_string()).within(&field.name),
                false => mistake.within(&field.name),
            })?;
        }
        Ok(())
    }
}

/// The items of a field; none where it is null and cannot be.
fn items<'v, 'j>(field: &Field, value: &'v Value<'j>) -> Result<&'v [Value<'j>], Mistake> {
    match value {
        Value::Array(items) if field.repeated => Ok(items),
        Value::Null if field.repeated || !field.nillable => Ok(&[]),
        Value::Word(_) => Ok(std::slice::from_ref(value)),
        other if field.repeated => Err(Mistake::here(format!(
            "must be an array, not {}",
            other.kind()
        ))),
        one => Ok(std::slice::from_ref(one)),
    }
}

fn required(
    complex: &Complex,
    members: &[(std::borrow::Cow<'_, str>, Value<'_>)],
) -> Result<(), Mistake> {
    let mut required = complex
        .attributes
        .iter()
        .filter(|attribute| attribute.required);
    let missing =
        required.find(|attribute| !members.iter().any(|(name, _)| *name == attribute.name));
    match missing {
        Some(attribute) => Err(Mistake::here("is required").within(&attribute.name)),
        None => Ok(()),
    }
}

fn unknown() -> Mistake {
    Mistake::here("is not known: the type has no such member")
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

fn total(slots: &[Slot<'_, '_>]) -> usize {
    slots.iter().map(|slot| slot.next).sum()
}

/// Whether something of a group is still to be written.
fn waiting(group: &Group, slots: &[Slot<'_, '_>]) -> bool {
    match group {
        Group::Field { field, .. } => slots[*field].left() > 0,
        Group::Any => false,
        Group::Sequence(items, ..) | Group::Choice(items, ..) => {
            items.iter().any(|item| waiting(item, slots))
        }
    }
}

impl Group {
    fn holds_any(&self) -> bool {
        match self {
            Group::Any => true,
            Group::Field { .. } => false,
            Group::Sequence(items, ..) | Group::Choice(items, ..) => {
                items.iter().any(Group::holds_any)
            }
        }
    }

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
