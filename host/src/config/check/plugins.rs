//! Plugins: their directory and cache, what each may do, and the secrets that it may be granted.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{Check, listeners::network, reason};
use crate::config::{
    Grants, Isolation, PluginLimits, PluginPolicy, PluginSettings, Secrets,
    document::escape,
    written::{self, IsolationName, Plugins},
};

/// Calls after which a reused instance is thrown away, where the operator does not say.
const REUSED_CALLS: u32 = 1000;
/// Guest calls at once, where the operator does not say.
const POOL: u16 = 256;
/// The largest file of a secret, bytes.
const SECRET: u64 = 64 << 10;

/// The values of all secrets.
pub(super) fn secrets(
    written: &BTreeMap<String, written::Secret>,
    check: &mut Check<'_>,
) -> Secrets {
    let mut values = BTreeMap::new();
    for (name, secret) in written {
        let at = format!("/secrets/{}", escape(name));
        check.name(&at, "a secret", name, "-_.");
        let value = match secret {
            written::Secret::Value(value) => Some(value.clone()),
            written::Secret::File(file) => secret_file(&format!("{at}/file"), &file.file, check),
        };
        if value.as_deref() == Some("") {
            check.wrong(
                &at,
                format!("secret `{name}` is empty"),
                "give it a value, or take it out",
            );
        }
        values.extend(value.map(|value| (name.clone(), value)));
    }
    Secrets(Arc::new(values))
}

fn secret_file(at: &str, path: &str, check: &mut Check<'_>) -> Option<String> {
    let file = check.file(at, path);
    let length = std::fs::metadata(&file)
        .ok()
        .filter(|found| found.is_file())?
        .len();
    if length > SECRET {
        check.wrong(
            at,
            format!("`{path}` is too large"),
            "a secret has at most 64 KiB",
        );
        return None;
    }
    match std::fs::read_to_string(&file) {
        Ok(text) => {
            let text = text.strip_suffix('\n').unwrap_or(&text);
            Some(text.strip_suffix('\r').unwrap_or(text).to_owned())
        }
        Err(error) => {
            let message = format!("cannot read `{path}`: {}", reason(&error));
            check.wrong(at, message, "a secret is a text file in UTF-8");
            None
        }
    }
}

/// All settings of plugins.
pub(super) fn settings(
    written: Option<&Plugins>,
    secrets: Secrets,
    check: &mut Check<'_>,
) -> PluginSettings {
    let none = written::PluginSettings::default();
    let (written, shorthand) = match written {
        Some(Plugins::Settings(settings)) => (settings.as_ref(), None),
        Some(Plugins::Directory(path)) => (&none, Some(path)),
        None => (&none, None),
    };
    let directory = match (shorthand, &written.directory) {
        (Some(path), _) => Some(directory("/plugins", path, check)),
        (None, Some(path)) => Some(directory("/plugins/directory", path, check)),
        (None, None) => None,
    };
    let default = policy(
        "/plugins/default",
        &written.default,
        &PluginPolicy::default(),
        &secrets,
        check,
    );
    let mut policies = BTreeMap::new();
    for (name, own) in &written.settings {
        let at = format!("/plugins/settings/{}", escape(name));
        check.name(&at, "a plugin", name, "-_");
        policies.insert(name.clone(), policy(&at, own, &default, &secrets, check));
    }
    PluginSettings {
        directory,
        cache: cache(written.cache.as_deref(), check),
        pool: usize::from(written.pool.unwrap_or(POOL)),
        default,
        policies,
        secrets,
    }
}

fn directory(at: &str, path: &str, check: &mut Check<'_>) -> PathBuf {
    let resolved = check.document.resolve(path);
    if !resolved.is_dir() {
        let help = format!(
            "make it, or name another; it is looked for at `{}`",
            resolved.display()
        );
        check.wrong(
            at,
            format!("plugin directory `{path}` does not exist"),
            help,
        );
    }
    resolved
}

/// Where compiled code is kept: a directory of this user, since whoever can write there can run code here.
fn cache(written: Option<&str>, check: &Check<'_>) -> Option<PathBuf> {
    match written {
        Some("off") => return None,
        Some(path) => return Some(check.document.resolve(path)),
        None => {}
    }
    let variable =
        |name: &str| (check.environment)(name).filter(|value| Path::new(value).is_absolute());
    let below = |name: &str, path: &str| variable(name).map(|home| Path::new(&home).join(path));
    // The first is what systemd sets for `CacheDirectory=`.
    variable("CACHE_DIRECTORY")
        .map(PathBuf::from)
        .or_else(|| below("XDG_CACHE_HOME", "wasmgate"))
        .or_else(|| below("HOME", ".cache/wasmgate"))
}

/// What holds where the operator says nothing.
impl Default for PluginPolicy {
    fn default() -> PluginPolicy {
        PluginPolicy {
            isolation: Isolation::Request,
            grants: Grants::default(),
            limits: PluginLimits {
                memory: 64 << 20,
                cpu: Duration::from_millis(50),
                wall: Duration::from_secs(5),
                configure: Duration::from_secs(5),
                concurrent: 64,
                returned: 11 << 20,
                log_lines: 64,
                log_bytes: 16 << 10,
                fetches: 8,
                fetch_bytes: 1 << 20,
            },
        }
    }
}

impl Default for PluginSettings {
    fn default() -> PluginSettings {
        PluginSettings {
            directory: None,
            cache: None,
            pool: usize::from(POOL),
            default: PluginPolicy::default(),
            policies: BTreeMap::new(),
            secrets: Secrets::default(),
        }
    }
}

fn policy(
    at: &str,
    written: &written::PluginPolicy,
    default: &PluginPolicy,
    secrets: &Secrets,
    check: &mut Check<'_>,
) -> PluginPolicy {
    let grants = grants(&written.grant, &default.grants);
    for (index, grant) in written.grant.http.iter().flatten().enumerate() {
        if !is_origin(grant) && network(grant).is_none() {
            let help = "write an origin such as `https://idp.example.com`, or a network such as `10.0.0.0/8`";
            let message = format!("`{grant}` is nothing that can be granted");
            check.wrong(&format!("{at}/grant/http/{index}"), message, help);
        }
    }
    for (index, name) in written.grant.secrets.iter().flatten().enumerate() {
        if !secrets.0.contains_key(name) {
            let known = secrets.0.keys().map(String::as_str);
            check.unknown(
                &format!("{at}/grant/secrets/{index}"),
                ("secret", name),
                known,
            );
        }
    }
    let isolation = match written.isolation {
        None => default.isolation,
        Some(written::Isolation::Name(IsolationName::Request)) => Isolation::Request,
        Some(written::Isolation::Name(IsolationName::Reuse)) => Isolation::Reuse {
            calls: REUSED_CALLS,
        },
        Some(written::Isolation::Reuse(own)) => Isolation::Reuse {
            calls: own.reuse.calls,
        },
    };
    PluginPolicy {
        isolation,
        grants,
        limits: limits(&written.limits, &default.limits),
    }
}

fn grants(written: &written::Grant, default: &Grants) -> Grants {
    Grants {
        http: written.http.clone().unwrap_or_else(|| default.http.clone()),
        kv: written.kv.unwrap_or(default.kv),
        secrets: written
            .secrets
            .clone()
            .unwrap_or_else(|| default.secrets.clone()),
    }
}

/// Whether a grant begins as an origin does, with a host behind it.
fn is_origin(grant: &str) -> bool {
    let host = grant
        .strip_prefix("https://")
        .or_else(|| grant.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && !host.contains(['@', '?', '#']))
}

fn limits(written: &written::PluginLimits, default: &PluginLimits) -> PluginLimits {
    let size =
        |size: Option<written::Size>, default| size.map_or(default, written::Size::in_memory);
    let time =
        |time: Option<written::Duration>, default| time.map_or(default, written::Duration::get);
    PluginLimits {
        memory: size(written.memory, default.memory),
        cpu: time(written.cpu, default.cpu),
        wall: time(written.wall, default.wall),
        configure: time(written.configure, default.configure),
        concurrent: written.concurrent.map_or(default.concurrent, usize::from),
        returned: size(written.returned, default.returned),
        log_lines: written.log_lines.unwrap_or(default.log_lines),
        log_bytes: size(written.log_size, default.log_bytes),
        fetches: written.fetches.unwrap_or(default.fetches),
        fetch_bytes: size(written.fetch_size, default.fetch_bytes),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn documented_limits_are_those_that_hold() {
        let schema = crate::config::schema();
        let members = schema["$defs"]["PluginLimits"]["properties"]
            .as_object()
            .unwrap();
        let defaults: serde_json::Map<String, Value> = members
            .iter()
            .map(|(name, member)| (name.clone(), member["default"].clone()))
            .collect();
        let written = serde_json::from_value(Value::Object(defaults)).unwrap();
        let nothing = PluginLimits {
            memory: 0,
            cpu: Duration::ZERO,
            wall: Duration::ZERO,
            configure: Duration::ZERO,
            concurrent: 0,
            returned: 0,
            log_lines: 0,
            log_bytes: 0,
            fetches: 0,
            fetch_bytes: 0,
        };
        let documented = limits(&written, &nothing);
        assert_eq!(
            format!("{documented:?}"),
            format!("{:?}", PluginPolicy::default().limits)
        );
    }
}
