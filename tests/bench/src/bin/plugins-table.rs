//! What an authorizer costs in each language: measures those of `examples/authorizers` and writes the table of README.md,
//! or the rows of those that are named. `make plugins-table` runs it.

use std::{fmt::Write, fs, process::Command, time::Duration};

use wasmgate_bench::{
    Costs, HEAD,
    languages::{LANGUAGES, Language, call, plugin, repository, way},
};

fn main() -> anyhow::Result<()> {
    let named: Vec<_> = std::env::args().skip(1).collect();
    let file = repository().join("README.md");
    let text = fs::read_to_string(&file)?;
    let parts = text
        .split_once(BEGIN)
        .and_then(|(before, rest)| Some((before, rest.split_once(END)?)));
    let Some((before, (old, after))) = parts else {
        anyhow::bail!("`{}` has no `{BEGIN}` and `{END}`", file.display());
    };
    let table = table(&named, old)?;
    fs::write(&file, format!("{before}{BEGIN}\n{table}{END}{after}"))?;
    Ok(())
}

/// The table, with the old rows of those that are not named where some are.
fn table(named: &[String], old: &str) -> anyhow::Result<String> {
    let mut table = format!(
        "| language | {HEAD} | first answer | tools |\n{}\n",
        "|---".repeat(9) + "|"
    );
    for language in LANGUAGES {
        let begins = format!("| `{}` |", language.name);
        let kept = old.lines().find(|line| line.starts_with(&begins));
        let row = match kept {
            Some(kept) if !named.is_empty() && !named.iter().any(|name| name == language.name) => {
                kept.to_owned()
            }
            _ => row(language),
        };
        eprintln!("{row}");
        writeln!(table, "{row}")?;
    }
    writeln!(table, "\n{}", place()?)?;
    Ok(table)
}

fn row(language: Language) -> String {
    let plugin = plugin(language);
    let costs = Costs::of(|directory| call(&plugin, directory));
    let way = way(language);
    let tools = way.tools.map_or("there".to_owned(), seconds);
    let (cold, warm) = (seconds(way.cold), seconds(way.warm));
    format!(
        "| `{}` | {} | {cold}, then {warm} | {tools} |",
        language.name,
        costs.cells()
    )
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// When and on what this was measured, and how much else the machine did.
fn place() -> anyhow::Result<String> {
    let date = said("date", &["-u", "+%F"])?;
    let kernel = said("uname", &["-sr"])?;
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model
        .unwrap_or_default()
        .trim_start_matches(['\t', ':', ' ']);
    let cores = std::thread::available_parallelism()?;
    let load = fs::read_to_string("/proc/loadavg")?;
    let load = load.split(' ').nth(2).unwrap_or_default();
    Ok(format!(
        "`make plugins-table` on {date}: {model}, {cores} cores, {kernel}, whose load was {load} over fifteen minutes, this included."
    ))
}

fn said(program: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(program).args(arguments).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

const BEGIN: &str = "<!-- begin make plugins-table -->";
const END: &str = "<!-- end make plugins-table -->";
