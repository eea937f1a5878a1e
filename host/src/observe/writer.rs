//! Writes log lines on a thread of its own, so that a full pipe or a slow disk never holds up a request.
//!
//! Each worker has a *lane*: a bounded buffer of whole lines. The writer swaps a lane's buffer for an empty one, so
//! the lane is locked for nanoseconds, and [`Lines::offer`] does not even wait for those.

use std::{
    io::Write,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use crate::sleeper::Sleeper;

/// All lanes and the way to wake the writer.
#[derive(Debug, Default)]
pub struct Lines {
    lanes: Mutex<Vec<Arc<Lane>>>,
    writer: Sleeper,
    closing: AtomicBool,
    dropped: AtomicU64,
}

/// One thread's lines that wait for the writer.
#[derive(Debug, Default)]
pub(super) struct Lane(Mutex<Vec<u8>>);

/// The writer's thread. Dropping it writes what is left.
#[derive(Debug)]
pub struct Writer {
    lines: Arc<Lines>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts a thread that writes to `output`.
    pub fn start(output: impl Write + Send + 'static) -> std::io::Result<Writer> {
        let lines = Arc::new(Lines::default());
        let thread = std::thread::Builder::new().name("log".to_owned()).spawn({
            let lines = Arc::clone(&lines);
            move || lines.write_all(output)
        })?;
        lines.writer.set(thread.thread());
        Ok(Writer {
            lines,
            thread: Some(thread),
        })
    }

    pub fn lines(&self) -> Arc<Lines> {
        Arc::clone(&self.lines)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.lines.closing.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            self.lines.wake(true);
            // A panic of the writer has been shown by the panic hook.
            _ = thread.join();
        }
    }
}

impl Lines {
    pub(super) fn lane(&self) -> Arc<Lane> {
        let lane = Arc::default();
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.push(Arc::clone(&lane));
        lane
    }

    /// Passes a line on and empties it, or leaves it where it is, to be passed with the next one, while the writer
    /// holds the lane.
    pub(super) fn offer(&self, lane: &Lane, line: &mut Vec<u8>) {
        for _ in 0..SPINS {
            if let Ok(mut waiting) = lane.0.try_lock() {
                let filling = self.append(&mut waiting, line);
                drop(waiting);
                line.clear();
                return self.wake(filling);
            }
            std::hint::spin_loop();
        }
        if line.len() > LANE_BYTES {
            self.drop_lines(line);
            line.clear();
        }
    }

    /// Passes a line on; waits for the lane.
    pub(super) fn push(&self, lane: &Lane, line: &[u8]) {
        if line.is_empty() {
            return;
        }
        let mut waiting = lane.lock();
        let filling = self.append(&mut waiting, line);
        drop(waiting);
        self.wake(filling);
    }

    /// Lines that were lost because nobody took them in time.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Adds a line, where there is room; whether the lane begins to be full with it.
    fn append(&self, waiting: &mut Vec<u8>, line: &[u8]) -> bool {
        let before = waiting.len();
        if before + line.len() > LANE_BYTES {
            self.drop_lines(line);
        } else {
            waiting.extend_from_slice(line);
        }
        before < LANE_BYTES / 2 && waiting.len() >= LANE_BYTES / 2
    }

    fn drop_lines(&self, lines: &[u8]) {
        let count = memchr::memchr_iter(b'\n', lines).count() as u64;
        self.dropped.fetch_add(count, Ordering::Relaxed);
    }

    /// Wakes the writer where it waits for a line, or pauses while a lane is `filling`.
    fn wake(&self, filling: bool) {
        self.writer.wake();
        if filling {
            self.writer.unpark();
        }
    }

    /// The writer's life.
    fn write_all(&self, mut output: impl Write) {
        let mut spare = Vec::with_capacity(LANE_BYTES / 16);
        loop {
            let closing = self.closing.load(Ordering::SeqCst);
            let wrote = self.write_round(&mut output, &mut spare);
            if closing {
                return;
            }
            if wrote {
                // Lines that come in the meantime leave together.
                std::thread::park_timeout(PAUSE);
                continue;
            }
            self.writer.sleep_unless(|| {
                self.write_round(&mut output, &mut spare) || self.closing.load(Ordering::SeqCst)
            });
        }
    }

    /// Writes what stands in the lanes; whether there was anything.
    fn write_round(&self, output: &mut impl Write, spare: &mut Vec<u8>) -> bool {
        let lanes = self.live_lanes();
        let mut wrote = false;
        for lane in lanes {
            std::mem::swap(&mut *lane.lock(), spare);
            if spare.is_empty() {
                continue;
            }
            wrote = true;
            if output
                .write_all(spare)
                .and_then(|()| output.flush())
                .is_err()
            {
                self.drop_lines(spare);
            }
            spare.clear();
        }
        wrote
    }

    /// The lanes that are in use or still hold lines; the others are forgotten.
    fn live_lanes(&self) -> Vec<Arc<Lane>> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.retain(|lane| Arc::strong_count(lane) > 1 || !lane.lock().is_empty());
        lanes.clone()
    }
}

impl Lane {
    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What may wait in one lane.
const LANE_BYTES: usize = 1 << 20;

/// Between two rounds of writing under load. Each wakes a thread and is a system call or two.
const PAUSE: Duration = Duration::from_millis(50);

/// Longer than the writer holds a lane.
const SPINS: u32 = 64;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// An output that can be read, and held up.
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
    fn every_line_arrives_whole() {
        let output = Output::default();
        let writer = Writer::start(output.clone()).unwrap();
        let threads = (0..4)
            .map(|thread| {
                let lines = writer.lines();
                std::thread::spawn(move || {
                    let lane = lines.lane();
                    let mut line = Vec::new();
                    for number in 0..1_000 {
                        line.extend_from_slice(format!("{thread} {number}\n").as_bytes());
                        lines.offer(&lane, &mut line);
                    }
                    lines.push(&lane, &line);
                })
            })
            .collect::<Vec<_>>();
        for thread in threads {
            thread.join().unwrap();
        }
        drop(writer);

        let text = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 4_000);
        for thread in 0..4 {
            let own = text
                .lines()
                .filter_map(|line| line.strip_prefix(&format!("{thread} ")));
            assert!(own.map(|n| n.parse::<u32>().unwrap()).eq(0..1_000));
        }
    }

    #[test]
    fn stuck_output_drops_and_counts() {
        let output = Output::default();
        let stuck = Arc::clone(&output.0);
        let stuck = stuck.lock().unwrap();
        let writer = Writer::start(output.clone()).unwrap();
        let lines = writer.lines();
        let lane = lines.lane();
        let mut line = Vec::new();
        for _ in 0..4 {
            line.resize(LANE_BYTES / 2, b'x');
            line.push(b'\n');
            lines.offer(&lane, &mut line);
        }
        assert!(lines.dropped() >= 1);
        drop(stuck);
    }
}
