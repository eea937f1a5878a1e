//! The binary: arguments, configuration, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    wasmgate::cli::run(std::env::args_os(), &environment)
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the environment"
)]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
