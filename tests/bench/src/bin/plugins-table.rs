//! What an authorizer costs in each language: measures those of `examples/authorizers` and writes the table of README.md,
//! or the rows of those that are named. `make plugins-table` runs it.

use std::{fmt::Write, time::Duration};

use wasmgate_bench::{
    Costs, HEAD,
    languages::{LANGUAGES, Language, call, plugin, way},
    results,
};

fn main() -> anyhow::Result<()> {
    let named: Vec<_> = std::env::args().skip(1).collect();
    let old = results::between(README, BEGIN, END)?;
    results::put(README, BEGIN, &table(&named, &old)?, END)
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
    write!(table, "\n`make plugins-table` on {}.", results::machine()?)?;
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

const README: &str = "README.md";
const BEGIN: &str = "<!-- begin make plugins-table -->";
const END: &str = "<!-- end make plugins-table -->";
