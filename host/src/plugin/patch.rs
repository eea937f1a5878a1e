//! What guests give back, checked name by name and value by value before any of it is used: all of it, or nothing.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::{
    Answer, Change, Fault, Grant, Patch, Refusal,
    bindings::{exports::wasmgate::plugin::authorizer, wasmgate::plugin::types},
    call::End,
};

/// Pairs and changes of one result.
const MOST_PAIRS: usize = 128;
/// Bytes of their names and values.
const MOST_BYTES: usize = 64 << 10;
/// Bytes of a grant's principal, policy and usage key each: as long as an authorizer's answer may be at AWS.
const MOST_TEXT: usize = 8 << 10;
/// Seconds that a grant may be cached.
const LONGEST_TTL: u32 = 3_600;

/// What a patch is for: some changes make sense on one side only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Request,
    Reply,
}

/// What was wrong with a result.
type Checked<T> = Result<T, Fault>;

pub(super) fn grant(raw: authorizer::Grant) -> Checked<Grant> {
    nothing_extra(&raw.extra)?;
    bounded(
        raw.context
            .iter()
            .map(|(name, value)| name.len() + value.len()),
    )?;
    short("principal", &raw.principal)?;
    short("policy", &raw.policy)?;
    short("usage key", &raw.usage_key)?;
    let filled = |text: String| Some(text).filter(|text| !text.is_empty());
    Ok(Grant {
        principal: raw.principal,
        context: raw.context,
        usage_key: filled(raw.usage_key),
        policy: filled(raw.policy),
        ttl: std::time::Duration::from_secs(raw.ttl.min(LONGEST_TTL).into()),
    })
}

pub(super) fn of_request(raw: types::Patch) -> Checked<Patch> {
    patch(raw, Side::Request)
}

pub(super) fn of_reply(raw: types::Patch) -> Checked<Patch> {
    patch(raw, Side::Reply)
}

fn patch(raw: types::Patch, side: Side) -> Checked<Patch> {
    nothing_extra(&raw.extra)?;
    if let Some(response) = raw.respond {
        return Ok(Patch {
            respond: Some(answer(response)?),
            ..Patch::default()
        });
    }
    let sizes = raw.changes.iter();
    bounded(sizes.map(|change| change.name.len() + change.value.len()))?;
    let changes = raw.changes.into_iter().map(|raw| change(raw, side));
    Ok(Patch {
        changes: changes.collect::<Checked<_>>()?,
        body: raw.body.map(Bytes::from),
        respond: None,
    })
}

pub(super) fn answer(raw: types::Response) -> Checked<Answer> {
    nothing_extra(&raw.extra)?;
    Ok(Answer {
        status: status(raw.status)?,
        headers: headers(raw.headers)?,
        body: raw.body.into(),
    })
}

/// How a call ends with this refusal.
pub(super) fn refusal(raw: types::Refusal) -> End {
    match read_refusal(raw) {
        Ok(end) => end,
        Err(fault) => End::Failed(fault),
    }
}

fn read_refusal(raw: types::Refusal) -> Checked<End> {
    let details = details(&raw.extra)?;
    let status = match &*raw.code {
        "unauthorized" | "stale" => StatusCode::UNAUTHORIZED,
        "forbidden" => StatusCode::FORBIDDEN,
        "invalid" => StatusCode::BAD_REQUEST,
        "too-large" => StatusCode::PAYLOAD_TOO_LARGE,
        "too-many" => StatusCode::TOO_MANY_REQUESTS,
        "failure" => return Err(Fault::Reported(raw.message)),
        code => return Err(Fault::Reported(format!("code `{code}`: {}", raw.message))),
    };
    bounded(
        raw.context
            .iter()
            .map(|(name, value)| name.len() + value.len()),
    )?;
    let refusal = Box::new(Refusal {
        status,
        message: Some(raw.message).filter(|message| !message.is_empty()),
        headers: headers(raw.headers)?,
        context: raw.context,
        details,
    });
    Ok(match &*raw.code {
        "stale" => End::Stale(refusal),
        _ => End::Refused(refusal),
    })
}

/// All that a refusal may have in `extra`.
fn details(extra: &[(String, String)]) -> Checked<Option<serde_json::Value>> {
    let [(name, details)] = extra else {
        return nothing_extra(extra).map(|()| None);
    };
    if name != "details" {
        return nothing_extra(extra).map(|()| None);
    }
    bounded([details.len()].into_iter())?;
    match serde_json::from_str(details) {
        Ok(details) => Ok(Some(details)),
        Err(error) => broken(format!("the details of a refusal are not JSON: {error}")),
    }
}

fn change(raw: types::Change, side: Side) -> Checked<Change> {
    let types::Change { code, name, value } = raw;
    let change = match (&*code, side) {
        ("set-header", _) => Change::SetHeader(field(&name)?, field_value(&name, value)?),
        ("append-header", _) => Change::AppendHeader(field(&name)?, field_value(&name, value)?),
        ("remove-header", _) => Change::RemoveHeader(field(&name)?),
        ("set-context", _) => Change::SetContext(named(name, &code)?, value),
        ("set-query", Side::Request) => Change::SetQuery(named(name, &code)?, value),
        ("append-query", Side::Request) => Change::AppendQuery(named(name, &code)?, value),
        ("remove-query", Side::Request) => Change::RemoveQuery(named(name, &code)?),
        ("set-path", Side::Request) => Change::SetPath(path(value)?),
        ("set-method", Side::Request) => Change::SetMethod(method(&value)?),
        ("upstream", Side::Request) => Change::Upstream(named(value, &code)?),
        ("set-status", Side::Reply) => Change::SetStatus(written_status(&value)?),
        ("set-query" | "append-query" | "remove-query", Side::Reply)
        | ("set-path" | "set-method" | "upstream", Side::Reply) => {
            return broken(format!("change `{code}` is for requests only"));
        }
        ("set-status", Side::Request) => {
            return broken("change `set-status` is for replies only".into());
        }
        _ => return broken(format!("unknown change `{code}`")),
    };
    Ok(change)
}

fn headers(pairs: Vec<(String, String)>) -> Checked<HeaderMap> {
    bounded(pairs.iter().map(|(name, value)| name.len() + value.len()))?;
    let mut headers = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs {
        let value = field_value(&name, value)?;
        headers.append(field(&name)?, value);
    }
    Ok(headers)
}

/// A field that plugins may set: not one by which HTTP itself frames and routes messages.
fn field(name: &str) -> Checked<HeaderName> {
    let Ok(field) = HeaderName::from_bytes(name.as_bytes()) else {
        return broken(format!("`{}` is no field name", name.escape_debug()));
    };
    match is_reserved(&field) {
        true => broken(format!("field `{field}` is the gateway's own")),
        false => Ok(field),
    }
}

fn is_reserved(field: &HeaderName) -> bool {
    const NAMED: [HeaderName; 9] = [
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::HOST,
        header::PROXY_AUTHENTICATE,
        header::PROXY_AUTHORIZATION,
        header::TE,
        header::TRAILER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
    ];
    NAMED.contains(field) || matches!(field.as_str(), "keep-alive" | "proxy-connection")
}

fn field_value(name: &str, value: String) -> Checked<HeaderValue> {
    // No CR, LF, NUL or other control character passes here.
    HeaderValue::try_from(value).or_else(|_| {
        broken(format!(
            "field `{}` has an invalid value",
            name.escape_debug()
        ))
    })
}

fn named(name: String, code: &str) -> Checked<String> {
    match name.is_empty() {
        true => broken(format!("change `{code}` needs a name")),
        false => Ok(name),
    }
}

/// A path that no two readers take differently.
fn path(path: String) -> Checked<String> {
    let visible = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'\\');
    let dots = |segment: &str| {
        matches!(
            &*segment.to_ascii_lowercase().replace("%2e", "."),
            "." | ".."
        )
    };
    let sound = path.starts_with('/')
        && path.bytes().all(visible)
        && !path.contains("%00")
        && !path.split('/').any(dots);
    match sound {
        true => Ok(path),
        false => broken(format!("`{}` is no path to set", path.escape_debug())),
    }
}

fn method(method: &str) -> Checked<Method> {
    match Method::from_bytes(method.as_bytes()) {
        Ok(method) if method != Method::CONNECT => Ok(method),
        _ => broken(format!("`{}` is no method to set", method.escape_debug())),
    }
}

fn written_status(written: &str) -> Checked<StatusCode> {
    match written.parse() {
        Ok(number) if written.len() == 3 => status(number),
        _ => broken(format!("`{}` is no status", written.escape_debug())),
    }
}

fn status(number: u16) -> Checked<StatusCode> {
    match StatusCode::from_u16(number) {
        Ok(status) if (200..600).contains(&number) => Ok(status),
        _ => broken(format!("status {number} is not one of 200 to 599")),
    }
}

fn bounded(sizes: impl ExactSizeIterator<Item = usize>) -> Checked<()> {
    if sizes.len() > MOST_PAIRS {
        return broken(format!("returned more than {MOST_PAIRS} pairs or changes"));
    }
    match sizes.sum::<usize>() > MOST_BYTES {
        true => broken(format!("names and values of more than {MOST_BYTES} bytes")),
        false => Ok(()),
    }
}

fn short(what: &str, text: &str) -> Checked<()> {
    match text.len() > MOST_TEXT {
        true => broken(format!("a {what} of more than {MOST_TEXT} bytes")),
        false => Ok(()),
    }
}

/// What a later minor version puts there changes what a result means, so it is not passed over.
fn nothing_extra(extra: &[(String, String)]) -> Checked<()> {
    match extra.first() {
        None => Ok(()),
        Some((name, _)) => broken(format!(
            "`extra` holds `{}`, which this gateway does not know",
            name.escape_debug()
        )),
    }
}

fn broken<T>(what: String) -> Checked<T> {
    Err(Fault::Contract(what))
}

#[cfg(test)]
mod tests;
