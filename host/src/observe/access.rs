//! The access log: one line a request, for people or as JSON.

use std::{
    io::Write,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{Exchange, Series, address, decimal, socket};

/// An exchange on its way to being a line.
pub(super) struct AccessLine<'a> {
    pub(super) exchange: &'a Exchange<'a>,
    pub(super) series: &'a Series,
}

impl AccessLine<'_> {
    /// Appends a JSON object and a newline. Members that are not known are left out.
    pub(super) fn json(&self, clock: &mut Clock, line: &mut Vec<u8>) {
        let exchange = self.exchange;
        line.extend_from_slice(br#"{"time":""#);
        clock.date_time(exchange.time, line);
        line.extend_from_slice(br#"","target":"access""#);
        text("request_id", exchange.request_id, line);
        line.extend_from_slice(br#","client":""#);
        address(exchange.client, line);
        line.push(b'"');
        text("method", exchange.method, line);
        text("path", exchange.path, line);
        number("status", exchange.status.as_u16().into(), line);
        number("bytes_in", exchange.bytes_in, line);
        number("bytes_out", exchange.bytes_out, line);
        number("latency_us", micros(exchange.latency), line);
        if let Some(latency) = exchange.upstream_latency {
            number("upstream_latency_us", micros(latency), line);
        }
        for (name, value) in [
            ("api", &self.series.api),
            ("stage", &self.series.stage),
            ("route", &self.series.route),
        ] {
            if !value.is_empty() {
                text(name, value, line);
            }
        }
        if let Some(upstream) = exchange.upstream {
            text("upstream", upstream, line);
        }
        if let Some(asked) = exchange.upstream_address {
            line.extend_from_slice(br#","upstream_address":""#);
            socket(asked, line);
            line.push(b'"');
        }
        for (name, value) in [
            ("blame", exchange.blame),
            ("plugin", exchange.plugin),
            ("user_agent", exchange.user_agent),
        ] {
            if let Some(value) = value {
                text(name, value, line);
            }
        }
        authorizer(exchange.authorizer, line);
        if let Some(failure) = exchange.failure {
            text("failure", &failure.to_string(), line);
        }
        line.extend_from_slice(b"}\n");
    }

    /// Appends a line to read: `09:30:00.123 GET /orders/1 200 1.2ms 127.0.0.1 shop "GET /orders/{id}" …`.
    pub(super) fn human(&self, color: bool, clock: &mut Clock, line: &mut Vec<u8>) {
        let exchange = self.exchange;
        clock.time(exchange.time, line);
        line.push(b' ');
        escape(exchange.method, line);
        line.push(b' ');
        escape(exchange.path, line);
        line.push(b' ');
        paint(status_color(color, exchange.status), line, |line| {
            decimal(exchange.status.as_u16(), line);
        });
        line.push(b' ');
        milliseconds(exchange.latency, line);
        line.push(b' ');
        address(exchange.client, line);
        if !self.series.route.is_empty() {
            line.push(b' ');
            escape(&self.series.api, line);
            line.extend_from_slice(b" \"");
            escape(&self.series.route, line);
            line.push(b'"');
        }
        if let Some(upstream) = exchange.upstream {
            line.extend_from_slice(b" upstream=");
            escape(upstream, line);
        }
        if let Some(asked) = exchange.upstream_address {
            line.extend_from_slice(b" at=");
            socket(asked, line);
        }
        for (name, value) in [
            (" blame=", exchange.blame),
            (" plugin=", exchange.plugin),
            (" id=", Some(exchange.request_id)),
        ] {
            if let Some(value) = value {
                line.extend_from_slice(name.as_bytes());
                escape(value, line);
            }
        }
        for (name, value) in exchange.authorizer {
            line.extend_from_slice(b" authorizer.");
            escape(name, line);
            line.extend_from_slice(b"=\"");
            escape(value, line);
            line.push(b'"');
        }
        if let Some(failure) = exchange.failure {
            line.extend_from_slice(b" failure=\"");
            escape(&failure.to_string(), line);
            line.push(b'"');
        }
        line.push(b'\n');
    }
}

/// Formats times. Knows the last second's text, so that a line costs three digits.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    second: u64,
    /// `2026-11-21T09:30:00`, or empty at first.
    text: Vec<u8>,
}

impl Clock {
    /// Appends `2026-11-21T09:30:00.123Z`.
    pub(super) fn date_time(&mut self, time: SystemTime, line: &mut Vec<u8>) {
        let millis = self.turn(time);
        line.extend_from_slice(&self.text);
        fraction(millis, line);
        line.push(b'Z');
    }

    /// Appends `09:30:00.123` (UTC).
    pub(super) fn time(&mut self, time: SystemTime, line: &mut Vec<u8>) {
        let millis = self.turn(time);
        line.extend_from_slice(self.text.get(11..).unwrap_or_default());
        fraction(millis, line);
    }

    /// Sets the text to a time's second; gives its milliseconds.
    fn turn(&mut self, time: SystemTime) -> u32 {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        if self.text.is_empty() || self.second != since.as_secs() {
            self.second = since.as_secs();
            self.text.clear();
            let (year, month, day) = civil(self.second / 86_400);
            let (hour, minute, second) = (
                self.second / 3_600 % 24,
                self.second / 60 % 60,
                self.second % 60,
            );
            // Writing to a vector cannot fail.
            _ = write!(
                self.text,
                "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
            );
        }
        since.subsec_millis()
    }
}

/// Appends text for a JSON string or a terminal: quotes, backslashes and everything that controls a terminal or
/// splits a line are escaped (`\u001b`).
pub(super) fn escape(text: &str, line: &mut Vec<u8>) {
    // All bytes are looked at, since several at once are quicker than one after the other up to the first.
    let plain = |byte| matches!(byte, b' '..=b'~') & (byte != b'"') & (byte != b'\\');
    if text.bytes().fold(true, |all, byte| all & plain(byte)) {
        return line.extend_from_slice(text.as_bytes());
    }
    for character in text.chars() {
        match character {
            '"' => line.extend_from_slice(br#"\""#),
            '\\' => line.extend_from_slice(br"\\"),
            // Directional marks can make a line read as another one.
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => unicode(character, line),
            _ if character.is_control() => unicode(character, line),
            _ => line.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Appends what `write` does in a terminal's color.
pub(super) fn paint(color: Option<u8>, line: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let Some(color) = color else {
        return write(line);
    };
    line.extend_from_slice(b"\x1b[");
    decimal(color, line);
    line.push(b'm');
    write(line);
    line.extend_from_slice(b"\x1b[0m");
}

fn text(name: &str, value: &str, line: &mut Vec<u8>) {
    member(name, line);
    line.push(b'"');
    escape(value, line);
    line.push(b'"');
}

/// Plugins choose the names, so they are escaped too.
fn authorizer(pairs: &[(String, String)], line: &mut Vec<u8>) {
    let mut before: &[u8] = b",\"authorizer\":{\"";
    for (name, value) in pairs {
        line.extend_from_slice(before);
        escape(name, line);
        line.extend_from_slice(b"\":\"");
        escape(value, line);
        line.push(b'"');
        before = b",\"";
    }
    if !pairs.is_empty() {
        line.push(b'}');
    }
}

fn number(name: &str, value: u64, line: &mut Vec<u8>) {
    member(name, line);
    decimal(value, line);
}

fn member(name: &str, line: &mut Vec<u8>) {
    line.extend_from_slice(b",\"");
    line.extend_from_slice(name.as_bytes());
    line.extend_from_slice(b"\":");
}

fn unicode(character: char, line: &mut Vec<u8>) {
    // All that are escaped are below U+FFFF.
    _ = write!(line, "\\u{:04x}", u32::from(character));
}

fn fraction(millis: u32, line: &mut Vec<u8>) {
    line.push(b'.');
    for unit in [100, 10, 1] {
        line.push(b'0' + (millis / unit % 10) as u8);
    }
}

fn milliseconds(duration: Duration, line: &mut Vec<u8>) {
    let micros = micros(duration);
    decimal(micros / 1_000, line);
    line.push(b'.');
    decimal(micros / 100 % 10, line);
    line.extend_from_slice(b"ms");
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn status_color(color: bool, status: http::StatusCode) -> Option<u8> {
    color.then_some(match status.as_u16() {
        ..400 => 32,
        400..500 => 33,
        500.. => 31,
    })
}

/// Year, month and day of a day since 1970 (Howard Hinnant's `civil_from_days`).
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests;
