//! Guests that compute on every core, and everybody else.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::{Duration, Instant};

use wasmgate_tests::{
    Connection, Gateway,
    client::{request, tcp},
};

use tokio::io::AsyncWriteExt;

/// What other requests may take, all but one in a hundred, where the gateway has the cores for itself.
const SOON: Duration = Duration::from_millis(5);
/// Chance may spoil a round; a gateway that does not yield spoils all of them.
const ROUNDS: usize = 8;
const REQUESTS: usize = 200;

const YAML: &str = "
workers: 2
plugins: { directory: ./plugins, settings: { loops_forever: { limits: { cpu: 10m, wall: 10m } } } }
apis:
  main:
    routes:
      GET /loop: { authorize: [loops_forever], to: { respond: {} } }
      GET /other: { to: { respond: { body: ok } } }
";

#[tokio::test]
async fn others_are_served_while_guests_compute_on_every_core() {
    let gateway = Gateway::setup(YAML).guest("loops_forever").start().await;
    let mut guests = Vec::new();
    for _ in 0..2 {
        // Listeners balance by connection: one guest for each worker.
        let mut guest = tcp(gateway.address()).await;
        guest
            .write_all(b"GET /loop HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await
            .unwrap();
        guests.push(guest);
    }
    let running = r#"wasmgate_plugin_running_calls{plugin="loops_forever"} 2"#;
    gateway
        .until("/metrics", |page| page.text().contains(running))
        .await;

    let mut connections = Vec::new();
    for _ in 0..4 {
        connections.push(Connection::http1(gateway.address()).await);
    }
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let before = Cores::of(&gateway);
        let slowest = round(&mut connections).await;
        let share = Cores::of(&gateway).share_since(&before);
        rounds.push((slowest, share));
        // With half a core, anything takes twice as long.
        if slowest.mul_f64(share) < SOON {
            break;
        }
    }
    println!("99 of 100 requests within, and the workers' share of their cores: {rounds:?}");
    let (slowest, share) = rounds[rounds.len() - 1];
    assert!(slowest.mul_f64(share) < SOON, "{rounds:?}");

    // Whoever goes away takes what he asked for with him.
    drop(guests);
    let running = r#"wasmgate_plugin_running_calls{plugin="loops_forever"} 0"#;
    gateway
        .until("/metrics", |page| page.text().contains(running))
        .await;
}

/// The time within which 99 of 100 requests were answered.
async fn round(connections: &mut [Connection]) -> Duration {
    let mut times = Vec::with_capacity(REQUESTS);
    for number in 0..REQUESTS {
        let connection = &mut connections[number % 4];
        let begun = Instant::now();
        let reply = connection.send(request("GET", "/other", &[])).await;
        times.push(begun.elapsed());
        assert_eq!(reply.text(), "ok");
    }
    times.sort_unstable();
    times[REQUESTS * 99 / 100 - 1]
}

/// What the workers have had of the processor: nanoseconds of running and of waiting to run.
struct Cores(Vec<(f64, f64)>);

impl Cores {
    fn of(gateway: &Gateway) -> Cores {
        let tasks = format!("/proc/{}/task", gateway.process_id());
        let workers = std::fs::read_dir(tasks).unwrap().filter_map(|task| {
            let task = task.ok()?.path();
            let name = std::fs::read_to_string(task.join("comm")).ok()?;
            let stat = std::fs::read_to_string(task.join("schedstat")).ok()?;
            let mut times = stat.split(' ').map(|time| time.parse().ok());
            name.starts_with("worker-")
                .then_some((times.next()??, times.next()??))
        });
        Cores(workers.collect())
    }

    /// How much of the time in which the workers could run they did. Fails where one was idle.
    fn share_since(&self, before: &Cores) -> f64 {
        assert_eq!((self.0.len(), before.0.len()), (2, 2));
        let gone = self.0.iter().zip(&before.0);
        let shares = gone.map(|(now, then)| {
            let (ran, waited) = (now.0 - then.0, now.1 - then.1);
            assert!(ran > 1e6, "a worker did not compute: it ran for {ran} ns");
            ran / (ran + waited)
        });
        shares.fold(1.0, f64::min)
    }
}
