//! Runs a command of the binary, to its end or beside a test.

use std::{
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
};

use crate::{gateway::Log, guest::binary};

/// How a command ended, and what it said.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs `wasmgate` with these arguments in a folder, with an empty environment.
pub fn run(arguments: &[&str], folder: &Path) -> Ended {
    let output = Command::new(binary())
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ended {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A command that goes on, killed when it is dropped.
#[derive(Debug)]
pub struct Running {
    process: Child,
    pub out: Arc<Log>,
    pub err: Arc<Log>,
}

impl Running {
    /// Starts `wasmgate` with these arguments in a folder, with an empty environment.
    pub fn start(arguments: &[&str], folder: &Path) -> Running {
        let mut process = Command::new(binary())
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Running {
            out: Log::of(process.stdout.take().unwrap()),
            err: Log::of(process.stderr.take().unwrap()),
            process,
        }
    }

    /// Ends it as a supervisor would; how it ended. Not by Ctrl-C's signal, which shells have background jobs ignore.
    pub async fn terminate(mut self) -> ExitStatus {
        let id = self.process.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(sent.success());
        self.out.closed().await;
        self.process.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
