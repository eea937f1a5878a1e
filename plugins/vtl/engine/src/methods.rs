//! Java's methods and properties, as far as templates use them.
//!
//! What a value does not have is null, as in Velocity; what throws in Java fails the rendering.

mod list;
mod map;
mod number;
mod text;
mod utf16;
mod util;

use crate::{
    error::Place,
    input::Input,
    render::{Rendered, Renderer, fault},
    value::{Object, TooDeep, Value, same, text as shown},
};

/// An exception: why a method failed.
#[derive(Debug)]
pub(crate) struct Fault(pub(crate) String);

impl From<TooDeep> for Fault {
    fn from(_: TooDeep) -> Self {
        Fault("a list or map holds itself, or others too deep".to_owned())
    }
}

/// A method's result: none where there is no such method.
pub(crate) type Outcome = Result<Option<Value>, Fault>;

/// `value.name`
pub(crate) fn property(value: &Value, name: &str, input: &Input<'_>) -> Value {
    match (value, name) {
        (Value::Map(map), _) => map.text(name).unwrap_or_default(),
        (Value::Entry(entry), "key") => entry.0.clone(),
        (Value::Entry(entry), "value") => entry.1.clone(),
        (Value::Text(text), "empty") => Value::Boolean(text.is_empty()),
        (Value::List(list), _) => list::property(list, name),
        (Value::Loop(scope), _) => map::scope(scope, name),
        (Value::Object(Object::Input), "body") => input.body(),
        _ => Value::Null,
    }
}

/// `value.name(arguments)`
pub(crate) fn call(
    value: &Value,
    name: &str,
    arguments: &[Value],
    renderer: &mut Renderer<'_>,
    place: Place,
) -> Rendered<Value> {
    renderer.out.charge(
        size(value) + arguments.iter().map(size).sum::<usize>(),
        place,
    )?;
    let outcome = match value {
        Value::Text(text) => text::call(text, name, arguments),
        Value::List(list) => list::call(list, name, arguments),
        Value::Map(map) => map::call(map, name, arguments),
        Value::Number(number) => number::call(number, name, arguments),
        Value::Boolean(yes) => number::boolean(*yes, name, arguments),
        Value::Entry(entry) => map::entry(entry, name, arguments),
        Value::Loop(scope) => Ok(map::scope_call(scope, name, arguments)),
        Value::Object(Object::Util) => util::call(name, arguments, renderer.input),
        Value::Object(Object::Input) => {
            renderer.out.charge(renderer.input.again(), place)?;
            renderer.input.call(name, arguments)
        }
        Value::Null | Value::Block(..) => Ok(None),
    };
    if let Ok(Some(result)) = outcome {
        return Ok(result);
    }
    let outcome = outcome.and_then(|_| common(value, name, arguments));
    let result = outcome.map_err(fault(place))?;
    Ok(result.unwrap_or_default())
}

/// What every object has.
fn common(value: &Value, name: &str, arguments: &[Value]) -> Outcome {
    Ok(Some(match (name, arguments) {
        ("toString", []) => Value::text(shown(value)?.into_owned()),
        ("compareTo", [_])
            if matches!(value, Value::Text(_) | Value::Boolean(_) | Value::Number(_)) =>
        {
            return Err(Fault(
                "a value is compared to one of another kind".to_owned(),
            ));
        }
        ("equals", [other]) => Value::Boolean(same(value, other)?),
        ("hashCode", []) => Value::integer(hash(value, 0)?),
        _ => return Ok(None),
    }))
}

/// Java's `hashCode`.
fn hash(value: &Value, depth: usize) -> Result<i32, TooDeep> {
    if depth > 32 {
        return Err(TooDeep);
    }
    Ok(match value {
        Value::Null => 0,
        Value::Boolean(yes) => {
            if *yes {
                1231
            } else {
                1237
            }
        }
        Value::Number(number) => number::hash(number),
        Value::List(list) => {
            let mut sum: i32 = 1;
            for item in list.items() {
                sum = sum.wrapping_mul(31).wrapping_add(hash(&item, depth + 1)?);
            }
            sum
        }
        Value::Map(map) => {
            let mut sum: i32 = 0;
            for (key, value) in map.entries() {
                sum = sum.wrapping_add(hash(&key.value(), depth + 1)? ^ hash(&value, depth + 1)?);
            }
            sum
        }
        Value::Entry(entry) => hash(&entry.0, depth + 1)? ^ hash(&entry.1, depth + 1)?,
        other => utf16::hash(&shown(other)?),
    })
}

/// What handling a value costs.
fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.size() / 16,
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        _ => 0,
    }
}
