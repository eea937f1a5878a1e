//! `$context.requestOverride` and `$context.responseOverride`: what templates change besides the body.

use vtl_engine::{Key, List, MapRef, Number, Value};
use wasmgate_sdk::{Patch, Refusal, Request};

/// The context value by which what a request's template says of the reply reaches it.
pub(crate) const CARRIED: &str = "vtl.responseOverride";

/// Applies what the template of a request said.
pub(crate) fn request(
    mut patch: Patch,
    context: &MapRef,
    request: &Request,
) -> Result<Patch, Refusal> {
    let overrides = context.text("requestOverride");
    for (name, value) in members(overrides.as_ref(), "header") {
        patch = patch.set_header(name, value);
    }
    for (name, value) in members(overrides.as_ref(), "querystring") {
        patch = patch.set_query(name, value);
    }
    let path = members(overrides.as_ref(), "path");
    if !path.is_empty() {
        patch = patch.set_path(replaced(request, &path)?);
    }
    Ok(carry_out(patch, context))
}

/// Applies what the template of a request said of the reply, where the reply has none.
pub(crate) fn response(patch: Patch, request: &Request) -> Patch {
    let context = MapRef::silent(vtl_engine::Map::default());
    carry_in(&context, request);
    apply_response(patch, &context)
}

/// Applies what templates said of the reply.
pub(crate) fn apply_response(mut patch: Patch, context: &MapRef) -> Patch {
    let overrides = context.text("responseOverride");
    for (name, value) in members(overrides.as_ref(), "header") {
        patch = patch.set_header(name, value);
    }
    match member(overrides.as_ref(), "status") {
        // What is no status is ignored, as in API Gateway; so are those that are no end of an answer.
        Some(Value::Number(Number::Integer(status))) if (200..=599).contains(&status) => {
            patch.set_status(u16::try_from(status).unwrap_or(500))
        }
        _ => patch,
    }
}

/// Each call starts from the same memory: what has to last travels with the request.
fn carry_out(patch: Patch, context: &MapRef) -> Patch {
    let overrides = context.text("responseOverride");
    let empty = members(overrides.as_ref(), "header").is_empty()
        && member(overrides.as_ref(), "status").is_none();
    match overrides {
        Some(overrides) if !empty => patch.set_context(CARRIED, overrides.to_json()),
        _ => patch,
    }
}

pub(crate) fn carry_in(context: &MapRef, request: &Request) {
    let name = ["authorizer.", CARRIED].concat();
    let carried = request
        .context(&name)
        .and_then(|text| Value::from_json(text).ok());
    if let Some(overrides @ Value::Map(_)) = carried {
        context.put(Key::from("responseOverride"), overrides);
    }
}

fn member(of: Option<&Value>, name: &str) -> Option<Value> {
    match of {
        Some(Value::Map(map)) => map.text(name),
        _ => None,
    }
}

/// Names and values; those of a list become one.
fn members(of: Option<&Value>, name: &str) -> Vec<(String, String)> {
    let Some(Value::Map(map)) = member(of, name) else {
        return Vec::new();
    };
    let entries = map
        .entries()
        .into_iter()
        .filter_map(|(key, value)| match key {
            Key::Text(name) => Some((name.to_string(), shown(&value))),
            _ => None,
        });
    entries.collect()
}

fn shown(value: &Value) -> String {
    let joined = |list: &List| {
        list.items()
            .iter()
            .map(Value::shown)
            .collect::<Vec<_>>()
            .join(",")
    };
    match value {
        Value::List(list) => joined(list),
        other => other.shown(),
    }
}

/// The request's path with other values for some of the route's parameters.
fn replaced(request: &Request, parameters: &[(String, String)]) -> Result<String, Refusal> {
    let route = request
        .context("routeKey")
        .and_then(|key| key.split_once(' '));
    let Some((_, route)) = route else {
        return Err(Refusal::failure(
            "`requestOverride.path` needs a route with parameters",
        ));
    };
    let mut segments = request.path().trim_start_matches('/').split('/').peekable();
    let mut path = String::new();
    for part in route.trim_start_matches('/').split('/') {
        let name = part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'));
        let own = match name {
            Some(name) if name.ends_with('+') => segments.by_ref().collect::<Vec<_>>().join("/"),
            _ => segments.next().unwrap_or_default().to_owned(),
        };
        let name = name.map(|name| name.trim_end_matches('+'));
        let new = parameters
            .iter()
            .find(|(known, _)| Some(known.as_str()) == name);
        path.push('/');
        path.push_str(new.map_or(&own, |(_, value)| value));
    }
    Ok(path)
}
