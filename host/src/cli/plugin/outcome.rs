//! What came of a hook call, as JSON: what cases expect and differences show.

use serde_json::{Map, Value, json};

use super::subject::Subject;
use crate::plugin::{Answer, Attachment, Change, Denial, Grant, Hook, Patch, Refusal};

/// Calls a hook once.
pub(super) async fn call(attachment: &Attachment, hook: Hook, subject: &Subject) -> Value {
    let pinned = match attachment.pin() {
        Ok(pinned) => pinned,
        Err(failure) => return json!({ "failure": failure.fault.to_string() }),
    };
    let request = subject.request();
    let outcome = match hook {
        Hook::Authorizer => pinned.authorize(request).await.map(|got| grant(&got)),
        Hook::RequestFilter => pinned.filter_request(request).await.map(|got| patch(&got)),
        Hook::ResponseFilter => {
            let patched = pinned.filter_response(request, subject.reply()).await;
            patched.map(|got| patch(&got))
        }
        Hook::Validator => pinned
            .validate(request)
            .await
            .map(|()| json!({ "accepted": true })),
        Hook::Mapper => pinned.map_request(request).await.map(|got| patch(&got)),
        Hook::Function => {
            let answered = pinned.answer(request).await;
            answered.map(|got| json!({ "answer": answer(&got) }))
        }
        Hook::Observer => {
            let observed = pinned.observe(request, subject.reply()).await;
            let observed = observed.map(|()| json!({ "accepted": true }));
            observed.map_err(Denial::Failed)
        }
    };
    outcome.unwrap_or_else(|denial| match denial {
        Denial::Refused(got) => json!({ "refusal": refusal(&got) }),
        Denial::Failed(failure) => json!({ "failure": failure.fault.to_string() }),
    })
}

/// Calls a mapper's other half.
pub(super) async fn map_response(attachment: &Attachment, subject: &Subject) -> Value {
    let pinned = match attachment.pin() {
        Ok(pinned) => pinned,
        Err(failure) => return json!({ "failure": failure.fault.to_string() }),
    };
    match pinned
        .map_response(subject.request(), subject.reply())
        .await
    {
        Ok(got) => patch(&got),
        Err(Denial::Refused(got)) => json!({ "refusal": refusal(&got) }),
        Err(Denial::Failed(failure)) => json!({ "failure": failure.fault.to_string() }),
    }
}

/// Every place where an outcome is not as expected: `/grant/principal: expected "a", got "b"`.
pub(super) fn differences(expected: &Value, got: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if let (Value::Object(wanted), Value::Object(came)) = (expected, got)
        && !wanted.keys().any(|kind| came.contains_key(kind))
    {
        // What came tells more than that it is not what was expected.
        return vec![format!("outcome: expected {expected}, got {got}")];
    }
    compare(expected, got, "", &mut found);
    found
}

fn compare(expected: &Value, got: &Value, pointer: &str, found: &mut Vec<String>) {
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => members(expected, got, pointer, found),
        (Value::Array(expected), Value::Array(got)) if expected.len() == got.len() => {
            for (place, (expected, got)) in expected.iter().zip(got).enumerate() {
                compare(expected, got, &format!("{pointer}/{place}"), found);
            }
        }
        _ if expected == got || is_part(expected, got, pointer) => {}
        _ => {
            let place = match pointer {
                "" => "outcome",
                pointer => pointer,
            };
            found.push(format!("{place}: expected {expected}, got {got}"));
        }
    }
}

/// Those that are expected; `null` stands for none.
fn members(
    expected: &Map<String, Value>,
    got: &Map<String, Value>,
    pointer: &str,
    found: &mut Vec<String>,
) {
    for (name, expected) in expected {
        let pointer = format!("{pointer}/{name}");
        match got.get(name) {
            Some(got) => compare(expected, got, &pointer, found),
            None if expected.is_null() => {}
            None => found.push(format!("{pointer}: expected {expected}, got nothing")),
        }
    }
}

/// Whether prose has the words that are expected.
fn is_part(expected: &Value, got: &Value, pointer: &str) -> bool {
    match (expected.as_str(), got.as_str()) {
        (Some(expected), Some(got)) => is_prose(pointer) && got.contains(expected),
        _ => false,
    }
}

/// Whether a text is for people, with places and numbers in it that a case cannot know: a part of it is enough.
fn is_prose(pointer: &str) -> bool {
    pointer == "/failure" || pointer.starts_with("/problems/")
}

fn grant(grant: &Grant) -> Value {
    json!({ "grant": {
        "principal": grant.principal,
        "context": pairs(&grant.context),
        "usage-key": grant.usage_key,
        "policy": grant.policy,
        "ttl": grant.ttl.as_secs(),
    } })
}

fn patch(patch: &Patch) -> Value {
    let changes: Vec<Value> = patch.changes.iter().map(change).collect();
    json!({ "patch": {
        "changes": changes,
        "body": patch.body.as_deref().map(String::from_utf8_lossy),
        "respond": patch.respond.as_ref().map(answer),
    } })
}

/// As the contract writes them: code, name, value.
fn change(change: &Change) -> Value {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    match change {
        Change::SetHeader(name, value) => json!(["set-header", name.as_str(), text(value)]),
        Change::AppendHeader(name, value) => json!(["append-header", name.as_str(), text(value)]),
        Change::RemoveHeader(name) => json!(["remove-header", name.as_str()]),
        Change::SetQuery(name, value) => json!(["set-query", name, value]),
        Change::AppendQuery(name, value) => json!(["append-query", name, value]),
        Change::RemoveQuery(name) => json!(["remove-query", name]),
        Change::SetPath(path) => json!(["set-path", path]),
        Change::SetMethod(method) => json!(["set-method", method.as_str()]),
        Change::SetStatus(status) => json!(["set-status", status.as_u16()]),
        Change::SetContext(name, value) => json!(["set-context", name, value]),
        Change::Upstream(name) => json!(["upstream", name]),
    }
}

fn answer(answer: &Answer) -> Value {
    let body = match serde_json::from_slice::<Value>(&answer.body) {
        Ok(json @ (Value::Object(_) | Value::Array(_))) => json,
        _ => String::from_utf8_lossy(&answer.body).into(),
    };
    json!({ "status": answer.status.as_u16(), "headers": fields(&answer.headers), "body": body })
}

fn refusal(refusal: &Refusal) -> Value {
    json!({
        "status": refusal.status.as_u16(),
        "message": refusal.message,
        "headers": fields(&refusal.headers),
        "context": pairs(&refusal.context),
        "details": refusal.details,
    })
}

fn fields(fields: &http::HeaderMap) -> Value {
    let mut members = Map::new();
    for name in fields.keys() {
        let values = fields.get_all(name).iter();
        let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
        let values: Vec<_> = values.collect();
        members.insert(name.to_string(), values.join(", ").into());
    }
    members.into()
}

fn pairs(pairs: &[(String, String)]) -> Value {
    let members = pairs.iter().cloned();
    members
        .map(|(name, value)| (name, value.into()))
        .collect::<Map<_, _>>()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_of_an_outcome_is_enough() {
        let got =
            json!({ "grant": { "principal": "p", "context": { "a": "1", "b": "2" }, "ttl": 0 } });
        assert!(differences(&json!({ "grant": { "context": { "b": "2" } } }), &got).is_empty());
        assert!(differences(&json!({ "grant": { "policy": null } }), &got).is_empty());
    }

    #[test]
    fn every_difference_is_named() {
        let got = json!({ "patch": { "changes": [["set-header", "a", "1"]], "body": null } });
        let expected = json!({ "patch": { "changes": [["set-header", "a", "2"]], "body": "x" } });
        assert_eq!(
            differences(&expected, &got),
            [
                "/patch/body: expected \"x\", got null",
                "/patch/changes/0/2: expected \"2\", got \"1\"",
            ]
        );
        assert_eq!(
            differences(&json!({ "grant": {} }), &got),
            [format!("outcome: expected {{\"grant\":{{}}}}, got {got}")]
        );
    }

    #[test]
    fn lists_must_be_complete() {
        let found = differences(&json!([1]), &json!([1, 2]));
        assert_eq!(found, ["outcome: expected [1], got [1,2]"]);
    }
}
