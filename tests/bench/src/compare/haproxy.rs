//! HAProxy.

use std::{net::SocketAddr, process::Command};

use wasmgate_tests::Directory;

use super::contender::{Setup, installed};

pub(super) fn gateway(setup: &Setup<'_>, directory: &Directory, address: SocketAddr) -> Command {
    let log = match setup.contender.log {
        true => "log stdout format raw local0\n    option httplog",
        false => "",
    };
    directory.write(
        "haproxy.cfg",
        format!(
            "global
    nbthread 1
    maxconn 9000

defaults
    mode http
    {log}
    option forwardfor
    http-reuse always
    timeout connect 3s
    timeout client 60s
    timeout server 60s
    timeout http-request 10s
    timeout http-keep-alive 75s

frontend door
    bind {address}
    http-request set-header x-forwarded-proto http
    http-request set-header x-forwarded-host %[req.hdr(host)]
    default_backend origin

backend origin
    server one {}
",
            setup.upstream
        ),
    );
    let mut command = Command::new(installed("debian/usr/sbin/haproxy"));
    command.args(["-db", "-f", "haproxy.cfg"]).env(
        "LD_LIBRARY_PATH",
        installed("debian/usr/lib/x86_64-linux-gnu"),
    );
    command
}
