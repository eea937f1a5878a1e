//! Measures what costs more as there is more of it: `growth [--write] [NAME…]`. `make bench-growth` runs it.

use std::{fs, time::Duration};

use wasmgate_bench::{
    compare::{
        contender::World,
        growth::{self, Cost, Growth},
        machine,
        measure::Rounds,
        open_files, report,
    },
    results,
};

const RESULTS: &str = "tests/bench/RESULTS.md";
const PICTURES: &str = "docs/bench";
const BEGIN: &str = "<!-- Measured by make bench-growth: -->";
const END: &str = "<!-- End of what is measured. -->";
const ROUNDS: Rounds = Rounds {
    count: 5,
    time: Duration::from_millis(500),
};

fn main() -> anyhow::Result<()> {
    open_files()?;
    let (options, names): (Vec<_>, Vec<_>) = std::env::args()
        .skip(1)
        .partition(|argument| argument == "--write");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let world = runtime.block_on(World::start());
    let wanted = |name: &str| names.is_empty() || names.iter().any(|part| name.contains(part));
    let mut grown = Vec::new();
    for question in growth::QUESTIONS {
        if wanted(question.name) {
            let growth = runtime.block_on(question.answer(ROUNDS, &world));
            print!("{}", report::growth(&growth));
            grown.push(growth);
        }
    }
    println!("\n{}", report::growths(&grown));
    if !options.is_empty() {
        write(&grown)?;
    }
    Ok(())
}

/// Puts the table between its marks, and pictures of what a request costs beside the documentation.
fn write(grown: &[Growth]) -> anyhow::Result<()> {
    let mut measured = vec![machine::about("bench-growth")?, report::growths(grown)];
    let pictures = results::repository().join(PICTURES);
    fs::create_dir_all(&pictures)?;
    for growth in grown.iter().filter(|growth| growth.cost == Cost::Processor) {
        let theirs = growth.theirs.clone().map(|points| ("nginx", points));
        let series: Vec<_> = [("wasmgate", growth.ours.clone())]
            .into_iter()
            .chain(theirs)
            .collect();
        let name = growth.name.split(' ').next().unwrap_or_default();
        let picture = report::lines(name, &series);
        fs::write(pictures.join(format!("{name}.svg")), picture)?;
        measured.push(format!(
            "![Time of a request over {name}](../../{PICTURES}/{name}.svg)"
        ));
    }
    results::put(RESULTS, BEGIN, &measured.join("\n\n"), END)
}
