//! Real peers: servers of `tests/peers`, which `make peers` installed.

use std::{
    io::{BufRead, BufReader, Lines, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex},
};

use crate::{Connection, client, guest::peer, limit};

/// A server that says one line when it is ready, and ends with its standard input.
#[derive(Debug)]
pub struct Peer {
    process: Child,
    input: ChildStdin,
    lines: Arc<Mutex<Lines<BufReader<ChildStdout>>>>,
    /// What it said when it was ready.
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
            input: process.stdin.take().unwrap(),
            process,
            lines: Arc::new(Mutex::new(lines)),
            said: said.expect("the peer has ended").unwrap(),
        }
    }

    /// Tells it something; the line that it answers.
    pub async fn ask(&mut self, what: &str) -> String {
        writeln!(self.input, "{what}").unwrap();
        let lines = Arc::clone(&self.lines);
        let line = tokio::task::spawn_blocking(move || lines.lock().unwrap().next());
        let line = limit("the peer's answer", line).await.unwrap();
        line.expect("the peer has ended").unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// A token of the provider's for an audience, as its one client gets it for itself.
pub async fn token(issuer: &str, audience: &str, scope: &str) -> String {
    let address = issuer.strip_prefix("http://").unwrap().parse().unwrap();
    let fields = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("authorization", "Basic c2hvcDpzZWNyZXQ="),
    ];
    let form = format!("grant_type=client_credentials&resource={audience}&scope={scope}");
    let request = client::with_body("POST", "/token", &fields, form);
    let reply = Connection::http1(address).await.send(request).await;
    let token = &reply.json()["access_token"];
    let token = token.as_str().map(str::to_owned);
    token.unwrap_or_else(|| panic!("{}", reply.text()))
}
