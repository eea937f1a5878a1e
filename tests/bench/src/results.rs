//! Where results are written, and what is said of where they come from.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;

/// The root of this repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What stands between two marks of a file of this repository.
pub fn between(file: &str, begin: &str, end: &str) -> anyhow::Result<String> {
    let text = fs::read_to_string(repository().join(file))?;
    let (_, measured, _) = parts(&text, begin, end)?;
    Ok(measured.to_owned())
}

/// Puts what was measured there.
pub fn put(file: &str, begin: &str, measured: &str, end: &str) -> anyhow::Result<()> {
    let path = repository().join(file);
    let text = fs::read_to_string(&path)?;
    let (before, _, after) = parts(&text, begin, end)?;
    fs::write(path, format!("{before}{begin}\n{measured}\n{end}{after}"))?;
    Ok(())
}

fn parts<'t>(text: &'t str, begin: &str, end: &str) -> anyhow::Result<(&'t str, &'t str, &'t str)> {
    let (before, rest) = text
        .split_once(begin)
        .context("a mark where figures begin")?;
    let (measured, after) = rest.split_once(end).context("a mark where figures end")?;
    Ok((before, measured, after))
}

/// The date, the machine, and how much it did besides.
pub fn machine() -> anyhow::Result<String> {
    let date = said(Command::new("date").args(["-u", "+%F"]))?;
    let kernel = said(Command::new("uname").arg("-sr"))?;
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let model = processors
        .lines()
        .find(|line| line.starts_with("model name"));
    let (_, model) = model
        .and_then(|line| line.split_once(": "))
        .unwrap_or_default();
    let cores = std::thread::available_parallelism()?;
    let load = fs::read_to_string("/proc/loadavg")?;
    let load = load.split(' ').nth(2).unwrap_or_default();
    Ok(format!(
        "{date}: {model}, {cores} cores, {kernel}, whose load was {load} over fifteen minutes, this included"
    ))
}

/// The first line with words that a program says on either output.
pub(crate) fn said(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output()?;
    let both = String::from_utf8([output.stdout, output.stderr].concat())?;
    let line = both.lines().find(|line| !line.trim().is_empty());
    Ok(line.unwrap_or_default().trim().to_owned())
}
