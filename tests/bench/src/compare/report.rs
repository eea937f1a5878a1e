//! Figures as tables and pictures.

use std::fmt::Write;

use super::{
    alone::Figure,
    growth::{Cost, Growth},
    line::{Line, Points},
    measure::Outcome,
};

/// The table of all ratios.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut table = String::from(
        "| what | ours, µs | theirs, µs | ratio | lowest to highest | throughput | p99 at 2,000/s, ours and theirs | at most |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for outcome in outcomes {
        table += &line(outcome);
    }
    table
}

/// One line of it.
pub fn line(outcome: &Outcome) -> String {
    let [lowest, middle, highest] = outcome.ratio;
    let throughput = outcome.throughput.map(|times| format!("{times:.2}"));
    let p99 = outcome
        .p99
        .map(|[ours, theirs]| format!("{ours:.0} and {theirs:.0} µs"));
    let most = match (outcome.at_most, outcome.holds()) {
        (Some(most), Some(true)) => format!("{most}"),
        (Some(most), _) => format!("**{most}: missed**"),
        _ => String::new(),
    };
    format!(
        "| {} | {:.1} | {:.1} | {middle:.2} | {lowest:.2} to {highest:.2} | {} | {} | {most} |\n",
        outcome.name,
        outcome.ours,
        outcome.theirs,
        throughput.unwrap_or_default(),
        p99.unwrap_or_default(),
    )
}

/// The table of what is no ratio.
pub fn figures(figures: &[Figure]) -> String {
    let mut table = String::from("| what | figure | at most |\n|---|---|---|\n");
    for Figure {
        name,
        value,
        unit,
        at_most,
    } in figures
    {
        let most = match value <= at_most {
            true => format!("{at_most} {unit}"),
            false => format!("**{at_most} {unit}: missed**"),
        };
        _ = writeln!(table, "| {name} | {value:.0} {unit} | {most} |");
    }
    table
}

/// The table of what grows.
pub fn growths(grown: &[Growth]) -> String {
    let mut table = String::from(
        "| cost | by | of | measured | one more | off the line, at most |\n|---|---|---|---|---|---|\n",
    );
    for one in grown {
        table += &growth(one);
    }
    table
}

/// Lines of it: ours, and nginx's if there is one.
pub fn growth(growth: &Growth) -> String {
    let theirs = growth.theirs.iter().map(|points| ("nginx", points));
    let both = [("wasmgate", &growth.ours)].into_iter().chain(theirs);
    let lines = both.map(|(name, points)| {
        let line = Line::through(points);
        let all: Vec<String> = points
            .iter()
            .map(|(count, cost)| format!("{count}: {}", shown(growth.cost, *cost)))
            .collect();
        format!(
            "| {} | {} | {name} | {} | {} | {:.0} % |\n",
            match growth.cost {
                Cost::Memory => "memory",
                Cost::Processor => "time a request",
            },
            growth.name,
            all.join("; "),
            one_more(growth.cost, line.slope),
            line.misses * 100.0,
        )
    });
    lines.collect()
}

fn shown(cost: Cost, value: f64) -> String {
    match cost {
        Cost::Memory => format!("{:.1} MB", value / 1e6),
        Cost::Processor => format!("{value:.1} µs"),
    }
}

fn one_more(cost: Cost, slope: f64) -> String {
    match cost {
        Cost::Memory => format!("{slope:.0} bytes"),
        Cost::Processor => format!("{:.2} ns", slope * 1e3),
    }
}

/// Widths and heights of the pictures, in pixels.
const LABELS: f64 = 330.0;
const BARS: f64 = 420.0;
const LINE: f64 = 22.0;

/// Ratios as bars; a line at 1, where both cost the same, and a mark at what is allowed.
pub fn bars(outcomes: &[&Outcome]) -> String {
    let most = outcomes
        .iter()
        .map(|outcome| outcome.ratio[1])
        .fold(1.0, f64::max)
        * 1.1;
    let x = |ratio: f64| LABELS + ratio / most * BARS;
    let height = LINE * (outcomes.len() as f64 + 1.5);
    let mut picture = begin(LABELS + BARS + 60.0, height);
    for (number, outcome) in outcomes.iter().enumerate() {
        let y = LINE * (number as f64 + 0.5);
        let ratio = outcome.ratio[1];
        let color = if ratio <= 1.0 { "#2a7f4f" } else { "#b8860b" };
        text(&mut picture, LABELS - 8.0, y + 14.0, "end", &outcome.name);
        rectangle(
            &mut picture,
            LABELS,
            y + 3.0,
            x(ratio) - LABELS,
            LINE - 7.0,
            color,
        );
        text(
            &mut picture,
            x(ratio) + 5.0,
            y + 14.0,
            "start",
            &format!("{ratio:.2}"),
        );
        if let Some(at_most) = outcome.at_most {
            rectangle(
                &mut picture,
                x(at_most) - 1.0,
                y,
                2.0,
                LINE - 1.0,
                "#c0392b",
            );
        }
    }
    rectangle(&mut picture, x(1.0) - 0.5, 0.0, 1.0, height - LINE, "#888");
    text(
        &mut picture,
        x(1.0),
        height - 6.0,
        "middle",
        "1 = the same cost",
    );
    picture + "</svg>\n"
}

/// A cost over a number of something, one line for each name.
pub fn lines(what: &str, series: &[(&str, Points)]) -> String {
    let points = || series.iter().flat_map(|(_, points)| points);
    let (widest, highest) = (
        points().map(|point| point.0).fold(1.0, f64::max),
        points().map(|point| point.1).fold(1.0, f64::max) * 1.1,
    );
    let (width, height) = (460.0, 260.0);
    let at = |(x, y): &(f64, f64)| {
        (
            50.0 + x / widest * (width - 60.0),
            height - y / highest * (height - 20.0),
        )
    };
    let mut picture = begin(width + 130.0, height + 40.0);
    for ((name, points), color) in series.iter().zip(["#2a7f4f", "#b8860b", "#34568b"]) {
        let path: Vec<String> = points
            .iter()
            .map(at)
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        _ = writeln!(
            picture,
            "<polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"2\" points=\"{}\"/>",
            path.join(" ")
        );
        if let Some(last) = points.last() {
            let (x, y) = at(last);
            text(
                &mut picture,
                x + 6.0,
                y + 4.0,
                "start",
                &format!("{name} {:.0} µs", last.1),
            );
        }
    }
    rectangle(&mut picture, 50.0, height, width - 60.0, 1.0, "#888");
    rectangle(&mut picture, 50.0, 20.0, 1.0, height - 20.0, "#888");
    text(&mut picture, 46.0, height, "end", "0");
    text(&mut picture, 46.0, 30.0, "end", &format!("{highest:.0} µs"));
    text(
        &mut picture,
        width - 10.0,
        height + 16.0,
        "end",
        &format!("{widest} {what}"),
    );
    picture + "</svg>\n"
}

fn begin(width: f64, height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    )
}

fn text(picture: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    _ = writeln!(
        picture,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
    );
}

fn rectangle(picture: &mut String, x: f64, y: f64, width: f64, height: f64, color: &str) {
    _ = writeln!(
        picture,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{color}\"/>"
    );
}
