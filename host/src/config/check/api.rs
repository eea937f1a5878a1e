//! APIs: where each answers, and its routes.

use std::collections::BTreeMap;

use super::{
    Check, chain,
    route::{self, RouteKey},
    target,
    upstreams::Upstreams,
};
use crate::config::{Api, Chain, Route, document::escape, written};

/// All APIs.
pub(super) fn all(
    written: &BTreeMap<String, written::Api>,
    upstreams: &mut Upstreams,
    check: &mut Check<'_>,
) -> Vec<Api> {
    let apis: Vec<Api> = written
        .iter()
        .map(|(name, one)| api(name, one, upstreams, check))
        .collect();
    repeated(&apis, check);
    apis
}

fn api(
    name: &str,
    written: &written::Api,
    upstreams: &mut Upstreams,
    check: &mut Check<'_>,
) -> Api {
    let at = format!("/apis/{}", escape(name));
    check.name(&at, "an API", name, "-_.");
    let hosts = hosts(&at, &written.hosts, check);
    let base_path = base_path(&at, written.base_path.as_deref().unwrap_or_default(), check);
    let chain = chain::chain(&at, &written.phases, check);
    Api {
        name: name.to_owned(),
        hosts,
        base_path,
        stage: "$default".to_owned(),
        routes: routes(&format!("{at}/routes"), written, &chain, upstreams, check),
    }
}

fn hosts(at: &str, written: &[String], check: &mut Check<'_>) -> Vec<String> {
    let mut hosts = Vec::new();
    for (index, text) in written.iter().enumerate() {
        let at = format!("{at}/hosts/{index}");
        let name = text.strip_prefix("*.").unwrap_or(text);
        let host = text.to_ascii_lowercase();
        if !target::is_name(name) && !is_address(name) {
            check.wrong(&at, format!("`{text}` is not a host"), host_help(text));
        } else if hosts.contains(&host) {
            check.wrong(
                &at,
                format!("host `{text}` is written twice"),
                "keep one of them",
            );
        } else {
            hosts.push(host);
        }
    }
    hosts
}

fn is_address(text: &str) -> bool {
    let address = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    address.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

fn host_help(text: &str) -> String {
    let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
    let bare = bare.split(['/', ':']).next().unwrap_or_default();
    match text {
        "*" => "leave `hosts` out to answer for all".to_owned(),
        _ if !text.is_ascii() => "write it in its ASCII form, which begins with `xn--`".to_owned(),
        _ if bare != text && target::is_name(bare) => {
            format!("write `{bare}`, without scheme, port or path")
        }
        _ => "write a name such as `shop.example.com` or `*.example.com`".to_owned(),
    }
}

fn base_path(at: &str, text: &str, check: &mut Check<'_>) -> String {
    let at = format!("{at}/base_path");
    let Some(inside) = text.strip_prefix('/') else {
        if !text.is_empty() {
            let message = format!("base path `{text}` does not begin with `/`");
            check.wrong(&at, message, format!("write `/{text}`"));
        }
        return String::new();
    };
    if text.ends_with('/') {
        let shorter = text.trim_end_matches('/');
        let help = match shorter {
            "" => "leave `base_path` out".to_owned(),
            shorter => format!("write `{shorter}`"),
        };
        check.wrong(&at, format!("base path `{text}` ends with `/`"), help);
    }
    let empty = |segment: &str| {
        Err(route::InvalidRoute {
            message: format!("base path `{text}` has an empty segment"),
            help: format!("write each `/` once{segment}"),
        })
    };
    let segments = inside.trim_end_matches('/').split('/');
    let checked = segments.map(|segment| match segment {
        "" if inside.trim_matches('/').is_empty() => Ok(()),
        "" => empty(segment),
        literal => route::literal(literal),
    });
    for error in checked.filter_map(Result::err).collect::<Vec<_>>() {
        check.wrong(&at, error.message, error.help);
    }
    text.to_owned()
}

fn routes(
    at: &str,
    written: &written::Api,
    chain: &Chain,
    upstreams: &mut Upstreams,
    check: &mut Check<'_>,
) -> Vec<Route> {
    let mut shapes: BTreeMap<String, &str> = BTreeMap::new();
    let mut routes = Vec::new();
    for (name, one) in &written.routes {
        let at = format!("{at}/{}", escape(name));
        let key = match RouteKey::parse(name) {
            Ok(key) => key,
            Err(error) => {
                check.misnamed(&at, error.message, error.help);
                continue;
            }
        };
        if let Some(first) = shapes.insert(key.shape(), name) {
            let message = format!("route `{name}` matches the same requests as `{first}`");
            check.misnamed(
                &at,
                message,
                "names of parameters make no difference; keep one of them",
            );
        }
        routes.extend(route(
            &at,
            (name, one, &key),
            (written, chain),
            upstreams,
            check,
        ));
    }
    routes
}

fn route(
    at: &str,
    (name, written, key): (&str, &written::Route, &RouteKey<'_>),
    (api, shared): (&written::Api, &Chain),
    upstreams: &mut Upstreams,
    check: &mut Check<'_>,
) -> Option<Route> {
    let own = chain::chain(at, &written.phases, check);
    let chosen = written.upstreams.iter().enumerate();
    let chosen: Vec<_> = chosen
        .map(|(index, text)| upstreams.find(&format!("{at}/upstreams/{index}"), text, check))
        .collect();
    let integration = chain::integration(&format!("{at}/to"), &written.to, key, upstreams, check);
    Some(Route {
        key: name.to_owned(),
        method: key.method.clone(),
        path: key.path.to_owned(),
        chain: chain::joined(shared, own),
        integration: integration?,
        timeout: written.timeout.unwrap_or(api.timeout).get(),
        body_limit: written.body_limit.unwrap_or(api.body_limit).get(),
        upstreams: chosen.into_iter().flatten().collect(),
        place: check.key(at),
    })
}

/// Tells of APIs that answer for the same host and base path.
fn repeated(apis: &[Api], check: &mut Check<'_>) {
    let mut seen: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    let everywhere = ["".to_owned()];
    for api in apis {
        let hosts = if api.hosts.is_empty() {
            &everywhere[..]
        } else {
            &api.hosts
        };
        for host in hosts {
            let Some(first) = seen.insert((host, &api.base_path), &api.name) else {
                continue;
            };
            let shown = if host.is_empty() { "any host" } else { host };
            let message = format!(
                "APIs `{first}` and `{}` both answer for {shown} at base path `{}`",
                api.name,
                if api.base_path.is_empty() {
                    "/"
                } else {
                    &api.base_path
                },
            );
            check.misnamed(
                &format!("/apis/{}", escape(&api.name)),
                message,
                "give one of them other `hosts` or another `base_path`",
            );
        }
    }
}
