//! Caddy.

use std::{net::SocketAddr, process::Command};

use wasmgate_tests::Directory;

use super::contender::{Setup, installed};

pub(super) fn gateway(setup: &Setup<'_>, directory: &Directory, address: SocketAddr) -> Command {
    let log = match setup.contender.log {
        true => "log { \n output file access.log \n }",
        false => "",
    };
    directory.write(
        "Caddyfile",
        format!(
            "{{
    admin off
    auto_https off
}}
http://:{port} {{
    bind 127.0.0.1
    {log}
    reverse_proxy {} {{
        transport http {{
            keepalive_idle_conns_per_host 256
            compression off
        }}
    }}
}}
",
            setup.upstream,
            port = address.port(),
        ),
    );
    let mut command = Command::new(installed("python/bin/caddy"));
    command
        .args(["run", "--config", "Caddyfile", "--adapter", "caddyfile"])
        .env("GOMAXPROCS", "1")
        .env("HOME", directory.path());
    command
}
