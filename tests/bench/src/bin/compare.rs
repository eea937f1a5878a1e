//! Measures wasmgate beside other gateways: `compare [--quick] [--write] [ROW…]`. `make bench` and `make bench-quick` run it.

use std::{fs, time::Duration};

use tokio::runtime::Runtime;
use wasmgate_bench::{
    compare::{
        Isolation, Outcome,
        alone::{self, Figure},
        contender::World,
        machine,
        measure::{self, Rounds},
        open_files, report, rows,
    },
    results,
};

/// Where figures go; both stand between marks that say so.
const RESULTS: &str = "tests/bench/RESULTS.md";
const PICTURES: &str = "docs/bench";
const BEGIN: &str = "<!-- Measured by make bench: -->";
const END: &str = "<!-- End of what is measured. -->";

/// What is asked for on the command line.
#[derive(Debug, Default)]
struct Wanted {
    quick: bool,
    write: bool,
    /// Parts of rows' names; all rows where there are none.
    rows: Vec<String>,
}

fn main() -> anyhow::Result<()> {
    open_files()?;
    let wanted = Wanted::read();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let world = runtime.block_on(World::start());
    let mut outcomes = Vec::new();
    for row in rows::rows() {
        if wanted.includes(&row.name, row.at_most.is_some()) {
            let outcome = runtime.block_on(measure::row(&row, wanted.rounds(), &world));
            print!("{}", report::line(&outcome));
            outcomes.push(outcome);
        }
    }
    outcomes.extend(calls(&wanted, &runtime, &world));
    let figures = runtime.block_on(figures(&wanted, &world));
    println!(
        "\n{}\n{}",
        report::table(&outcomes),
        report::figures(&figures)
    );
    match wanted.write {
        true => write(&outcomes, &figures),
        false => Ok(()),
    }
}

impl Wanted {
    fn read() -> Wanted {
        let mut wanted = Wanted::default();
        for argument in std::env::args().skip(1) {
            match argument.as_str() {
                "--quick" => wanted.quick = true,
                "--write" => wanted.write = true,
                _ => wanted.rows.push(argument),
            }
        }
        wanted
    }

    fn includes(&self, name: &str, quick: bool) -> bool {
        let named = self.rows.iter().any(|part| name.contains(part.as_str()));
        named || (self.rows.is_empty() && (quick || !self.quick))
    }

    fn rounds(&self) -> Rounds {
        Rounds {
            count: if self.quick { 7 } else { 9 },
            time: Duration::from_millis(if self.quick { 300 } else { 500 }),
        }
    }
}

fn calls(wanted: &Wanted, runtime: &Runtime, world: &World) -> Vec<Outcome> {
    let both = [("request", 0.4), ("reuse", 0.06)];
    let both = both
        .into_iter()
        .filter(|_| wanted.includes("one call", true));
    both.map(|(isolation, at_most)| {
        let outcome = alone::calls(isolation, at_most, wanted.rounds(), runtime, world);
        print!("{}", report::line(&outcome));
        outcome
    })
    .collect()
}

async fn figures(wanted: &Wanted, world: &World) -> Vec<Figure> {
    let mut figures = Vec::new();
    if wanted.includes("start", true) {
        figures.push(alone::start(7, world).await);
    }
    if wanted.includes("memory", true) {
        figures.push(alone::memory(world).await);
    }
    if wanted.includes("swap", true) {
        figures.push(alone::swaps(if wanted.quick { 5 } else { 20 }, world).await);
    }
    figures
}

/// Puts tables between the marks, and pictures beside the documentation.
fn write(outcomes: &[Outcome], figures: &[Figure]) -> anyhow::Result<()> {
    let measured = [
        machine::about("bench")?,
        report::table(outcomes),
        report::figures(figures),
    ];
    results::put(RESULTS, BEGIN, &measured.join("\n\n"), END)?;
    let pictures = results::repository().join(PICTURES);
    fs::create_dir_all(&pictures)?;
    let promised = |outcome: &&Outcome| outcome.chain.is_none() || outcome.at_most.is_some();
    let rows: Vec<&Outcome> = outcomes.iter().filter(promised).collect();
    fs::write(pictures.join("ratios.svg"), report::bars(&rows))?;
    let chains = [
        ("reused", series(outcomes, Isolation::Reuse)),
        ("pristine", series(outcomes, Isolation::Request)),
    ];
    fs::write(
        pictures.join("plugins.svg"),
        report::lines("plugins", &chains),
    )?;
    Ok(())
}

/// Cost over the number of plugins.
fn series(outcomes: &[Outcome], wanted: Isolation) -> Vec<(f64, f64)> {
    let chains = outcomes.iter().filter_map(|outcome| {
        let (length, isolation) = outcome.chain?;
        (isolation == wanted).then_some((length as f64, outcome.ours))
    });
    let mut points: Vec<(f64, f64)> = chains.collect();
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    points
}
