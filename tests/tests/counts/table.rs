//! What is expected, as a table, and by how much it may be missed.

use std::{
    fmt::{self, Display, Formatter},
    ops::{Div, Sub},
    path::Path,
    process::Command,
};

use crate::callgrind;

/// By what share instructions may rise.
const MARGIN: f64 = 0.03;
/// The same where another compiler made the gateway, or another processor chose its memory functions.
const MARGIN_ELSEWHERE: f64 = 0.25;
/// By how many the others may rise: each is a whole number but for what depends on time, such as a yield.
const SLACK: f64 = 0.5;

/// What one request takes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) instructions: f64,
    pub(crate) allocations: f64,
    pub(crate) system_calls: f64,
    pub(crate) page_faults: f64,
}

#[derive(Debug)]
pub(crate) struct Row {
    name: String,
    pub(crate) counts: Counts,
}

/// All rows, and what they were counted with.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Row>,
    tools: String,
}

impl Table {
    pub(crate) fn of(rows: Vec<Row>) -> Table {
        let tools = [("rustc", "--version"), ("valgrind", "--version")];
        let tools = tools.map(|(program, argument)| {
            let said = Command::new(program).arg(argument).output();
            let said = said.map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned());
            said.unwrap_or_else(|_| format!("{program} of another place"))
        });
        Table {
            rows,
            tools: format!("{}, on a processor with {}", tools.join(", "), processor()),
        }
    }

    /// Fails where a number rose, and names those that fell; or writes what is expected where `UPDATE` is set.
    pub(crate) fn hold(&self, file: &str) {
        println!("{self}");
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("cases")
            .join(file);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, self.to_string()).unwrap();
            return;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let expected = Table::read(&text);
        let margin = match self.tools == expected.tools {
            true => MARGIN,
            false => MARGIN_ELSEWHERE,
        };
        assert_eq!(
            self.names(),
            expected.names(),
            "rows of `tests/cases/{file}`: `make counts RENEW=yes` writes them anew"
        );
        assert!(
            self.is_plausible(&expected),
            "less than half of what is expected: is it counted right?\n{self}"
        );
        let fell = expected.above(self, margin);
        if !fell.is_empty() {
            println!("Less than expected, which `make counts RENEW=yes` writes down:\n{fell}");
        }
        let rose = self.above(&expected, margin);
        assert!(
            rose.is_empty(),
            "more than expected:\n{rose}\n`tests/cases/{file}` was counted with {}, this with {}, of the gateway as `make build` \
             makes it. What rose for a reason `make counts RENEW=yes` writes anew: it stands in the commit that moved it. Else find \
             what did: `callgrind_annotate` reads the profiles in {}",
            expected.tools,
            self.tools,
            callgrind::profiles().display()
        );
    }

    fn read(text: &str) -> Table {
        let tools = text.lines().find_map(|line| line.strip_prefix(TOOLS));
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        Table {
            rows: lines.map(Row::read).collect(),
            tools: tools.unwrap_or_default().to_owned(),
        }
    }

    fn names(&self) -> Vec<&str> {
        self.rows.iter().map(|row| &*row.name).collect()
    }

    /// Whether no number is missing, or so low that what counts it must be broken.
    fn is_plausible(&self, expected: &Table) -> bool {
        let all = |row: &Row| {
            let Counts {
                instructions,
                allocations,
                system_calls,
                page_faults,
            } = row.counts;
            [instructions, allocations, system_calls, page_faults]
        };
        let pairs = self.rows.iter().zip(&expected.rows);
        let mut pairs = pairs.flat_map(|(row, expected)| all(row).into_iter().zip(all(expected)));
        pairs.all(|(now, then)| now.is_finite() && (then < 1.5 || now > then / 2.0))
    }

    /// Each number by which a row is above the same of another table, in words.
    fn above(&self, other: &Table, margin: f64) -> String {
        let rows = self.rows.iter().zip(&other.rows);
        rows.map(|(row, other)| row.above(other, margin)).collect()
    }
}

const TOOLS: &str = "# Counted with ";

/// What it has of that by which the C library chooses how to copy and compare memory.
fn processor() -> String {
    let said = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let flags: Vec<_> = said
        .lines()
        .find(|line| line.starts_with("flags"))
        .unwrap_or_default()
        .split(' ')
        .collect();
    let choosing = ["avx2", "avx512vl", "erms", "fsrm"];
    let has = choosing.into_iter().filter(|flag| flags.contains(flag));
    has.collect::<Vec<_>>().join(" ")
}

impl Display for Table {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "# What a request takes on the worker's thread; `call` is what the plugin adds to the first row. Instructions are \
             without the allocator's."
        )?;
        writeln!(out, "{TOOLS}{}", self.tools)?;
        writeln!(
            out,
            "{:<42}{:>13}{:>13}{:>14}{:>13}",
            "#", "instructions", "allocations", "system-calls", "page-faults"
        )?;
        for Row { name, counts } in &self.rows {
            let Counts {
                instructions,
                allocations,
                system_calls,
                page_faults,
            } = counts;
            writeln!(
                out,
                "{name:<42}{instructions:>13.0}{allocations:>13.2}{system_calls:>14.2}{page_faults:>13.2}"
            )?;
        }
        Ok(())
    }
}

impl Row {
    pub(crate) fn new(name: &str, counts: Counts) -> Row {
        Row {
            name: name.to_owned(),
            counts,
        }
    }

    fn read(line: &str) -> Row {
        let mut words: Vec<_> = line.split_whitespace().collect();
        let numbers = words.split_off(words.len().saturating_sub(4));
        let numbers: Vec<f64> = numbers
            .iter()
            .filter_map(|number| number.parse().ok())
            .collect();
        let [instructions, allocations, system_calls, page_faults] = numbers[..] else {
            panic!("no name and four numbers: `{line}`");
        };
        let counts = Counts {
            instructions,
            allocations,
            system_calls,
            page_faults,
        };
        Row::new(&words.join(" "), counts)
    }

    fn above(&self, other: &Row, margin: f64) -> String {
        let (own, others) = (self.counts, other.counts);
        let rows = [
            (
                "instructions",
                own.instructions,
                others.instructions,
                others.instructions * margin,
            ),
            ("allocations", own.allocations, others.allocations, SLACK),
            ("system calls", own.system_calls, others.system_calls, SLACK),
            ("page faults", own.page_faults, others.page_faults, SLACK),
        ];
        let above = rows
            .into_iter()
            .filter(|(_, own, other, slack)| own - other > *slack);
        above
            .map(|(what, own, other, _)| {
                format!("`{}`: {own:.2} {what}, not {other:.2}\n", self.name)
            })
            .collect()
    }
}

impl Sub for Counts {
    type Output = Counts;

    fn sub(self, other: Counts) -> Counts {
        Counts {
            instructions: self.instructions - other.instructions,
            allocations: self.allocations - other.allocations,
            system_calls: self.system_calls - other.system_calls,
            page_faults: self.page_faults - other.page_faults,
        }
    }
}

impl Div<usize> for Counts {
    type Output = Counts;

    fn div(self, by: usize) -> Counts {
        let by = by as f64;
        Counts {
            instructions: self.instructions / by,
            allocations: self.allocations / by,
            system_calls: self.system_calls / by,
            page_faults: self.page_faults / by,
        }
    }
}
