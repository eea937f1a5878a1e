//! The threads that serve requests.

use std::{
    io,
    rc::Rc,
    sync::{Arc, mpsc},
    thread,
};

use tokio::{
    runtime::{Builder, LocalOptions},
    sync::watch,
};

use super::ServeError;
use crate::{
    config::Config,
    gateway::Running,
    listener::{self, Load},
    observe::{Observe, Recorder},
    worker::Worker,
};

/// Joined in the end.
pub(super) type Threads = Vec<thread::JoinHandle<()>>;

/// What a worker's thread is given.
struct Post {
    id: usize,
    running: Arc<Running>,
    recorder: Recorder,
    stopping: watch::Receiver<bool>,
    handed: tokio::sync::mpsc::UnboundedReceiver<listener::Handed>,
    load: Arc<Load>,
}

/// Starts as many as the configuration wants; gives how they are loaded.
pub(super) fn start(
    config: &Config,
    running: &Arc<Running>,
    observe: &Arc<Observe>,
    stopping: watch::Receiver<bool>,
) -> Result<(Arc<Load>, Threads), ServeError> {
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
        let thread = thread::Builder::new().name(format!("worker-{id}"));
        let (ready, is_ready) = mpsc::sync_channel(1);
        threads.push(thread.spawn(move || run(post, &ready))?);
        is_ready.recv().map_err(io::Error::other)??;
    }
    Ok((load, threads))
}

/// A thread's life. Its runtime is made here, since it never leaves its thread.
fn run(post: Post, ready: &mpsc::SyncSender<io::Result<()>>) {
    let mut runtime = Builder::new_current_thread();
    match runtime.enable_all().build_local(LocalOptions::default()) {
        Ok(runtime) => {
            _ = ready.send(Ok(()));
            runtime.block_on(work(post));
        }
        Err(error) => _ = ready.send(Err(error)),
    }
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
