//! What each built-in plugin costs, a row each; or those that are named. `make bench-plugins` runs it.

use wasmgate_bench::{Costs, HEAD, builtin};

fn main() {
    println!("| plugin | {HEAD} |");
    println!("|---|---|---|---|---|---|---|");
    let named: Vec<_> = std::env::args().skip(1).collect();
    let wanted = |name: &&str| named.is_empty() || named.iter().any(|one| one == name);
    for name in builtin::NAMES.into_iter().filter(wanted) {
        let costs = Costs::of(|directory| builtin::call(name, directory));
        println!("| `{name}` | {} |", costs.cells());
    }
}
