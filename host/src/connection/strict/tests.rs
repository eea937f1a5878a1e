#![expect(clippy::unwrap_used, reason = "tests")]

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    time::timeout,
};

use super::*;

fn limits() -> Limits {
    Limits {
        connections: 1,
        requests_per_connection: 100,
        headers: 10,
        head_bytes: 1000,
        uri_bytes: 200,
        head_timeout: Duration::from_millis(50),
        keep_alive: Duration::from_millis(100),
        body_idle: Duration::from_secs(60),
        write_idle: Duration::from_secs(60),
        http2_streams: 10,
        header_underscores: false,
        per_address: crate::config::PerAddress::default(),
    }
}

fn pair() -> (DuplexStream, Strict<DuplexStream>) {
    let (client, server) = duplex(64 << 10);
    (client, Strict::new(server, &limits()))
}

/// Long enough to see that nothing comes.
const SOON: Duration = Duration::from_millis(5);

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[tokio::test]
async fn stand_in_takes_the_place_of_a_refused_head() {
    let (mut client, mut strict) = pair();
    let gate = strict.gate();
    client.write_all(GET).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\n").await.unwrap();
    let mut read = vec![0; GET.len() + STAND_IN.len()];
    strict.read_exact(&mut read).await.unwrap();
    assert_eq!(read, [GET, STAND_IN].concat());
    // The end would tell hyper that nobody waits for the answer.
    let more = strict.read(&mut read);
    assert!(timeout(SOON, more).await.is_err());
    assert_eq!(gate.refused(1), None);
    assert_eq!(gate.refused(2), Some(Refused::BareLineFeed));
}

#[tokio::test]
async fn client_that_asks_nothing_is_at_rest() {
    let (mut client, mut strict) = pair();
    let gate = strict.gate();
    let mut read = vec![0; GET.len()];
    client.write_all(GET).await.unwrap();
    strict.read_exact(&mut read).await.unwrap();
    let more = timeout(limits().keep_alive / 2, strict.read(&mut read));
    assert!(more.await.is_err());
    assert!(!gate.rests(), "its answer is under way");
    gate.answer(1, false);
    drop(gate.ending(1, ()));
    let more = timeout(limits().keep_alive / 2, strict.read(&mut read));
    assert!(more.await.is_err());
    assert!(gate.rests());
    client.write_all(GET).await.unwrap();
    strict.read_exact(&mut read).await.unwrap();
    assert!(!gate.rests());
}

#[tokio::test]
async fn small_buffers_get_everything_too() {
    let (mut client, mut strict) = pair();
    let bytes = [GET, GET].concat();
    for piece in bytes.chunks(7) {
        client.write_all(piece).await.unwrap();
    }
    drop(client);
    let mut read = Vec::new();
    let mut small = [0; 5];
    loop {
        match strict.read(&mut small).await.unwrap() {
            0 => break,
            count => read.extend_from_slice(&small[..count]),
        }
    }
    assert_eq!(read, bytes);
}

#[tokio::test]
async fn wrong_body_is_an_error() {
    let (mut client, mut strict) = pair();
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    client.write_all(head).await.unwrap();
    client.write_all(b"5 \r\nhello").await.unwrap();
    let mut read = Vec::new();
    let error = strict.read_to_end(&mut read).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert_eq!(read, head);
}

#[tokio::test]
async fn slow_head_is_refused_in_time() {
    let (mut client, mut strict) = pair();
    client.write_all(b"GET / HT").await.unwrap();
    let began = Instant::now();
    let mut read = vec![0; STAND_IN.len()];
    strict.read_exact(&mut read).await.unwrap();
    assert_eq!(read, STAND_IN);
    assert_eq!(strict.gate().refused(1), Some(Refused::Late));
    assert!(began.elapsed() >= limits().head_timeout);
}

#[tokio::test]
async fn dripping_head_gets_no_more_time() {
    let (mut client, mut strict) = pair();
    let dripping = async {
        for byte in GET {
            tokio::time::sleep(Duration::from_millis(20)).await;
            client.write_all(&[*byte]).await.unwrap();
        }
        std::future::pending::<()>().await;
    };
    let mut read = vec![0; STAND_IN.len()];
    tokio::select! {
        () = dripping => {}
        done = strict.read_exact(&mut read) => drop(done.unwrap()),
    }
    assert_eq!(strict.gate().refused(1), Some(Refused::Late));
}

#[tokio::test]
async fn idle_connection_ends_without_an_answer() {
    let (mut client, mut strict) = pair();
    client.write_all(GET).await.unwrap();
    let mut read = vec![0; GET.len()];
    strict.read_exact(&mut read).await.unwrap();
    let gate = strict.gate();
    let answer = gate.ending(1, ());
    let answering = async {
        // However long an answer takes, the connection is not idle.
        tokio::time::sleep(2 * limits().keep_alive).await;
        drop(answer);
        Instant::now()
    };
    let reading = async {
        assert_eq!(strict.read(&mut [0]).await.unwrap(), 0);
        Instant::now()
    };
    let (answered, ended) = tokio::join!(answering, reading);
    assert!(ended - answered >= limits().keep_alive);
    assert!(ended - answered < 2 * limits().keep_alive);
}

#[tokio::test]
async fn closing_reads_what_is_on_its_way() {
    let (mut client, mut strict) = pair();
    client.write_all(b"GET / HTTP/1.1\n").await.unwrap();
    let mut read = vec![0; STAND_IN.len()];
    strict.read_exact(&mut read).await.unwrap();
    let sending = async move {
        // More than the pipe holds.
        client.write_all(&[b'x'; 200 << 10]).await.unwrap();
        client.read_to_end(&mut Vec::new()).await.unwrap();
    };
    let (closed, ()) = tokio::join!(strict.shutdown(), sending);
    closed.unwrap();
}
