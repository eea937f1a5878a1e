//! `java.util.List`, arrays, and the sets and collections that maps give.

use super::{Fault, Outcome};
use crate::value::{List, Number, Origin, TooDeep, Value, same, written};

pub(super) fn property(list: &List, name: &str) -> Value {
    match (list.origin(), name) {
        // Velocity has no `length` here; API Gateway does.
        (Origin::Array, "length") => integer(list.len()),
        (Origin::Array, _) => Value::Null,
        (_, "empty") => Value::Boolean(list.len() == 0),
        _ => Value::Null,
    }
}

pub(super) fn call(list: &List, name: &str, arguments: &[Value]) -> Outcome {
    if list.origin() == Origin::Iterator {
        return iterator(list, name, arguments);
    }
    if let Some(value) = look(list, name, arguments)? {
        return Ok(Some(value));
    }
    match list.origin() {
        Origin::Array => array(list, name, arguments),
        Origin::View | Origin::Iterator => view(list, name, arguments),
        Origin::Template | Origin::Json => change(list, name, arguments),
    }
}

/// What looks and changes nothing.
fn look(list: &List, name: &str, arguments: &[Value]) -> Outcome {
    let ordered = list.is_ordered();
    Ok(Some(match (name, arguments) {
        ("size", []) => integer(list.len()),
        ("isEmpty", []) => Value::Boolean(list.len() == 0),
        ("get", [Value::Number(Number::Integer(index))]) if ordered => item(list, *index)?,
        ("contains", [value]) => Value::Boolean(find(list.items().iter(), value)?.is_some()),
        ("containsAll", [Value::List(others)]) => Value::Boolean(contains_all(list, others)?),
        ("indexOf", [value]) if ordered => found(find(list.items().iter(), value)?),
        ("lastIndexOf", [value]) if ordered => {
            let last = find(list.items().iter().rev(), value)?;
            found(last.map(|behind| list.len() - 1 - behind))
        }
        (
            "subList",
            [
                Value::Number(Number::Integer(from)),
                Value::Number(Number::Integer(to)),
            ],
        ) if ordered => sub_list(list, *from, *to)?,
        ("iterator", []) if list.origin() != Origin::Array => {
            Value::list(Origin::Iterator, list.items())
        }
        ("toArray", []) => Value::list(Origin::Array, list.items()),
        ("toJSONString", []) if list.origin() == Origin::Json => {
            Value::text(written(&Value::List(list.clone()))?)
        }
        _ => return Ok(None),
    }))
}

fn change(list: &List, name: &str, arguments: &[Value]) -> Outcome {
    Ok(Some(match (name, arguments) {
        ("add", [value]) => {
            list.change(|items| items.push(value.clone()));
            Value::Boolean(true)
        }
        ("add", [Value::Number(Number::Integer(index)), value]) => {
            let at = within(list, *index, list.len() + 1)?;
            list.change(|items| items.insert(at, value.clone()));
            Value::from("")
        }
        ("addAll", [Value::List(others)]) => add_all(list, list.len(), others),
        ("addAll", [Value::Number(Number::Integer(index)), Value::List(others)]) => {
            add_all(list, within(list, *index, list.len() + 1)?, others)
        }
        ("set", [Value::Number(Number::Integer(index)), value]) => {
            let at = within(list, *index, list.len())?;
            list.change(|items| std::mem::replace(&mut items[at], value.clone()))
        }
        ("remove", [Value::Number(Number::Integer(index))]) => {
            let at = within(list, *index, list.len())?;
            list.change(|items| items.remove(at))
        }
        ("remove", [value]) => {
            let at = find(list.items().iter(), value)?;
            at.map(|at| list.change(|items| items.remove(at)));
            Value::Boolean(at.is_some())
        }
        ("removeAll", [Value::List(others)]) => {
            keep(
                list,
                |item| Ok(find(others.items().iter(), item)?.is_none()),
            )?
        }
        ("retainAll", [Value::List(others)]) => {
            keep(
                list,
                |item| Ok(find(others.items().iter(), item)?.is_some()),
            )?
        }
        ("clear", []) => {
            list.change(Vec::clear);
            Value::from("")
        }
        _ => return Ok(None),
    }))
}

/// Arrays have a size that never changes.
fn array(list: &List, name: &str, arguments: &[Value]) -> Outcome {
    match (name, arguments) {
        (
            "set",
            [
                Value::Number(Number::Integer(index)),
                value @ Value::Text(_),
            ],
        ) => {
            let at = within(list, *index, list.len())?;
            Ok(Some(list.change(|items| {
                std::mem::replace(&mut items[at], value.clone())
            })))
        }
        _ => Ok(None),
    }
}

/// Nothing can be added to what a map gives.
fn view(_: &List, name: &str, arguments: &[Value]) -> Outcome {
    match (name, arguments) {
        ("add" | "addAll", [_]) => Err(Fault(
            "nothing can be added to the names or values of a map".to_owned(),
        )),
        _ => Ok(None),
    }
}

fn iterator(list: &List, name: &str, arguments: &[Value]) -> Outcome {
    match (name, arguments) {
        ("hasNext", []) => Ok(Some(Value::Boolean(list.len() > 0))),
        ("next", []) if list.len() == 0 => {
            Err(Fault("an iterator that has no next item".to_owned()))
        }
        ("next", []) => Ok(Some(list.change(|items| items.remove(0)))),
        _ => Ok(None),
    }
}

fn add_all(list: &List, at: usize, others: &List) -> Value {
    let others = others.items();
    let any = !others.is_empty();
    list.change(|items| items.splice(at..at, others).for_each(drop));
    Value::Boolean(any)
}

fn keep(list: &List, stays: impl Fn(&Value) -> Result<bool, TooDeep>) -> Result<Value, Fault> {
    let mut kept = Vec::new();
    for item in list.items() {
        if stays(&item)? {
            kept.push(item);
        }
    }
    let changed = kept.len() != list.len();
    list.change(|items| *items = kept);
    Ok(Value::Boolean(changed))
}

fn item(list: &List, index: i32) -> Result<Value, Fault> {
    let at = within(list, index, list.len())?;
    Ok(list.get(at).unwrap_or_default())
}

fn sub_list(list: &List, from: i32, to: i32) -> Result<Value, Fault> {
    let items = list.items();
    let bounds = usize::try_from(from).ok().zip(usize::try_from(to).ok());
    let part = bounds.and_then(|(from, to)| items.get(from..to));
    match part {
        Some(part) => Ok(Value::list(Origin::Template, part.to_vec())),
        None => Err(Fault(format!(
            "no items {from} to {to} in a list of {}",
            items.len()
        ))),
    }
}

fn within(list: &List, index: i32, size: usize) -> Result<usize, Fault> {
    let at = usize::try_from(index).ok().filter(|at| *at < size);
    at.ok_or_else(|| Fault(format!("no item {index} in a list of {}", list.len())))
}

fn contains_all(list: &List, others: &List) -> Result<bool, TooDeep> {
    let items = list.items();
    for other in others.items() {
        if find(items.iter(), &other)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn find<'v>(
    mut items: impl Iterator<Item = &'v Value>,
    value: &Value,
) -> Result<Option<usize>, TooDeep> {
    let mut failed = None;
    let found = items.position(|item| {
        same(item, value).unwrap_or_else(|too_deep| {
            failed = Some(too_deep);
            true
        })
    });
    failed.map_or(Ok(found), Err)
}

fn found(place: Option<usize>) -> Value {
    place.map_or(Value::integer(-1), integer)
}

fn integer(number: usize) -> Value {
    Value::integer(i32::try_from(number).unwrap_or(i32::MAX))
}
