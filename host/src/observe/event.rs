//! The other log lines: what `tracing` events become, in the same two forms as the access log.

use std::{fmt, io::Write, sync::Arc, time::SystemTime};

use tracing::{Event, Level, Subscriber, field::Field, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer, Registry,
    filter::Targets,
    layer::{Context, SubscriberExt},
    reload,
};

use super::{
    access::{Clock, escape, paint},
    writer::{Lane, Lines},
};
use crate::config::{self, LogFormat};

/// What lines look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Human { color: bool },
    Json,
}

/// The level, which a reload may change.
#[derive(Clone, Debug)]
pub struct Verbosity(reload::Handle<Targets, Registry>);

/// The process already has a log.
#[derive(Debug, thiserror::Error)]
#[error("the log was started twice")]
pub struct AlreadyStarted;

impl Form {
    /// `auto` is human where people read.
    pub fn choose(format: LogFormat, terminal: bool, color: bool) -> Form {
        match format {
            LogFormat::Json => Form::Json,
            LogFormat::Human => Form::Human { color },
            LogFormat::Auto if terminal => Form::Human { color },
            LogFormat::Auto => Form::Json,
        }
    }
}

/// Sends every event of the process from here on to `lines`.
pub fn start_events(
    log: &config::Log,
    form: Form,
    lines: Arc<Lines>,
) -> Result<Verbosity, AlreadyStarted> {
    let (filter, handle) = reload::Layer::new(targets(log.level));
    let lane = lines.lane();
    let events = Events { form, lines, lane };
    let subscriber = Registry::default().with(events.with_filter(filter));
    tracing::subscriber::set_global_default(subscriber).map_err(|_| AlreadyStarted)?;
    Ok(Verbosity(handle))
}

impl Verbosity {
    /// Takes over what a reload changed.
    pub fn reload(&self, log: &config::Log) {
        // It fails only when the subscriber is gone, which is never.
        _ = self.0.reload(targets(log.level));
    }
}

/// Ours as the operator wants it; libraries only where something is wrong, unless everything is wanted.
fn targets(level: Level) -> Targets {
    let libraries = if level == Level::TRACE {
        LevelFilter::TRACE
    } else {
        LevelFilter::from_level(level.min(Level::WARN))
    };
    // It warns of what any client can send, as often as it likes.
    let http2 = match libraries {
        LevelFilter::TRACE => LevelFilter::TRACE,
        _ => LevelFilter::ERROR,
    };
    Targets::new()
        .with_default(libraries)
        .with_target("h2", http2)
        .with_target("wasmgate", level)
        .with_target("plugin", level)
}

/// The layer that formats.
struct Events {
    form: Form,
    lines: Arc<Lines>,
    lane: Arc<Lane>,
}

impl<S: Subscriber> Layer<S> for Events {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut fields = Fields::new(self.form);
        event.record(&mut fields);
        let line = match self.form {
            Form::Json => json(event, fields),
            Form::Human { color } => human(event, fields, color),
        };
        self.lines.push(&self.lane, &line);
    }
}

fn json(event: &Event<'_>, fields: Fields) -> Vec<u8> {
    let mut line = br#"{"time":""#.to_vec();
    Clock::default().date_time(SystemTime::now(), &mut line);
    line.extend_from_slice(br#"","level":""#);
    line.extend_from_slice(event.metadata().level().as_str().as_bytes());
    line.extend_from_slice(br#"","target":""#);
    escape(event.metadata().target(), &mut line);
    line.extend_from_slice(br#"","message":""#);
    escape(&fields.message, &mut line);
    line.push(b'"');
    line.extend_from_slice(&fields.others);
    line.extend_from_slice(b"}\n");
    line
}

fn human(event: &Event<'_>, fields: Fields, color: bool) -> Vec<u8> {
    let mut line = Vec::with_capacity(128);
    Clock::default().time(SystemTime::now(), &mut line);
    line.push(b' ');
    let level = *event.metadata().level();
    let level_color = match level {
        Level::ERROR => 31,
        Level::WARN => 33,
        Level::INFO => 32,
        _ => 90,
    };
    paint(color.then_some(level_color), &mut line, |line| {
        // Writing to a vector cannot fail.
        _ = write!(line, "{level:5}");
    });
    line.push(b' ');
    escape(&fields.message, &mut line);
    line.extend_from_slice(&fields.others);
    line.push(b'\n');
    line
}

/// The fields of an event: the message, and the others as they stand in a line.
struct Fields {
    form: Form,
    message: String,
    others: Vec<u8>,
}

impl Fields {
    fn new(form: Form) -> Fields {
        Fields {
            form,
            message: String::new(),
            others: Vec::new(),
        }
    }

    fn text(&mut self, name: &str, value: &str) {
        if name == "message" {
            value.clone_into(&mut self.message);
            return;
        }
        self.name(name);
        self.others.push(b'"');
        escape(value, &mut self.others);
        self.others.push(b'"');
    }

    fn literal(&mut self, name: &str, value: impl fmt::Display) {
        self.name(name);
        // Writing to a vector cannot fail.
        _ = write!(self.others, "{value}");
    }

    fn name(&mut self, name: &str) {
        match self.form {
            Form::Json => _ = write!(self.others, ",\"{name}\":"),
            Form::Human { .. } => _ = write!(self.others, " {name}="),
        }
    }
}

impl tracing::field::Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.literal(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.literal(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.literal(field.name(), value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.text(field.name(), &value.to_string());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field.name(), &format!("{value:?}"));
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::observe::writer::Writer;

    #[derive(Clone, Default)]
    struct Output(Arc<Mutex<Vec<u8>>>);

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn event_is_one_json_line() {
        let text = logged(Form::Json, || {
            tracing::warn!(plugin = "jwt", calls = 3, error = %"a\n\"b\"", "did not\x1b[2J load");
        });
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["level"], "WARN");
        assert_eq!(value["message"], "did not\u{1b}[2J load");
        assert_eq!(value["plugin"], "jwt");
        assert_eq!(value["calls"], 3);
        assert_eq!(value["error"], "a\n\"b\"");
        assert_eq!(text.lines().count(), 1);
    }

    #[test]
    fn event_reads_on_a_terminal() {
        let text = logged(Form::Human { color: false }, || {
            tracing::info!(plugin = "jwt", "loaded\n");
        });
        assert!(
            text.ends_with("INFO  loaded\\u000a plugin=\"jwt\"\n"),
            "{text:?}"
        );
    }

    #[test]
    fn libraries_are_quiet() {
        assert!(targets(Level::DEBUG).would_enable("wasmgate::worker", &Level::DEBUG));
        assert!(!targets(Level::DEBUG).would_enable("hyper::proto", &Level::INFO));
        assert!(targets(Level::DEBUG).would_enable("hyper::proto", &Level::WARN));
        assert!(!targets(Level::DEBUG).would_enable("h2::proto", &Level::WARN));
        assert!(!targets(Level::ERROR).would_enable("hyper::proto", &Level::WARN));
        assert!(targets(Level::TRACE).would_enable("hyper::proto", &Level::TRACE));
    }

    fn logged(form: Form, log: impl FnOnce()) -> String {
        let output = Output::default();
        let writer = Writer::start(output.clone()).unwrap();
        let lines = writer.lines();
        let lane = lines.lane();
        let subscriber = Registry::default().with(Events { form, lines, lane });
        tracing::subscriber::with_default(subscriber, log);
        drop(writer);
        let text = output.0.lock().unwrap().clone();
        String::from_utf8(text).unwrap()
    }
}
