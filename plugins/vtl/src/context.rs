//! `$context`: the values of the gateway by API Gateway's names.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use vtl_engine::{Constant, JsonError, Key, Map, MapRef, Number, Value};
use wasmgate_sdk::{Problem, Request};

/// What of the gateway's context a name of `$context` is made from.
pub(crate) fn sources(name: &str) -> Vec<&str> {
    match name {
        "httpMethod" | "path" => Vec::new(),
        "status" | "integrationStatus" | "integration.status" => Vec::new(),
        "resourcePath" => vec!["routeKey"],
        "requestTime" => vec!["requestTimeEpoch"],
        name => vec![name],
    }
}

/// What a template for a reply can see of it besides the body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statuses {
    /// That of the upstream.
    pub(crate) upstream: u16,
    /// That which the client gets, unless the template says otherwise.
    pub(crate) client: u16,
}

/// Values of `$context` that the configuration names, by their names with dots.
pub(crate) type Configured = Vec<(String, Constant)>;

/// The values that the request holds, those of `identity` and `authorizer` in maps of their own.
///
/// What the configuration names comes last, and wins.
pub(crate) fn map(request: &Request, reply: Option<Statuses>, configured: &Configured) -> MapRef {
    let context = MapRef::silent(Map::default());
    for (name, value) in request.contexts() {
        put(&context, name, value.into());
    }
    derived(&context, request);
    if let Some(Statuses { upstream, client }) = reply {
        put(&context, "integration.status", status(upstream));
        put(&context, "integrationStatus", status(upstream));
        put(&context, "status", status(client));
    }
    for (name, value) in configured {
        put(&context, name, value.value());
    }
    context.put(
        "requestOverride".into(),
        group(&["header", "querystring", "path"]),
    );
    context.put("responseOverride".into(), group(&["header"]));
    context
}

/// What is made of other values.
fn derived(context: &MapRef, request: &Request) {
    context.put("httpMethod".into(), request.method().into());
    context.put("path".into(), request.path().into());
    if let Some((_, path)) = request
        .context("routeKey")
        .and_then(|key| key.split_once(' '))
    {
        context.put("resourcePath".into(), path.into());
    }
    if let Some(time) = request
        .context("requestTimeEpoch")
        .and_then(|time| time.parse().ok())
    {
        context.put("requestTime".into(), Value::text(request_time(time)));
    }
}

/// Values of the configuration by their names with dots: those of `{identity: {caller: me}}` as `identity.caller`.
pub(crate) fn flat(written: BTreeMap<String, Json>) -> Result<Configured, Problem> {
    let (mut flat, mut problems) = (Vec::new(), Vec::new());
    let mut left: Vec<(String, Json)> = written.into_iter().rev().collect();
    while let Some((name, value)) = left.pop() {
        match value {
            Json::Object(members) => {
                let members = members.into_iter();
                left.extend(members.map(|(member, value)| (format!("{name}.{member}"), value)));
            }
            value => match constant(&value) {
                Ok(value) => flat.push((name, value)),
                Err(error) => problems.push(Problem::at("/context", format!("`{name}`: {error}"))),
            },
        }
    }
    Problem::all(problems).map(|()| flat)
}

fn constant(value: &Json) -> Result<Constant, JsonError> {
    match value {
        Json::String(text) => Ok(Constant::from(text.as_str())),
        other => Constant::from_json(&other.to_string()),
    }
}

fn status(status: u16) -> Value {
    Value::Number(Number::Integer(status.into()))
}

fn group(names: &[&str]) -> Value {
    Value::map(
        names
            .iter()
            .map(|name| (*name, Value::map(Map::default())))
            .collect(),
    )
}

fn put(context: &MapRef, name: &str, value: Value) {
    let mut map = context.clone();
    let mut name = name;
    while let Some((group, rest)) = name.split_once('.') {
        let inner = match map.text(group) {
            Some(Value::Map(inner)) => inner,
            Some(_) => return,
            None => {
                let inner = MapRef::silent(Map::default());
                map.put(Key::from(group), Value::Map(inner.clone()));
                inner
            }
        };
        (map, name) = (inner, rest);
    }
    map.put(Key::from(name), value);
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `21/Nov/2026:16:30:00 +0000`
fn request_time(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let month = MONTHS[month];
    format!("{day:02}/{month}/{year}:{hour:02}:{minute:02}:{second:02} +0000")
}

/// The date of a day since 1970-01-01: year, month from 0, day from 1.
fn date(mut days: u64) -> (u64, usize, u64) {
    let mut year = 1970;
    while days >= 365 + leap(year) {
        days -= 365 + leap(year);
        year += 1;
    }
    let lengths = [31, 28 + leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while days >= lengths[month] {
        days -= lengths[month];
        month += 1;
    }
    (year, month, days + 1)
}

fn leap(year: u64) -> u64 {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    u64::from(leap)
}
