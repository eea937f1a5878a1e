//! Rounds, medians and how they are shown.

use std::time::Duration;

use super::{
    contender::{Contender, Gateway, Isolation, World},
    load::{Clients, Load},
    rows::Row,
};

/// How long a side is asked before the first round, and in each.
const WARM: Duration = Duration::from_millis(300);

/// What came out for a row.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub name: String,
    /// Of each side, in microseconds of processor time a request.
    pub ours: f64,
    pub theirs: f64,
    /// Ours as a part of theirs: the lowest of all rounds, the median, the highest.
    pub ratio: [f64; 3],
    /// Requests a second, ours as a part of theirs, with as many as both can answer.
    pub throughput: Option<f64>,
    /// 99 of 100 requests took no longer at a fixed rate, in microseconds; ours and theirs.
    pub p99: Option<[f64; 2]>,
    pub at_most: Option<f64>,
    /// How many plugins we have, and how they are kept apart, where we are compared with ourselves without any.
    pub chain: Option<(usize, Isolation)>,
}

/// A gateway under load.
pub struct Side {
    gateway: Gateway,
    clients: Clients,
}

/// How often and how long both sides are asked.
#[derive(Clone, Copy, Debug)]
pub struct Rounds {
    pub count: usize,
    pub time: Duration,
}

/// What a side needed in one round.
#[derive(Clone, Copy, Debug)]
struct Cost {
    /// Microseconds of processor time a request.
    processor: f64,
    per_second: f64,
}

/// Requests a second at which latencies are taken: a third of what one slow gateway on one core can do.
const RATE: u32 = 2_000;

impl Side {
    pub async fn start(contender: &Contender, load: Load, world: &World) -> Side {
        let gateway = contender.start(world).await;
        let mut clients = Clients::connect(&gateway, contender, load, world).await;
        clients.ask_for(WARM).await;
        Side { gateway, clients }
    }

    async fn round(&mut self, time: Duration) -> Cost {
        let begun = std::time::Instant::now();
        let before = self.gateway.process.processor();
        let count = self.clients.ask_for(time).await as f64;
        let spent = self.gateway.process.processor() - before;
        Cost {
            processor: spent.as_secs_f64() * 1e6 / count,
            per_second: count / begun.elapsed().as_secs_f64(),
        }
    }

    /// Processor time a request in one round, in microseconds.
    pub async fn processor(&mut self, time: Duration) -> f64 {
        self.round(time).await.processor
    }

    /// Ends the gateway as its operator would, so that it can write down what it has to.
    pub fn end(self) {
        self.gateway.process.end();
    }

    async fn p99(&mut self, time: Duration) -> f64 {
        let took = self.clients.ask_steadily(RATE, time).await;
        took[took.len() * 99 / 100].as_secs_f64() * 1e6
    }
}

/// Runs both sides of a row in turn.
pub async fn row(row: &Row, rounds: Rounds, world: &World) -> Outcome {
    let mut ours = Side::start(&row.ours, row.load, world).await;
    let mut theirs = Side::start(&row.theirs, row.load, world).await;
    let mut costs = Vec::new();
    for number in 0..rounds.count {
        // Who comes first changes, since one may leave the machine in a state that the other meets.
        let pair = match number % 2 {
            0 => {
                let ours = ours.round(rounds.time).await;
                (ours, theirs.round(rounds.time).await)
            }
            _ => {
                let theirs = theirs.round(rounds.time).await;
                (ours.round(rounds.time).await, theirs)
            }
        };
        costs.push(pair);
    }
    let mut p99 = None;
    if row.latency {
        p99 = Some([
            ours.p99(rounds.time * 4).await,
            theirs.p99(rounds.time * 4).await,
        ]);
    }
    let throughput = costs
        .iter()
        .map(|(ours, theirs)| ours.per_second / theirs.per_second);
    let processor = costs
        .iter()
        .map(|(ours, theirs)| (ours.processor, theirs.processor));
    Outcome {
        throughput: Some(median(throughput)),
        p99,
        chain: row.chain(),
        ..Outcome::of(row.name.clone(), processor.collect(), row.at_most)
    }
}

/// The middle one; of an even number the lower of two.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values[(values.len() - 1) / 2]
}

impl Outcome {
    /// What came out where each round gave a pair of costs, in microseconds.
    pub fn of(name: String, pairs: Vec<(f64, f64)>, at_most: Option<f64>) -> Outcome {
        let ratios = || pairs.iter().map(|(ours, theirs)| ours / theirs);
        Outcome {
            name,
            ours: median(pairs.iter().map(|pair| pair.0)),
            theirs: median(pairs.iter().map(|pair| pair.1)),
            ratio: [
                ratios().fold(f64::INFINITY, f64::min),
                median(ratios()),
                ratios().fold(0.0, f64::max),
            ],
            throughput: None,
            p99: None,
            at_most,
            chain: None,
        }
    }

    /// Whether the row is within what is allowed; None where nothing is said.
    pub fn holds(&self) -> Option<bool> {
        self.at_most.map(|most| self.ratio[1] <= most)
    }
}
