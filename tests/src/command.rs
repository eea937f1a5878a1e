//! Runs a command of the binary to its end.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use crate::guest::binary;

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
