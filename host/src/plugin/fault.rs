//! Tells what ended a guest: which of its limits, or itself.

use wasmtime::{Error, PoolConcurrencyLimitError, Trap, WasmBacktrace};

use super::{Fault, limits::Stop, state::State};

/// Frames of a trap's backtrace that go to the log.
const FRAMES: usize = 3;

/// Which fault an error of a guest's call is. The limits know best whether they ended it.
pub(crate) fn classify(error: &Error, state: &State) -> Fault {
    let limits = &state.scope.policy.limits;
    if state.memory.exceeded() {
        return Fault::MemoryExceeded(limits.memory);
    }
    match state.clock.stopped() {
        Some(Stop::Cpu) => return Fault::CpuExceeded(state.clock.granted()),
        Some(Stop::Wall) => return Fault::TimedOut(limits.wall),
        None => {}
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return Fault::Busy(limits.concurrent);
    }
    let cause = error.root_cause().to_string();
    if error.is::<Trap>() {
        return Fault::Trapped(format!(
            "{}{cause}{}",
            said(&state.last_words),
            place(error)
        ));
    }
    // wasmtime keeps this error's type to itself; a test below holds its text.
    if cause.contains("fuel allocated for hostcalls has been exhausted") {
        return Fault::ReturnedTooMuch(limits.returned);
    }
    // What is left is data that is not what the contract says: bad UTF-8, lists out of bounds, unknown cases.
    Fault::Contract(cause)
}

/// What the guest had to say before it trapped, such as a panic's message, on one line.
fn said(last_words: &[u8]) -> String {
    let words = String::from_utf8_lossy(last_words);
    let mut said: String = words.trim().escape_debug().collect();
    if !said.is_empty() {
        said.push_str(": ");
    }
    said
}

/// Where in the guest it happened, as far as it has names.
fn place(error: &Error) -> String {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else {
        return String::new();
    };
    let names: Vec<_> = backtrace
        .frames()
        .iter()
        .filter_map(|frame| frame.func_name())
        .take(FRAMES)
        .collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(" in `{}`", names.join("` ← `")),
    }
}
