//! The process: starts everything, reloads what changed, ends in order.

use std::{io::Write, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use tokio::{runtime, sync::watch, time::Instant};

use crate::{
    admin::Admin,
    config::{self, Config, Environment, Problem, Problems},
    gateway::{Built, Gateway, Running},
    listener::{BindError, Load},
    observe::{self, Form, Observe},
    plugin::{Plugins, ProblemStatus, StartError, Unusable},
    tls::TlsError,
    upstream::Upstreams,
};

mod doors;
mod fixed;
mod signals;
mod watch_files;
mod workers;

use doors::Doors;
use fixed::Fixed;
use signals::{Signal, Signals};
use workers::Threads;

/// Why the gateway does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("{0}")]
    Configuration(Problems),
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error("certificates of `{0}`: {1}")]
    Tls(SocketAddr, TlsError),
    #[error("plugins: {0}")]
    Plugins(#[from] StartError),
    #[error("log: {0}")]
    Log(#[from] observe::StartError),
    #[error("{0}; set `admin:` to another address, or to `off`")]
    Admin(BindError),
    #[error("cannot start a thread or its runtime: {0}")]
    Thread(#[from] std::io::Error),
}

impl ServeError {
    /// One line each.
    fn problems(&self) -> Vec<String> {
        match self {
            ServeError::Configuration(problems) => problems.iter().map(Problem::brief).collect(),
            other => vec![other.to_string()],
        }
    }
}

/// Runs the gateway of a configuration file until a signal ends it.
pub fn serve(path: &Path, environment: Environment<'_>) -> Result<(), ServeError> {
    let config = config::load(path, environment).map_err(ServeError::Configuration)?;
    // Standard error may be a terminal that shows colors, unless its owner asked for none.
    let log = observe::start(
        &config.log,
        config.workers,
        environment("NO_COLOR").is_none(),
    )?;
    let control = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("control")
        .enable_all()
        .build()?;
    let ended = control.block_on(run(path, environment, config, &log));
    // Dropping it would wait for workers that were not waited for.
    control.shutdown_background();
    ended
}

/// What [`serve`] would run.
pub(crate) struct Rehearsed {
    /// How many plugins there are.
    pub(crate) plugins: usize,
    pub(crate) unusable: Vec<Unusable>,
}

/// Does what [`serve`] does before it listens.
pub(crate) fn rehearse(config: &Config) -> Result<Rehearsed, ServeError> {
    doors::rehearse(config)?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let plugins = Plugins::start(config.plugins.clone())?;
    let unread = observe::Writer::start(std::io::sink())?;
    let observe = Observe::new(&config.log, Form::Json, config.workers, unread.lines());
    let built = runtime.block_on(Gateway::build(config, &plugins, &observe));
    let built = built.map_err(ServeError::Configuration)?;
    Ok(Rehearsed {
        plugins: plugins.status().len(),
        unusable: built.unusable,
    })
}

async fn run(
    path: &Path,
    environment: Environment<'_>,
    config: Config,
    log: &observe::Started,
) -> Result<(), ServeError> {
    let mut signals = Signals::listen()?;
    // Before anything that takes time, so that no change is missed.
    let mut changes = watch_files::Changes::watch(&config.watched);
    let (mut server, running) = Server::start(path, environment, &config, log).await?;
    drop(config);
    loop {
        tokio::select! {
            signal = signals.next() => match signal {
                Signal::Reload => server.reload(&mut changes).await,
                Signal::Stop => break,
            },
            () = changes.next() => server.reload(&mut changes).await,
        }
    }
    server.stop(running, &mut signals).await;
    Ok(())
}

/// What the end needs.
struct Workers {
    threads: Threads,
    /// Said when they are to stop.
    stop: watch::Sender<bool>,
}

/// What a reload changes and the end needs.
struct Server<'a> {
    path: &'a Path,
    environment: Environment<'a>,
    drain: Duration,
    fixed: Fixed,
    doors: Doors,
    running: Arc<Running>,
    load: Arc<Load>,
    plugins: Arc<Plugins>,
    admin: Arc<Admin>,
    log: &'a observe::Started,
}

impl<'a> Server<'a> {
    /// Starts everything in order: what answers, who serves, where it listens, what is told of it.
    async fn start(
        path: &'a Path,
        environment: Environment<'a>,
        config: &Config,
        log: &'a observe::Started,
    ) -> Result<(Server<'a>, Workers), ServeError> {
        let plugins = Plugins::start(config.plugins.clone())?;
        let built = Gateway::build(config, &plugins, &log.observe).await;
        plugins.let_requests_go_first();
        let running = Running::new(deploy(built.map_err(ServeError::Configuration)?));
        let (stop, stopping) = watch::channel(false);
        let (load, threads) = workers::start(config, &running, &log.observe, stopping)?;
        let mut doors = Doors::default();
        doors.set(config, &load)?;
        let admin = Admin::new(
            Arc::clone(&log.observe),
            Arc::clone(&plugins),
            Arc::clone(&running),
            Arc::clone(&load),
        );
        admin.deployed(config);
        announce(&doors, start_admin(config, &admin).await?);
        tokio::spawn(Arc::clone(&plugins).watch());
        let server = Server {
            path,
            environment,
            drain: config.drain,
            fixed: Fixed::of(config),
            doors,
            running,
            load,
            plugins,
            admin,
            log,
        };
        Ok((server, Workers { threads, stop }))
    }

    /// Reads everything again. What has a mistake changes nothing.
    async fn reload(&mut self, changes: &mut watch_files::Changes) {
        let reloads = self.log.observe.reloads();
        match self.try_reload(changes).await {
            Ok(()) => {
                reloads.succeed();
                tracing::info!("reloaded");
            }
            Err(error) => {
                tracing::error!(%error, "the configuration was not reloaded; the old one runs on");
                reloads.fail(error.problems());
            }
        }
    }

    async fn try_reload(&mut self, changes: &mut watch_files::Changes) -> Result<(), ServeError> {
        let config =
            config::load(self.path, self.environment).map_err(ServeError::Configuration)?;
        changes.set(&config.watched);
        self.plugins.reload(config.plugins.clone());
        let built = self.build(&config).await;
        if let (Err(_), Some(directory)) = (&built, &config.plugins.directory) {
            // The plugin that it waits for may be on its way.
            changes.add_folder(directory);
        }
        let built = built.map_err(ServeError::Configuration)?;
        self.doors.set(&config, &self.load)?;
        self.running.replace(deploy(built));
        self.load.set_limit(config.limits.connections);
        self.log.observe.reload(&config.log);
        self.log.verbosity.reload(&config.log);
        self.admin.deployed(&config);
        self.drain = config.drain;
        self.fixed.warn_of(&Fixed::of(&config));
        Ok(())
    }

    /// Refuses what would answer 503 where something better runs now.
    async fn build(&self, config: &Config) -> Result<Built, Problems> {
        let built = Gateway::build(config, &self.plugins, &self.log.observe).await?;
        let worse = built.unusable.iter().filter(|unusable| !unusable.already);
        let problems = worse.flat_map(|unusable| unusable.problems.iter().cloned());
        match Problems::new(problems.collect()) {
            Some(problems) => Err(problems),
            None => Ok(built),
        }
    }

    /// Lets requests in flight end; a second signal ends them at once.
    async fn stop(self, workers: Workers, signals: &mut Signals) {
        tracing::info!(connections = self.load.total(), "draining");
        self.admin.drain();
        workers.stop.send_replace(true);
        // The workers drop their sockets; these are the same ones.
        drop(self.doors);
        let end = Instant::now() + self.drain;
        let joined = tokio::task::spawn_blocking(move || {
            for worker in workers.threads {
                // A worker that panicked has said so on its own.
                _ = worker.join();
            }
        });
        tokio::select! {
            _ = joined => {}
            () = tokio::time::sleep_until(end) => {
                tracing::warn!(connections = self.load.total(), "not everything ended in time");
            }
            () = signals.stop() => {}
        }
    }
}

/// Tells what does not work of what runs from now on, and begins to look after its upstreams.
fn deploy(built: Built) -> Gateway {
    for unusable in &built.unusable {
        for problem in &unusable.problems {
            let plugin = &*unusable.plugin;
            let ProblemStatus { at, entry, problem } = ProblemStatus::of(problem);
            tracing::error!(
                plugin,
                at,
                entry,
                problem,
                "not usable: its routes answer 503"
            );
        }
    }
    let upstreams = Arc::downgrade(&built.gateway.upstreams);
    tokio::spawn(Upstreams::maintain(upstreams));
    built.gateway
}

async fn start_admin(
    config: &Config,
    admin: &Arc<Admin>,
) -> Result<Option<SocketAddr>, ServeError> {
    let Some(address) = config.admin else {
        return Ok(None);
    };
    let failed = |error| ServeError::Admin(BindError::of(address, error));
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    tokio::spawn(Arc::clone(admin).serve(listener));
    Ok(Some(address))
}

/// Tells whoever started us where we are, one address a line.
fn announce(doors: &Doors, admin: Option<SocketAddr>) {
    let mut lines = String::new();
    for (address, scheme) in doors.addresses() {
        lines += &format!("listening {scheme}://{address}\n");
    }
    if let Some(admin) = admin {
        lines += &format!("admin http://{admin}\n");
    }
    // Nobody has to read it.
    _ = std::io::stdout().lock().write_all(lines.as_bytes());
}
