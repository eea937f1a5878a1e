//! What costs more as there is more of it: memory, and processor time of a request.

use super::{
    contender::{Contender, Product, Work, World},
    line::Points,
    load::{Clients, Load},
    measure::{self, Rounds},
    rows::Row,
};

/// Something that there can be more and more of.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// What there is more of, as a picture's file is called too.
    pub name: &'static str,
    counts: &'static [usize],
    way: Way,
}

/// How it is measured.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Memory of a gateway whose clients have all asked once, one after the other, and stay.
    Stayed,
    /// Memory of gateways that have just answered for the first time.
    Started {
        ours: fn(usize) -> Contender,
        theirs: Option<fn(usize) -> Contender>,
    },
    /// Processor time of a request.
    Asked(fn(usize) -> Row),
}

/// What it costs, by how many there are.
#[derive(Clone, Debug)]
pub struct Growth {
    pub name: &'static str,
    pub cost: Cost,
    pub ours: Points,
    /// nginx's, where it has such a thing.
    pub theirs: Option<Points>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Bytes that no file backs.
    Memory,
    /// Microseconds of processor time a request.
    Processor,
}

const OURS: Contender = Contender::new(Product::Wasmgate);
const NGINX: Contender = Contender::new(Product::Nginx);
const ROUTES: &[usize] = &[10, 1_000, 4_000, 10_000];

/// In the order of the table.
pub const QUESTIONS: [Question; 6] = [
    Question {
        name: "idle connections",
        counts: &[0, 1_000, 5_000, 10_000],
        way: Way::Stayed,
    },
    Question {
        name: "routes",
        counts: ROUTES,
        way: Way::Started {
            ours: |count| OURS.routes(count),
            theirs: Some(|count| NGINX.routes(count)),
        },
    },
    Question {
        name: "routes with a plugin each",
        counts: &[1, 250, 500, 1_000],
        way: Way::Started {
            ours: |count| OURS.doing(Work::Each).routes(count + 1),
            theirs: None,
        },
    },
    Question {
        name: "API keys",
        counts: &[1_000, 250_000, 500_000, 1_000_000],
        way: Way::Started {
            ours: |count| OURS.doing(Work::Key(count)),
            theirs: None,
        },
    },
    Question {
        name: "connections that take turns, 64 at once",
        // This process holds those of both sides, and many machines allow it 20,000 files.
        counts: &[10, 100, 1_000, 5_000, 9_500],
        way: Way::Asked(|count| Row::new("", OURS, NGINX).connections(count).at_once(64)),
    },
    Question {
        name: "routes",
        counts: ROUTES,
        way: Way::Asked(|count| Row::new("", OURS.routes(count), NGINX.routes(count))),
    },
];

impl Question {
    /// Measures it. Rounds are as long as many connections need to ask at least once in each.
    pub async fn answer(&self, rounds: Rounds, world: &World) -> Growth {
        match self.way {
            Way::Stayed => Growth {
                name: self.name,
                cost: Cost::Memory,
                ours: self.stayed(OURS, world).await,
                theirs: Some(self.stayed(NGINX, world).await),
            },
            Way::Started { ours, theirs } => Growth {
                name: self.name,
                cost: Cost::Memory,
                ours: self.started(ours, world).await,
                theirs: match theirs {
                    Some(theirs) => Some(self.started(theirs, world).await),
                    None => None,
                },
            },
            Way::Asked(row) => self.asked(row, rounds, world).await,
        }
    }

    async fn stayed(&self, contender: Contender, world: &World) -> Points {
        let gateway = contender.start(world).await;
        let mut clients = Clients::connect(&gateway, &contender, Load::of(0), world).await;
        let mut points = Points::new();
        for count in self.counts {
            clients.grow(*count).await;
            points.push((*count as f64, gateway.process.anonymous() as f64));
        }
        points
    }

    async fn started(&self, contender: fn(usize) -> Contender, world: &World) -> Points {
        // What compiling leaves in memory is not what a start with code on disk has.
        drop(contender(self.counts[0]).start(world).await);
        let mut points = Points::new();
        for count in self.counts {
            let contender = contender(*count);
            let gateway = contender.start(world).await;
            let mut client = Clients::connect(&gateway, &contender, Load::of(1), world).await;
            client.ask_once().await;
            points.push((*count as f64, gateway.process.anonymous() as f64));
        }
        points
    }

    async fn asked(&self, row: fn(usize) -> Row, rounds: Rounds, world: &World) -> Growth {
        let (mut ours, mut theirs) = (Points::new(), Points::new());
        for count in self.counts {
            let outcome = measure::row(&row(*count), rounds, world).await;
            ours.push((*count as f64, outcome.ours));
            theirs.push((*count as f64, outcome.theirs));
        }
        Growth {
            name: self.name,
            cost: Cost::Processor,
            ours,
            theirs: Some(theirs),
        }
    }
}
