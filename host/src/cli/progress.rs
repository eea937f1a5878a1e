//! Shows on a terminal that long work goes on; says nothing anywhere else.

use std::{
    io::{IsTerminal, Write},
    sync::mpsc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// A line on the terminal that counts seconds until it is dropped, and is gone then.
#[derive(Debug)]
pub(super) struct Progress {
    /// Dropped first: that ends the thread.
    done: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    pub(super) fn start(what: impl Into<String>) -> Progress {
        let what = what.into();
        let (done, ended) = mpsc::channel();
        let thread = std::io::stderr()
            .is_terminal()
            .then(|| std::thread::spawn(move || show(&what, &ended)));
        Progress {
            done: Some(done),
            thread,
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.done = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been shown by the panic hook.
            _ = thread.join();
        }
    }
}

fn show(what: &str, ended: &mpsc::Receiver<()>) {
    let start = Instant::now();
    let mut shown = false;
    // Quick work shows nothing.
    while ended.recv_timeout(STEP) == Err(mpsc::RecvTimeoutError::Timeout) {
        shown = true;
        let seconds = start.elapsed().as_secs_f32();
        _ = write!(std::io::stderr(), "\r\x1b[K{what} … {seconds:.0} s");
    }
    if shown {
        _ = write!(std::io::stderr(), "\r\x1b[K");
    }
}

const STEP: Duration = Duration::from_millis(500);
