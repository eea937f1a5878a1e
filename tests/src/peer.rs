//! Real peers: servers of `tests/peers`, which `make peers` installed.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
};

use crate::guest::peer;

/// A server that says one line when it is ready, and ends with its standard input.
#[derive(Debug)]
pub struct Peer {
    process: Child,
    _input: ChildStdin,
    /// What it said.
    pub said: String,
}

impl Peer {
    /// npm's `oidc-provider`; says its issuer.
    pub fn provider() -> Peer {
        Peer::start(Path::new("node"), &peer("oidc").join("server.js"))
    }

    /// A service of `spyne`; says its port.
    pub fn service() -> Peer {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/soap/server.py");
        Peer::start(&peer("soap").join("bin/python"), &script)
    }

    fn start(program: &Path, script: &Path) -> Peer {
        let mut process = Command::new(program)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let said = lines.next();
        Peer {
            _input: process.stdin.take().unwrap(),
            process,
            said: said.expect("the peer has ended").unwrap(),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
