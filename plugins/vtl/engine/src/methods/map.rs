//! `java.util.Map`, its entries, and `$foreach`.

use std::rc::Rc;

use super::{Fault, Outcome};
use crate::{
    render::Loop,
    value::{Key, List, MapRef, Value, same},
};

pub(super) fn call(map: &MapRef, name: &str, arguments: &[Value]) -> Outcome {
    Ok(Some(match (name, arguments) {
        ("get", [Value::Text(name)]) => map.text(name).unwrap_or_default(),
        ("get", [key]) => map.get(&Key::of(key)).unwrap_or_default(),
        ("getOrDefault", [key, other]) => map.get(&Key::of(key)).unwrap_or_else(|| other.clone()),
        ("put", [key, value]) => map.put(Key::of(key), value.clone()).unwrap_or_default(),
        ("putIfAbsent", [key, value]) => put_if_absent(map, Key::of(key), value),
        ("putAll", [Value::Map(others)]) => {
            for (key, value) in others.entries() {
                map.put(key, value);
            }
            Value::from("")
        }
        ("remove", [key]) => map.remove(&Key::of(key)).unwrap_or_default(),
        ("containsKey", [key]) => Value::Boolean(map.get(&Key::of(key)).is_some()),
        ("containsValue", [value]) => Value::Boolean(contains_value(map, value)?),
        ("keySet", []) => Value::List(List::view(map, map.names())),
        ("values", []) => view(map, |_, value| value),
        ("entrySet", []) => view(map, |key, value| {
            Value::Entry(Rc::new((key.value(), value)))
        }),
        ("size", []) => Value::integer(i32::try_from(map.len()).unwrap_or(i32::MAX)),
        ("isEmpty", []) => Value::Boolean(map.len() == 0),
        ("clear", []) => {
            map.clear();
            Value::from("")
        }
        _ => return Ok(None),
    }))
}

fn put_if_absent(map: &MapRef, key: Key, value: &Value) -> Value {
    match map.get(&key) {
        Some(there) if !there.is_null() => there,
        _ => {
            map.put(key, value.clone());
            Value::Null
        }
    }
}

fn contains_value(map: &MapRef, value: &Value) -> Result<bool, Fault> {
    for (_, known) in map.entries() {
        if same(&known, value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn view(map: &MapRef, item: impl Fn(Key, Value) -> Value) -> Value {
    let items = map
        .entries()
        .into_iter()
        .map(|(key, value)| item(key, value));
    Value::List(List::view(map, items.collect()))
}

pub(super) fn entry(entry: &(Value, Value), name: &str, arguments: &[Value]) -> Outcome {
    Ok(match (name, arguments) {
        ("getKey", []) => Some(entry.0.clone()),
        ("getValue", []) => Some(entry.1.clone()),
        _ => None,
    })
}

/// `$foreach.name`
pub(super) fn scope(scope: &Rc<Loop>, name: &str) -> Value {
    match name {
        "index" => Value::integer(scope.index.get()),
        "count" => Value::integer(scope.index.get() + 1),
        "hasNext" => Value::Boolean(scope.has_next.get()),
        "first" => Value::Boolean(scope.index.get() < 1),
        "last" => Value::Boolean(!scope.has_next.get()),
        "parent" => scope.parent.clone().map_or(Value::Null, Value::Loop),
        "topmost" => Value::Loop(topmost(scope)),
        _ => Value::Null,
    }
}

fn topmost(scope: &Rc<Loop>) -> Rc<Loop> {
    let mut topmost = scope;
    while let Some(parent) = &topmost.parent {
        topmost = parent;
    }
    Rc::clone(topmost)
}

/// `$foreach.name()`
pub(super) fn scope_call(of: &Rc<Loop>, name: &str, arguments: &[Value]) -> Option<Value> {
    if !arguments.is_empty() {
        return None;
    }
    let property = match name {
        "getIndex" => "index",
        "getCount" => "count",
        "hasNext" | "getHasNext" => "hasNext",
        "isFirst" | "getFirst" => "first",
        "isLast" | "getLast" => "last",
        "getParent" => "parent",
        "getTopmost" => "topmost",
        _ => return None,
    };
    Some(scope(of, property))
}
