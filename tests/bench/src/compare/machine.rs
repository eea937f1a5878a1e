//! The versions of what is compared.

use std::{path::PathBuf, process::Command};

use super::{contender::installed, envoy};
use crate::results::{machine, said};

/// Where figures of a verb come from: the machine, and the versions of all.
pub fn about(verb: &str) -> anyhow::Result<String> {
    Ok(format!(
        "`make {verb}` on {}. {}; {}; Caddy {}; Envoy {}.",
        machine()?,
        of(installed("debian/usr/sbin/nginx"), "-v")?,
        of(installed("debian/usr/sbin/haproxy"), "-v")?,
        of(installed("python/bin/caddy"), "version")?,
        of(envoy::program(), "--version")?,
    ))
}

/// What a program says of its version, without sums, addresses and its path.
fn of(program: PathBuf, argument: &str) -> anyhow::Result<String> {
    let libraries = installed("debian/usr/lib/x86_64-linux-gnu");
    let mut command = Command::new(program);
    let line = said(command.arg(argument).env("LD_LIBRARY_PATH", libraries))?;
    if let Some((_, version)) = line.split_once("  version: ") {
        return Ok(version.split('/').nth(1).unwrap_or(version).to_owned());
    }
    let line = line.strip_prefix("nginx version: ").unwrap_or(&line);
    let ends = [" h1:", " - "].map(|mark| line.find(mark).unwrap_or(line.len()));
    Ok(line[..ends[0].min(ends[1])].to_owned())
}
