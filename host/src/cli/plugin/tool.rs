//! Compilers and the like, which stand outside of this binary: found, or asked for by name.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use crate::cli::CommandError;

/// A program that a build needs.
#[derive(Debug)]
pub(super) struct Tool {
    pub(super) name: &'static str,
    /// How it may be called, the first that works counts. One that begins with `./` stands in the project.
    pub(super) ways: &'static [&'static [&'static str]],
    /// What it is asked to see whether it works.
    pub(super) probe: &'static [&'static str],
    /// How to get it.
    pub(super) hint: &'static str,
}

impl Tool {
    /// The beginning of a call, in a folder.
    pub(super) fn find(&self, folder: &Path) -> Result<Command, CommandError> {
        let ways = self.ways.iter().filter_map(|way| command(way, folder));
        let mut ways = ways.zip(self.ways.iter().filter_map(|way| command(way, folder)));
        let works = |mut call: Command| {
            let call = call.args(self.probe).stdin(Stdio::null());
            let asked = call.stdout(Stdio::null()).stderr(Stdio::null()).status();
            asked.is_ok_and(|status| status.success())
        };
        let found = ways.find_map(|(asked, call)| works(asked).then_some(call));
        found
            .ok_or_else(|| CommandError::Failed(format!("{} is missing: {}", self.name, self.hint)))
    }
}

fn command(way: &[&str], folder: &Path) -> Option<Command> {
    let (program, arguments) = way.split_first()?;
    let mut command = match program.strip_prefix("./") {
        Some(path) => Command::new(folder.join(path)),
        None => Command::new(program),
    };
    command.args(arguments).current_dir(folder);
    Some(command)
}

/// Runs a call to its end and gives what it wrote; what it complains of is seen as it comes.
pub(super) fn run(mut command: Command) -> Result<String, CommandError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let refused = |error| CommandError::Failed(format!("`{program}` cannot be run: {error}"));
    let command = command.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().map_err(refused)?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    match output.status.success() {
        true => Ok(said),
        false => Err(CommandError::Failed(format!(
            "{said}`{program}` failed ({}): see above",
            output.status
        ))),
    }
}
