//! The process: starts everything, reloads what changed, ends in order.

use std::{io::Write, net::SocketAddr, path::Path, rc::Rc, sync::Arc, thread, time::Duration};

use tokio::{runtime, sync::watch, task::LocalSet, time::Instant};

use crate::{
    admin::Admin,
    config::{self, Config, Environment, LogFormat, Problems},
    gateway::{Gateway, Running},
    listener::{self, BindError, Load},
    observe::{self, Form, Observe, Recorder},
    plugin::{PluginStatus, Plugins, StartError},
    tls::TlsError,
    upstream::Upstreams,
    worker::Worker,
};

mod doors;
mod signals;
mod watch_files;

use doors::Doors;
use signals::{Signal, Signals};

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

/// Does what [`serve`] does before it listens, and tells how each plugin is.
pub(crate) fn rehearse(config: &Config) -> Result<Vec<PluginStatus>, ServeError> {
    doors::rehearse(config)?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let plugins = Plugins::start(config.plugins.clone())?;
    let unread = observe::Writer::start(std::io::sink())?;
    let observe = Observe::new(&config.log, Form::Json, config.workers, unread.lines());
    // Its attachments keep the images, of which the status tells.
    let gateway = runtime.block_on(Gateway::build(config, &plugins, &observe));
    let status = plugins.status();
    match gateway {
        Ok(_) => Ok(status),
        Err(problems) => {
            let broken = status.iter().filter_map(PluginStatus::problem);
            Err(ServeError::Configuration(problems.and(broken)))
        }
    }
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
    let plugins = Plugins::start(config.plugins.clone())?;
    let gateway = Gateway::build(&config, &plugins, &log.observe)
        .await
        .map_err(ServeError::Configuration)?;
    tokio::spawn(Upstreams::maintain(Arc::downgrade(&gateway.upstreams)));

    let (stop, stopping) = watch::channel(false);
    let running = Running::new(gateway);
    let (load, workers) = start_workers(&config, &running, &log.observe, stopping)?;
    let mut doors = Doors::default();
    doors.set(&config, &load)?;
    let admin = Admin::new(
        Arc::clone(&log.observe),
        Arc::clone(&plugins),
        Arc::clone(&running),
        Arc::clone(&load),
    );
    admin.deployed(&config);
    let admin_address = start_admin(&config, &admin).await?;
    announce(&doors, admin_address);
    tokio::spawn(Arc::clone(&plugins).watch());

    let mut server = Server {
        path,
        environment,
        drain: config.drain,
        fixed: Fixed::of(&config),
        doors,
        running,
        load,
        plugins,
        admin,
        log,
    };
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
    server.stop(&stop, workers, &mut signals).await;
    Ok(())
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

impl Server<'_> {
    /// Reads everything again. What has a mistake changes nothing.
    async fn reload(&mut self, changes: &mut watch_files::Changes) {
        let reloaded = self.try_reload(changes).await;
        self.log.observe.reloaded(reloaded.is_ok());
        match reloaded {
            Ok(()) => tracing::info!("reloaded"),
            Err(error) => {
                tracing::error!(%error, "the configuration was not reloaded; the old one runs on");
            }
        }
    }

    async fn try_reload(&mut self, changes: &mut watch_files::Changes) -> Result<(), ServeError> {
        let config =
            config::load(self.path, self.environment).map_err(ServeError::Configuration)?;
        changes.set(&config.watched);
        self.plugins.reload(config.plugins.clone());
        let built = Gateway::build(&config, &self.plugins, &self.log.observe).await;
        if let (Err(_), Some(directory)) = (&built, &config.plugins.directory) {
            // The plugin that it waits for may be on its way.
            changes.add_folder(directory);
        }
        let gateway = built.map_err(ServeError::Configuration)?;
        self.doors.set(&config, &self.load)?;
        tokio::spawn(Upstreams::maintain(Arc::downgrade(&gateway.upstreams)));
        self.running.replace(gateway);
        self.load.set_limit(config.limits.connections);
        self.log.observe.reload(&config.log);
        self.log.verbosity.reload(&config.log);
        self.admin.deployed(&config);
        self.drain = config.drain;
        self.fixed.warn_of(&Fixed::of(&config));
        Ok(())
    }

    /// Lets requests in flight end; a second signal ends them at once.
    async fn stop(
        self,
        stop: &watch::Sender<bool>,
        workers: Vec<thread::JoinHandle<()>>,
        signals: &mut Signals,
    ) {
        tracing::info!(connections = self.load.total(), "draining");
        self.admin.drain();
        stop.send_replace(true);
        // The workers drop their sockets; these are the same ones.
        drop(self.doors);
        let end = Instant::now() + self.drain;
        let joined = tokio::task::spawn_blocking(move || {
            for worker in workers {
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

/// What a process keeps from its start to its end.
struct Fixed {
    admin: Option<SocketAddr>,
    workers: usize,
    format: LogFormat,
}

impl Fixed {
    fn of(config: &Config) -> Fixed {
        Fixed {
            admin: config.admin,
            workers: config.workers,
            format: config.log.format,
        }
    }

    fn warn_of(&self, wanted: &Fixed) {
        let changes = [
            ("admin", self.admin != wanted.admin),
            ("workers", self.workers != wanted.workers),
            ("log.format", self.format != wanted.format),
        ];
        for (setting, _) in changes.into_iter().filter(|(_, changed)| *changed) {
            tracing::warn!(
                setting,
                "changed, but takes effect with the next start only"
            );
        }
    }
}

/// What a worker's thread is given.
struct Post {
    id: usize,
    running: Arc<Running>,
    recorder: Recorder,
    stopping: watch::Receiver<bool>,
    handed: tokio::sync::mpsc::UnboundedReceiver<listener::Handed>,
    load: Arc<Load>,
}

fn start_workers(
    config: &Config,
    running: &Arc<Running>,
    observe: &Arc<Observe>,
    stopping: watch::Receiver<bool>,
) -> Result<(Arc<Load>, Vec<thread::JoinHandle<()>>), ServeError> {
    let (load, receivers) = Load::new(config.workers, config.limits.connections);
    let mut threads = Vec::new();
    for (id, handed) in receivers.into_iter().enumerate() {
        let post = Post {
            id,
            running: Arc::clone(running),
            recorder: observe.recorder(),
            stopping: stopping.clone(),
            handed,
            load: Arc::clone(&load),
        };
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let thread = thread::Builder::new().name(format!("worker-{id}"));
        threads.push(thread.spawn(move || LocalSet::new().block_on(&runtime, work(post)))?);
    }
    Ok((load, threads))
}

/// A worker's life: accepts until the gateway stops, and ends with its last connection.
async fn work(post: Post) {
    let worker = Worker::new(post.id, post.running, post.recorder, post.stopping);
    tokio::task::spawn_local(Rc::clone(&worker).follow());
    let load = post.load;
    listener::receive(post.handed, Arc::clone(&load), Rc::clone(&worker)).await;
    while load.of(worker.id) > 0 {
        worker.closed.notified().await;
    }
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
