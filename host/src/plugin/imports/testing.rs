//! For tests: servers on this machine, and stores whose plugins may reach them.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    cell::RefCell,
    net::SocketAddr,
    rc::Rc,
    sync::{Arc, OnceLock},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};

use super::{Services, State, VaultBuilder};
use crate::{
    config::{PluginPolicy, Secrets},
    plugin::{
        guests,
        state::{Phase, Scope},
    },
};

/// A server that says what it is told to, and remembers what it was asked.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) seen: Rc<RefCell<Vec<String>>>,
    pub(super) connections: Rc<RefCell<usize>>,
}

impl Server {
    /// Answers each request by its head.
    pub(super) async fn start(answer: impl Fn(&str) -> String + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server {
            address: listener.local_addr().unwrap(),
            seen: Rc::default(),
            connections: Rc::default(),
        };
        let (this, answer) = (server.clone(), Rc::new(answer));
        tokio::task::spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *this.connections.borrow_mut() += 1;
                tokio::task::spawn_local(serve(stream, this.seen.clone(), answer.clone()));
            }
        });
        server
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn grant(&self) -> String {
        self.url("")
    }
}

pub(super) async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    seen: Rc<RefCell<Vec<String>>>,
    answer: Rc<impl Fn(&str) -> String>,
) {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        text += &String::from_utf8_lossy(&buffer[..length]);
        if text.contains("\r\n\r\n") {
            let reply = answer(&text);
            seen.borrow_mut().push(std::mem::take(&mut text));
            if stream.write_all(reply.as_bytes()).await.is_err()
                || reply.contains("connection: close")
            {
                return;
            }
        }
    }
}

pub(super) fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(super) fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n")
}

/// What a plugin with these grants for `http` may do.
pub(super) fn policy(grants: &[&str]) -> PluginPolicy {
    let mut policy = guests::policy();
    policy.grants.http = grants.iter().map(|&grant| grant.to_owned()).collect();
    policy.limits.fetches = 8;
    policy.limits.fetch_bytes = 1000;
    policy
}

/// A store that serves.
pub(super) fn state_with(services: Arc<Services>, grants: &[&str]) -> State {
    let (plugin, policy) = ("test".into(), policy(grants));
    let builder = VaultBuilder::new(&plugin, &policy, &services, Vec::new()).unwrap();
    let scope = Scope {
        vault: builder.finish().map(Arc::new),
        plugin,
        policy,
        services,
        script: None,
        kv: OnceLock::new(),
    };
    State::new(Arc::new(scope), Phase::Serving)
}

pub(super) fn state(grants: &[&str]) -> State {
    state_with(Services::new(Secrets::default()), grants)
}
