//! wasmgate beside other gateways that do the same work: processor time of a request, as ratios.
//!
//! Both of a row run at once and are asked in turn, round by round, so that whatever else the machine does falls on both. What
//! is compared is the time that the processes spent on a processor, kernel included, as the scheduler counts it.

/// Who is compared, and how each is told what to do.
pub mod contender;

/// Sends requests and checks each answer.
pub mod load;

/// The rows: who against whom, under which load, and what is allowed.
pub mod rows;

/// Rounds, medians and how they are shown.
pub mod measure;

/// What is measured of wasmgate alone: start, memory, swaps.
pub mod alone;

/// What costs more as there is more of it, and how much.
pub mod growth;

/// Straight lines through what was measured.
pub mod line;

/// Where figures come from.
pub mod machine;

/// Figures as tables and pictures.
pub mod report;

mod caddy;
mod envoy;
mod haproxy;
mod nginx;
mod process;
mod upstream;
mod wasmgate;

pub use self::{
    contender::{Contender, Door, Isolation, Product, Work},
    load::{Load, Shape},
    measure::{Outcome, Side},
    process::open_files,
    upstream::Origin,
};
