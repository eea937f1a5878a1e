//! Where figures come from: the machine, its load, and the versions of what is compared.

use std::{fs, process::Command};

use super::{contender::installed, envoy};

/// All that in one paragraph.
pub fn about() -> String {
    let cpu = line_of("/proc/cpuinfo", "model name");
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split(' ').take(3).collect();
    format!(
        "{}; {cpu}, {cores} cores, Linux {}; load before the end {}. {}, {}, Caddy {}, Envoy {}.",
        said("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
        kernel.trim(),
        load.join(" "),
        of("debian/usr/sbin/nginx", "-v"),
        of("debian/usr/sbin/haproxy", "-v"),
        of("python/bin/caddy", "version"),
        said(&envoy::program().to_string_lossy(), &["--version"]),
    )
}

fn of(program: &str, argument: &str) -> String {
    said(&installed(program).to_string_lossy(), &[argument])
}

/// The first line with words that a program says on either output, without what nobody wants to know.
fn said(program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    let libraries = installed("debian/usr/lib/x86_64-linux-gnu");
    let output = command
        .args(arguments)
        .env("LD_LIBRARY_PATH", libraries)
        .output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    let both = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&both);
    let line = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let line = line.trim().trim_start_matches("nginx version: ");
    match line.split_once("version: ") {
        Some((_, envoy)) => envoy.split('/').nth(1).unwrap_or(envoy).to_owned(),
        None => line
            .split(" h1:")
            .next()
            .unwrap_or(line)
            .split(" - ")
            .next()
            .unwrap_or(line)
            .to_owned(),
    }
}

fn line_of(file: &str, begins: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(begins));
    let value = line.and_then(|line| line.split_once(": "));
    value.map_or_else(|| "unknown".to_owned(), |(_, value)| value.to_owned())
}
