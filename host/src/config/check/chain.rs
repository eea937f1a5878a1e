//! Chains of attachments, and who answers.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::{
    Check, configuration,
    route::{self, InvalidRoute, RouteKey},
    upstreams::{self, Upstreams},
};
use crate::config::{
    Attachment, Chain, Integration,
    document::escape,
    written::{Phases, Respond, Target, ToUpstream, Use},
};

/// Fields that belong to the connection or the framing, which the gateway alone decides.
const OWN_FIELDS: [&str; 7] = [
    "connection",
    "content-length",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The attachments that are written at one place: an API or a route.
pub(super) fn chain(at: &str, written: &Phases, check: &mut Check<'_>) -> Chain {
    let mut phase = |name: &str, uses: &[Use]| -> Vec<Attachment> {
        let uses = uses.iter().enumerate();
        uses.map(|(index, one)| attachment(&format!("{at}/{name}/{index}"), one, check))
            .collect()
    };
    let chain = Chain {
        early: phase("early", &written.early),
        authorize: phase("authorize", &written.authorize),
        validate: phase("validate", &written.validate),
        transform: phase("transform", &written.transform),
        respond: phase("respond", &written.respond),
        observe: phase("observe", &written.observe),
    };
    for (name, closed) in [
        ("authorize", &chain.authorize),
        ("validate", &chain.validate),
    ] {
        for (index, _) in closed.iter().enumerate().filter(|(_, one)| one.fail_open) {
            let help = "take `fail_open` out; a check that fails refuses the request";
            let message = format!("`fail_open` cannot be in `{name}`");
            check.misnamed(&format!("{at}/{name}/{index}/fail_open"), message, help);
        }
    }
    chain
}

/// The attachments of an API and of a route, one after the other.
pub(super) fn joined(api: &Chain, route: Chain) -> Chain {
    let join = |first: &[Attachment], then: Vec<Attachment>| [first, &then].concat();
    Chain {
        early: join(&api.early, route.early),
        authorize: join(&api.authorize, route.authorize),
        validate: join(&api.validate, route.validate),
        transform: join(&api.transform, route.transform),
        respond: join(&api.respond, route.respond),
        observe: join(&api.observe, route.observe),
    }
}

fn attachment(at: &str, written: &Use, check: &mut Check<'_>) -> Attachment {
    let (name, with, fail_open) = match written {
        Use::Name(name) => {
            check.name(at, "a plugin", name, "-_");
            (name, None, false)
        }
        Use::Attachment(written) => {
            check.name(&format!("{at}/use"), "a plugin", &written.plugin, "-_");
            (&written.plugin, written.with.clone(), written.fail_open)
        }
    };
    made(at, name, with, fail_open, check)
}

fn made(
    at: &str,
    plugin: &str,
    with: Option<serde_json::Value>,
    fail_open: bool,
    check: &Check<'_>,
) -> Attachment {
    Attachment {
        plugin: plugin.to_owned(),
        with: configuration(with),
        fail_open,
        place: check.value(&format!("{at}/with")),
    }
}

/// Who answers a route.
pub(super) fn integration(
    at: &str,
    written: &Target,
    key: &RouteKey<'_>,
    upstreams: &mut Upstreams,
    check: &mut Check<'_>,
) -> Option<Integration> {
    match written {
        Target::Name(text) => named(at, text, key, upstreams, check),
        Target::Upstream(written) => upstream(at, written, key, upstreams, check),
        Target::Function(written) => {
            check.name(
                &format!("{at}/function"),
                "a plugin",
                &written.function,
                "-_",
            );
            let with = written.with.clone();
            Some(Integration::Function(made(
                at,
                &written.function,
                with,
                false,
                check,
            )))
        }
        Target::Respond(written) => respond(&format!("{at}/respond"), &written.respond, check),
    }
}

/// A URL, or the name of an upstream.
fn named(
    at: &str,
    text: &str,
    key: &RouteKey<'_>,
    upstreams: &mut Upstreams,
    check: &mut Check<'_>,
) -> Option<Integration> {
    if !text.contains("://") {
        let upstream = upstreams.find(at, text, check)?;
        return Some(Integration::Http {
            upstream,
            path: None,
        });
    }
    let url = upstreams::url(at, text, check)?;
    let path = match url.path {
        "" => None,
        // Whoever writes it rarely means that every request asks for `/`.
        "/" => {
            let origin = text.trim_end_matches('/');
            let help = format!(
                "write `{origin}` to keep the request's path, or `{{ upstream: \"{origin}\", path: / }}`"
            );
            check.wrong(
                at,
                format!("`{text}` asks for `/` whatever the request's path is"),
                help,
            );
            return None;
        }
        query if query.starts_with('?') => {
            check.wrong(
                at,
                format!("`{text}` has a query without a path"),
                "write the path too",
            );
            return None;
        }
        path => Some(path.to_owned()),
    };
    tell(
        at,
        route::template(path.as_deref().unwrap_or("/"), &key.parameters),
        check,
    );
    Some(Integration::Http {
        upstream: upstreams.at_origin(url.target),
        path,
    })
}

fn upstream(
    at: &str,
    written: &ToUpstream,
    key: &RouteKey<'_>,
    upstreams: &mut Upstreams,
    check: &mut Check<'_>,
) -> Option<Integration> {
    if let Some(path) = &written.path {
        tell(
            &format!("{at}/path"),
            route::template(path, &key.parameters),
            check,
        );
    }
    let upstream = upstreams.find(&format!("{at}/upstream"), &written.upstream, check)?;
    Some(Integration::Http {
        upstream,
        path: written.path.clone(),
    })
}

fn tell(at: &str, checked: Result<(), InvalidRoute>, check: &mut Check<'_>) {
    if let Err(error) = checked {
        check.wrong(at, error.message, error.help);
    }
}

fn respond(at: &str, written: &Respond, check: &mut Check<'_>) -> Option<Integration> {
    let status = StatusCode::from_u16(written.status).ok()?;
    let bodiless = matches!(
        status,
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
    );
    if bodiless && !written.body.is_empty() {
        let help = "take `body` out, or use another status";
        check.misnamed(
            &format!("{at}/body"),
            format!("an answer with status {status} has no body"),
            help,
        );
    }
    let mut headers = HeaderMap::new();
    for (name, value) in &written.headers {
        let at = format!("{at}/headers/{}", escape(name));
        match (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(value),
        ) {
            (Ok(field), _) if OWN_FIELDS.contains(&field.as_str()) => {
                let help = "take it out; the gateway frames its own answers";
                check.misnamed(&at, format!("header `{name}` cannot be set"), help);
            }
            (Ok(field), Ok(_)) if headers.contains_key(&field) => {
                let message = format!("header `{name}` is written twice");
                check.misnamed(&at, message, "names of headers are the same in any case");
            }
            (Ok(field), Ok(value)) => {
                headers.insert(field, value);
            }
            (Err(_), _) => {
                let help = "use letters, digits and `-`";
                check.misnamed(&at, format!("`{name}` is not the name of a header"), help);
            }
            (_, Err(_)) => {
                let help = "a value has no line breaks or control characters";
                check.wrong(&at, format!("the value of `{name}` cannot be sent"), help);
            }
        }
    }
    Some(Integration::Respond {
        status,
        headers,
        body: Bytes::from(written.body.clone()),
    })
}
