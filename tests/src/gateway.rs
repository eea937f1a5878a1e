//! Starts the binary on ports of its own, and talks to it.

mod log;

use std::{
    ffi::OsString,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;

pub(crate) use self::log::Log;
use crate::{
    Connection, Directory, LIMIT, Reply,
    client::{self, request},
    command::{self, Ended},
    guest::{self, binary, guest, plugin},
    limit,
};

/// A gateway that is about to start.
#[derive(Debug)]
pub struct Setup {
    yaml: String,
    directory: Arc<Directory>,
    environment: Vec<(String, String)>,
    /// How long the start may take.
    patience: Duration,
    /// What runs the binary, with its arguments; nothing where the binary runs by itself.
    runner: Vec<OsString>,
}

/// A running gateway, killed when it is dropped.
#[derive(Debug)]
pub struct Gateway {
    process: Child,
    environment: Vec<(String, String)>,
    pub directory: Arc<Directory>,
    /// Where it listens, in the order of the configuration.
    pub addresses: Vec<SocketAddr>,
    pub admin: SocketAddr,
    pub log: Arc<Log>,
}

impl Setup {
    /// A file beside the configuration.
    #[must_use]
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Setup {
        self.directory.write(name, content);
        self
    }

    /// A guest in the plugin directory.
    #[must_use]
    pub fn guest(self, name: &str) -> Setup {
        self.file(&format!("plugins/{name}.wasm"), guest(name))
    }

    /// A built-in plugin in the plugin directory, as it was built last. Its tests share what they compile of it.
    #[must_use]
    pub fn plugin(self, name: &str) -> Setup {
        self.file(&format!("plugins/{name}.wasm"), plugin(name))
            .sharing()
    }

    /// Shares what it compiles with other tests that do.
    #[must_use]
    pub fn sharing(self) -> Setup {
        self.set("CACHE_DIRECTORY", guest::cache().to_string_lossy())
    }

    /// A value for `${NAME}` in the configuration.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<String>) -> Setup {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Allows the start ten minutes: for plugins that take long to compile on a busy machine.
    #[must_use]
    pub fn patient(mut self) -> Setup {
        self.patience = Duration::from_secs(600);
        self
    }

    /// Has another program run the binary, such as valgrind: the program and its arguments.
    #[must_use]
    pub fn under(mut self, runner: impl IntoIterator<Item = impl Into<OsString>>) -> Setup {
        self.runner = runner.into_iter().map(Into::into).collect();
        self
    }

    /// Starts it; fails with its log where it does not.
    pub async fn start(self) -> Gateway {
        match self.try_start().await {
            Ok(gateway) => gateway,
            Err((status, log)) => panic!("the gateway did not start ({status}):\n{log}"),
        }
    }

    /// Starts it, or gives its exit status and what it said.
    pub async fn try_start(self) -> Result<Gateway, (ExitStatus, String)> {
        self.write();
        let mut words = self.runner.iter().cloned().chain([binary().into()]);
        let mut process = Command::new(words.next().unwrap())
            .args(words)
            .arg("serve")
            .current_dir(self.directory.path())
            .env_clear()
            .env("HOME", self.directory.path())
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Log::of(process.stderr.take().unwrap());
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let addresses = tokio::task::spawn_blocking(move || addresses(lines.map_while(Result::ok)));
        let found = tokio::time::timeout(self.patience, addresses).await;
        let (addresses, admin) = found.expect("the gateway's addresses in time").unwrap();
        let mut gateway = Gateway {
            process,
            environment: self.environment,
            directory: self.directory,
            addresses,
            admin: admin.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0))),
            log,
        };
        if admin.is_none() {
            let status = gateway.ended().await;
            return Err((status, gateway.log.text()));
        }
        Ok(gateway)
    }

    /// Runs another command than `serve` beside the configuration.
    pub fn command(&self, arguments: &[&str]) -> Ended {
        self.write();
        command::run(arguments, self.directory.path())
    }

    fn write(&self) {
        self.directory.write("wasmgate.yaml", complete(&self.yaml));
        std::fs::create_dir_all(self.directory.path().join("plugins")).unwrap();
    }
}

impl Gateway {
    /// Starts a gateway with a configuration; listeners, admin and log stand in it already.
    pub async fn start(yaml: &str) -> Gateway {
        Gateway::setup(yaml).start().await
    }

    pub fn setup(yaml: &str) -> Setup {
        Setup {
            yaml: yaml.to_owned(),
            directory: Arc::default(),
            environment: Vec::new(),
            patience: LIMIT,
            runner: Vec::new(),
        }
    }

    /// The first address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.get_with(path, &[]).await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send(request("GET", path, headers)).await
    }

    /// Sends one request on a connection of its own.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Reply {
        let mut connection = Connection::http1(self.address()).await;
        let reply = connection.try_send(request).await;
        reply.unwrap_or_else(|error| panic!("{error}\n{}", self.log.text()))
    }

    /// Sends bytes as they are and reads until the gateway closes.
    pub async fn raw(&self, bytes: impl AsRef<[u8]>) -> String {
        client::raw(self.address(), bytes).await
    }

    /// Asks the admin listener.
    pub async fn ask(&self, path: &str) -> Reply {
        let mut connection = Connection::http1(self.admin).await;
        connection.send(request("GET", path, &[])).await
    }

    /// The value of a metric's sample: the first line that begins so. None where there is none.
    pub async fn metric(&self, sample: &str) -> Option<f64> {
        let page = self.ask("/metrics").await;
        let line = page.text().lines().find(|line| line.starts_with(sample))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    /// Waits until the admin listener says what is wanted.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Reply) -> bool) -> Reply {
        let asked = async {
            loop {
                let reply = self.ask(path).await;
                if wanted(&reply) {
                    return reply;
                }
                // No event tells of it: look again, soon.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        match tokio::time::timeout(LIMIT, asked).await {
            Ok(reply) => reply,
            Err(_) => panic!("{path} never became what was wanted:\n{}", self.log.text()),
        }
    }

    /// Changes the configuration; the gateway watches it.
    pub fn reconfigure(&self, yaml: &str) {
        self.directory.write("wasmgate.yaml", complete(yaml));
    }

    /// Puts a plugin into the directory, under any name.
    pub fn install(&self, name: &str, wasm: impl AsRef<[u8]>) {
        self.directory.write(&format!("plugins/{name}.wasm"), wasm);
    }

    /// Sends a signal by its name: `TERM`, `HUP`.
    pub fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        let status = Command::new("kill")
            .args([&format!("-{name}"), &id])
            .status();
        assert!(status.unwrap().success(), "kill -{name} {id}");
    }

    /// Waits until the process has ended by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        let ended = async {
            loop {
                if let Some(status) = self.process.try_wait().unwrap() {
                    return status;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let status = limit("the gateway's end", ended).await;
        self.log.closed().await;
        status
    }

    /// Kills it, for another start in the same directory.
    pub fn stop(mut self) -> Setup {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        let yaml = self.directory.path().join("wasmgate.yaml");
        Setup {
            yaml: std::fs::read_to_string(yaml).unwrap(),
            directory: Arc::clone(&self.directory),
            environment: std::mem::take(&mut self.environment),
            patience: LIMIT,
            runner: Vec::new(),
        }
    }

    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Bytes of memory that the process holds.
    pub fn memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process_id()));
        let status = status.unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
        kilobytes.unwrap().parse::<usize>().unwrap() << 10
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        _ = self.process.kill();
        _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("the gateway's log:\n{}", self.log.text());
        }
    }
}

/// What every test wants and few name.
fn complete(yaml: &str) -> String {
    let mut complete = String::new();
    for (member, line) in [
        ("listen", "listen: 127.0.0.1:0\n"),
        ("admin:", "admin: 127.0.0.1:0\n"),
        ("workers:", "workers: 2\n"),
        ("log:", "log: { level: debug }\n"),
        ("plugins:", "plugins: ./plugins\n"),
    ] {
        if !yaml.lines().any(|line| line.starts_with(member)) {
            complete += line;
        }
    }
    complete + yaml
}

/// Reads `listening http://ADDRESS` lines up to the `admin` line, which is the last.
fn addresses(lines: impl Iterator<Item = String>) -> (Vec<SocketAddr>, Option<SocketAddr>) {
    let mut listeners = Vec::new();
    for line in lines {
        let Some((what, url)) = line.split_once(' ') else {
            continue;
        };
        let Some((_, address)) = url.split_once("://") else {
            continue;
        };
        match what {
            "listening" => listeners.push(address.parse().unwrap()),
            "admin" => return (listeners, Some(address.parse().unwrap())),
            _ => {}
        }
    }
    (listeners, None)
}
