//! Puts a patch to work: all of its changes, or none.

use std::sync::Arc;

use http::{HeaderMap, Uri, uri::PathAndQuery};

use crate::{
    config::UpstreamId,
    connection::target,
    context::Context,
    failure::{Failure, Halt},
    message::{Head, Reply, Request},
    plugin::{Change, Patch},
    stage::Route,
};

/// Changes a request; a patch that answers by itself halts it.
pub(super) fn to_request(
    request: &mut Request,
    patch: Patch,
    route: &Route,
    plugin: &str,
) -> Result<(), Halt> {
    if let Some(answer) = patch.respond {
        return Err(Halt::Answered(Box::new(answer.into())));
    }
    check(&patch.changes, route, plugin)?;
    // First, so that a new body may come with a new `etag`.
    if let Some(body) = patch.body {
        request.replace_body(body);
    }
    for change in patch.changes {
        match change {
            Change::Upstream(name) => request.upstream = upstream(route, &name),
            Change::SetContext(name, value) => {
                Arc::make_mut(&mut request.context).set_authorizer(&name, value);
            }
            change => {
                // A trailer of that name would undo it.
                if let Some(field) = change.field() {
                    request.payload.keep_out(field);
                }
                change_head(&mut request.head, change);
            }
        }
    }
    Ok(())
}

/// Changes a reply; a patch that answers by itself takes its place.
pub(super) fn to_reply(mut reply: Reply, context: &mut Arc<Context>, patch: Patch) -> Reply {
    if let Some(answer) = patch.respond {
        return answer.into();
    }
    if let Some(body) = patch.body {
        reply.payload.replace(&mut reply.headers, body);
    }
    for change in patch.changes {
        match change {
            Change::SetStatus(status) => reply.status = status,
            Change::SetContext(name, value) => {
                Arc::make_mut(context).set_authorizer(&name, value);
            }
            change => change_headers(&mut reply.headers, change),
        }
    }
    reply
}

/// What can only be judged here: upstreams and paths. Names and values were checked by the plugin's side.
fn check(changes: &[Change], route: &Route, plugin: &str) -> Result<(), Failure> {
    for change in changes {
        match change {
            Change::Upstream(name) if upstream(route, name).is_none() => {
                return Err(Failure::UpstreamNotAllowed {
                    plugin: plugin.to_owned(),
                    upstream: name.clone(),
                });
            }
            Change::SetPath(path) => {
                target::check_path(path).map_err(|reason| Failure::PathNotAllowed {
                    plugin: plugin.to_owned(),
                    path: path.clone(),
                    reason: reason.to_string(),
                })?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn upstream(route: &Route, name: &str) -> Option<UpstreamId> {
    let mut allowed = route.upstreams.iter();
    allowed.find(|(known, _)| known == name).map(|(_, id)| *id)
}

fn change_head(head: &mut Head, change: Change) {
    match change {
        Change::SetMethod(method) => head.method = method,
        Change::SetPath(path) => {
            let query = head.uri.query().map(str::to_owned);
            set_target(head, &path, query.as_deref());
        }
        Change::SetQuery(name, value) => change_query(head, |pairs| {
            pairs.retain(|(known, _)| *known != name);
            pairs.push((name, value));
        }),
        Change::AppendQuery(name, value) => change_query(head, |pairs| pairs.push((name, value))),
        Change::RemoveQuery(name) => {
            change_query(head, |pairs| pairs.retain(|(known, _)| *known != name));
        }
        change => change_headers(&mut head.headers, change),
    }
}

fn change_headers(headers: &mut HeaderMap, change: Change) {
    match change {
        Change::SetHeader(name, value) => {
            headers.insert(name, value);
        }
        Change::AppendHeader(name, value) => {
            headers.append(name, value);
        }
        Change::RemoveHeader(name) => {
            headers.remove(name);
        }
        // What has no meaning for this side was refused with the patch.
        _ => {}
    }
}

fn change_query(head: &mut Head, change: impl FnOnce(&mut Vec<(String, String)>)) {
    let query = head.uri.query().unwrap_or_default();
    let mut pairs: Vec<_> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    change(&mut pairs);
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    let path = head.uri.path().to_owned();
    set_target(
        head,
        &path,
        Some(&query)
            .filter(|query| !query.is_empty())
            .map(String::as_str),
    );
}

/// Puts path and query together again; both were checked, so what `http` refuses leaves the target as it was.
fn set_target(head: &mut Head, path: &str, query: Option<&str>) {
    let target = match query {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    if let Ok(target) = PathAndQuery::try_from(target) {
        head.uri = Uri::from(target);
    }
}
