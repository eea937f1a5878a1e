//! The plugins' lines in the gateway's log: bounded, escaped, with plugin, route and request added.

use std::{borrow::Cow, fmt::Write};

use tracing::{Level, level_filters::LevelFilter};

use super::State;
use crate::{
    context::Context,
    plugin::{bindings::wasmgate::plugin::log, limits::Budget, state::Scope},
};

/// Bytes of a call's last words.
const LAST_WORDS: usize = 1024;

impl log::Host for State {
    fn write(&mut self, level: log::Level, message: String) {
        let context = self.context.as_deref();
        line(&self.scope, context, &mut self.budget, level, &message);
    }

    fn threshold(&mut self) -> log::Level {
        match LevelFilter::current().into_level() {
            Some(Level::TRACE) => log::Level::Trace,
            Some(Level::DEBUG) => log::Level::Debug,
            Some(Level::INFO) => log::Level::Info,
            Some(Level::WARN) => log::Level::Warn,
            Some(Level::ERROR) | None => log::Level::Error,
        }
    }

    fn last_words(&mut self, first: u64, second: u64, third: u64, fourth: u64) {
        let portion = [first, second, third, fourth].map(u64::to_le_bytes);
        let portion = portion.as_flattened();
        let end = portion.iter().rposition(|&byte| byte != 0);
        let portion = &portion[..end.map_or(0, |end| end + 1)];
        let room = LAST_WORDS.saturating_sub(self.last_words.len());
        self.last_words
            .extend_from_slice(&portion[..portion.len().min(room)]);
    }
}

/// Writes one line of a plugin, where the budget allows it.
pub(super) fn line(
    scope: &Scope,
    context: Option<&Context>,
    budget: &mut Budget,
    level: log::Level,
    message: &str,
) {
    // Below the threshold a line is free: the plugin need not know how the operator set it.
    if tracing_level(level) > LevelFilter::current() {
        return;
    }
    if !take(budget, message.len()) {
        return scope.services.drop_line(&scope.plugin);
    }
    let plugin = &*scope.plugin;
    let route = context.map(|context| &*context.route.route_key);
    let request_id = context.map(|context| &*context.request_id);
    let message = escape(message);
    macro_rules! event {
        ($level:expr) => {
            tracing::event!(target: "plugin", $level, plugin, route, request_id, "{message}")
        };
    }
    match level {
        log::Level::Trace => event!(Level::TRACE),
        log::Level::Debug => event!(Level::DEBUG),
        log::Level::Info => event!(Level::INFO),
        log::Level::Warn => event!(Level::WARN),
        log::Level::Error => event!(Level::ERROR),
    }
}

fn tracing_level(level: log::Level) -> Level {
    match level {
        log::Level::Trace => Level::TRACE,
        log::Level::Debug => Level::DEBUG,
        log::Level::Info => Level::INFO,
        log::Level::Warn => Level::WARN,
        log::Level::Error => Level::ERROR,
    }
}

/// Takes a line out of the budget; whether there was room. A long line does not use up what shorter ones still may.
fn take(budget: &mut Budget, bytes: usize) -> bool {
    if budget.log_lines == 0 || budget.log_bytes < bytes {
        return false;
    }
    budget.log_lines -= 1;
    budget.log_bytes -= bytes;
    true
}

/// A message on one line that shows all of itself: what moves the cursor or turns the direction of writing is escaped.
fn escape(message: &str) -> Cow<'_, str> {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    if !message.contains(hidden) {
        return message.into();
    }
    let mut text = String::with_capacity(message.len() + 16);
    for c in message.chars() {
        match c {
            '\t' => text.push(' '),
            c if hidden(c) => {
                // Writing to a string cannot fail.
                let _ = write!(text, "{}", c.escape_default());
            }
            c => text.push(c),
        }
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(log_lines: u32, log_bytes: usize) -> Budget {
        Budget {
            log_lines,
            log_bytes,
            fetches: 0,
        }
    }

    #[test]
    fn a_line_cannot_forge_another() {
        let forged = "ok\r\n2026 ERROR \u{1b}[31mroot\u{2028}x\u{202e}y\0\u{85}";
        assert_eq!(
            escape(forged),
            "ok\\r\\n2026 ERROR \\u{1b}[31mroot\\u{2028}x\\u{202e}y\\u{0}\\u{85}"
        );
    }

    #[test]
    fn plain_text_is_left_alone() {
        assert!(matches!(escape("grüße, 世界 ✓"), Cow::Borrowed(_)));
    }

    #[test]
    fn lines_and_bytes_are_counted() {
        let mut left = budget(2, 10);
        assert!(!take(&mut left, 11), "too long");
        assert!(take(&mut left, 9));
        assert!(!take(&mut left, 2), "too many bytes");
        assert!(take(&mut left, 1));
        assert!(!take(&mut left, 0), "too many lines");
    }
}
