//! Calls a plugin so many times and says how many page faults that took: `count-calls ISOLATION FIELDS COUNT`.
//!
//! `make bench-calls` runs it under callgrind and strace with two counts: the difference is what calls cost, without
//! the start. The pool is small, since valgrind cannot map a large one.

use wasmgate_bench::Calls;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [isolation, fields, count] = &*arguments else {
        anyhow::bail!("usage: count-calls ISOLATION FIELDS COUNT");
    };
    let (fields, count) = (fields.parse()?, count.parse()?);
    let calls = Calls::start(isolation, fields, 4);
    calls.run(100);
    let before = faults()?;
    calls.run(count);
    println!("page-faults {}", faults()? - before);
    Ok(())
}

/// Minor page faults of this process so far (proc(5): the tenth field of `stat`, the eighth after the name).
fn faults() -> anyhow::Result<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit_once(')').map(|(_, rest)| rest);
    let field = after_name.and_then(|rest| rest.split_whitespace().nth(7));
    Ok(field.unwrap_or_default().parse()?)
}
