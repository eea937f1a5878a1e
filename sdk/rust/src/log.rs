//! Lines in the gateway's log, which adds plugin, route and request id.
//!
//! ```
//! use wasmgate_sdk::log;
//!
//! log::warn!("token of {} expired", "alice");
//! ```
//!
//! Bounded for each call (64 lines, 16 KiB unless the operator says otherwise); what is over is dropped and counted.
//! With the crate's feature `facade`, lines of crates that use the `log` crate come here too.

use std::fmt;

pub use crate::bindings::wasmgate::plugin::log::Level;
use crate::host;
pub use crate::{
    __debug as debug, __error as error, __info as info, __trace as trace, __warn as warn,
};

/// Whether lines of this level are written.
pub fn enabled(level: Level) -> bool {
    level as u8 >= host::log::threshold() as u8
}

/// Writes one line. The macros of this module do it with less to type.
pub fn write(level: Level, message: fmt::Arguments<'_>) {
    if enabled(level) {
        match message.as_str() {
            Some(text) => host::log::write(level, text),
            None => host::log::write(level, &message.to_string()),
        }
    }
}

/// Has the lines of the `log` crate come here.
#[cfg(feature = "facade")]
pub(crate) fn facade() {
    // The second time, in a test for instance, it is set already.
    if ::log::set_logger(&Facade).is_ok() {
        // All levels: this lasts as long as the snapshot, and the operator may change the threshold meanwhile.
        ::log::set_max_level(::log::LevelFilter::Trace);
    }
}

#[cfg(feature = "facade")]
struct Facade;

#[cfg(feature = "facade")]
impl ::log::Log for Facade {
    fn enabled(&self, _: &::log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &::log::Record<'_>) {
        let level = match record.level() {
            ::log::Level::Trace => Level::Trace,
            ::log::Level::Debug => Level::Debug,
            ::log::Level::Info => Level::Info,
            ::log::Level::Warn => Level::Warn,
            ::log::Level::Error => Level::Error,
        };
        write(level, *record.args());
    }

    fn flush(&self) {}
}

/// Writes a line of the level `trace`.
#[doc(hidden)]
#[macro_export]
macro_rules! __trace {
    ($($message:tt)+) => { $crate::log::write($crate::log::Level::Trace, format_args!($($message)+)) };
}

/// Writes a line of the level `debug`.
#[doc(hidden)]
#[macro_export]
macro_rules! __debug {
    ($($message:tt)+) => { $crate::log::write($crate::log::Level::Debug, format_args!($($message)+)) };
}

/// Writes a line of the level `info`.
#[doc(hidden)]
#[macro_export]
macro_rules! __info {
    ($($message:tt)+) => { $crate::log::write($crate::log::Level::Info, format_args!($($message)+)) };
}

/// Writes a line of the level `warn`.
#[doc(hidden)]
#[macro_export]
macro_rules! __warn {
    ($($message:tt)+) => { $crate::log::write($crate::log::Level::Warn, format_args!($($message)+)) };
}

/// Writes a line of the level `error`.
#[doc(hidden)]
#[macro_export]
macro_rules! __error {
    ($($message:tt)+) => { $crate::log::write($crate::log::Level::Error, format_args!($($message)+)) };
}
