//! What a process has logged so far, and what it will.

use std::{
    io::{BufRead, BufReader, Read},
    sync::{Arc, Mutex},
};

use tokio::sync::watch;

use crate::LIMIT;

/// The lines of a process's log, in order.
#[derive(Debug)]
pub struct Log {
    lines: Mutex<Vec<String>>,
    /// How many there are, and whether there will be more.
    state: watch::Sender<(usize, bool)>,
}

impl Log {
    pub(crate) fn of(output: impl Read + Send + 'static) -> Arc<Log> {
        let log = Arc::new(Log {
            lines: Mutex::default(),
            state: watch::Sender::new((0, true)),
        });
        let reader = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                reader.lines.lock().unwrap().push(line);
                reader.state.send_modify(|(count, _)| *count += 1);
            }
            reader.state.send_modify(|(_, open)| *open = false);
        });
        log
    }

    pub fn text(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    /// The first line with this in it, once it is there.
    pub async fn line(&self, part: &str) -> String {
        let mut state = self.state.subscribe();
        let mut found = None;
        let looked = state.wait_for(|(_, open)| {
            let lines = self.lines.lock().unwrap();
            found = lines.iter().find(|line| line.contains(part)).cloned();
            found.is_some() || !open
        });
        // Either way what was found says it.
        _ = tokio::time::timeout(LIMIT, looked).await;
        found.unwrap_or_else(|| panic!("no line with `{part}` in the log:\n{}", self.text()))
    }

    /// The access log's line for a path, once it is there.
    pub async fn access(&self, path: &str) -> serde_json::Value {
        let member = serde_json::to_string(path).unwrap();
        let line = self.line(&format!(r#""path":{member}"#)).await;
        serde_json::from_str(&line).unwrap()
    }

    pub(crate) async fn closed(&self) {
        let mut state = self.state.subscribe();
        // The sender is ours.
        _ = tokio::time::timeout(LIMIT, state.wait_for(|(_, open)| !open)).await;
    }
}
