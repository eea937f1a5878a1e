//! Which target gets a request: of two random ones that are well, the less busy.

use std::sync::Arc;

use super::{connections::Pool, target::Target};

/// Chooses a target, rather not `avoid`. Where none is well, any may be right: all are asked rather than nobody.
pub(super) fn choose(targets: &[Arc<Target>], pools: &[Pool], avoid: Option<usize>) -> usize {
    if targets.len() == 1 {
        return 0;
    }
    let suits = |target: &usize| Some(*target) != avoid && targets[*target].condition.is_well();
    let first = fastrand::usize(..targets.len());
    // Every other one is as likely as the next.
    let second = (first + fastrand::usize(1..targets.len())) % targets.len();
    match (suits(&first), suits(&second)) {
        (true, true) => less_busy(pools, first, second),
        (true, false) => first,
        (false, true) => second,
        (false, false) => {
            let mut others = (0..targets.len()).map(|step| (first + step) % targets.len());
            let any = if Some(first) == avoid { second } else { first };
            others.find(suits).unwrap_or(any)
        }
    }
}

fn less_busy(pools: &[Pool], first: usize, second: usize) -> usize {
    match pools[second].load.requests() < pools[first].load.requests() {
        true => second,
        false => first,
    }
}
