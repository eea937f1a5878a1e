//! A server that records what it gets, byte by byte, and answers by a script.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufStream},
    net::TcpListener,
    sync::{Notify, watch},
    task::JoinHandle,
};

use crate::limit;

/// An HTTP/1.1 server of its own small reading, so that what it records is what was on the wire.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    script: Arc<Script>,
    server: JoinHandle<()>,
}

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Request line and fields, with their line ends.
    pub head: String,
    /// Decoded from chunks, where it came in chunks.
    pub body: Vec<u8>,
    /// Behind the chunks, as they came.
    pub trailers: String,
    /// On which connection, from 0.
    pub connection: usize,
}

/// What to answer.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    /// One piece, with its length, or several in chunks.
    pieces: Vec<Vec<u8>>,
    trailers: Vec<(String, String)>,
    /// Bytes to send in place of all that.
    raw: Option<Vec<u8>>,
    delay: Duration,
    /// Waits for this before the answer, or before the second piece where there are several.
    gate: Option<Arc<Notify>>,
    /// Sends back what comes then, until the other side closes.
    echo: bool,
    close_after: Option<usize>,
}

#[derive(Debug)]
struct Script {
    state: Mutex<State>,
    recorded: watch::Sender<usize>,
}

#[derive(Debug)]
struct State {
    standing: Answer,
    next: VecDeque<Answer>,
    requests: Vec<Recorded>,
    connections: usize,
}

impl Upstream {
    /// Answers everything with 200 and `ok` until told otherwise.
    pub async fn start() -> Upstream {
        Upstream::at(([127, 0, 0, 1], 0).into()).await
    }

    /// The same, at an address of the test's choice.
    pub async fn at(address: SocketAddr) -> Upstream {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Script {
            state: Mutex::new(State {
                standing: Answer::ok("ok"),
                next: VecDeque::new(),
                requests: Vec::new(),
                connections: 0,
            }),
            recorded: watch::Sender::new(0),
        });
        let server = tokio::spawn(serve(listener, Arc::clone(&script)));
        Upstream {
            address,
            script,
            server,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers so from here on.
    pub fn answer(&self, answer: Answer) {
        self.script.state().standing = answer;
    }

    /// Answers one more request so, before what stands.
    pub fn answer_next(&self, answer: Answer) {
        self.script.state().next.push_back(answer);
    }

    /// Every request so far, those on their way included, in the order in which their heads came.
    pub fn requests(&self) -> Vec<Recorded> {
        self.script.state().requests.clone()
    }

    /// The requests so far, which are forgotten: the next one has number 0.
    pub fn take(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.script.state().requests)
    }

    /// The request with a number, from 0, once it is there.
    pub async fn request(&self, number: usize) -> Recorded {
        let mut recorded = self.script.recorded.subscribe();
        let came = recorded.wait_for(|count| *count > number);
        limit("a request at the upstream", came).await.unwrap();
        self.script.state().requests[number].clone()
    }

    /// Connections that were accepted so far.
    pub fn connections(&self) -> usize {
        self.script.state().connections
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Recorded {
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// Every value of a field, in order.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let fields = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'));
        let own = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        own.map(|(_, value)| value.trim()).collect()
    }

    /// The one value of a field; empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        let values = self.values(name);
        assert!(values.len() < 2, "`{name}` is repeated in {:?}", self.head);
        values.first().copied().unwrap_or_default()
    }
}

impl Answer {
    pub fn ok(body: impl Into<Vec<u8>>) -> Answer {
        Answer::status(200).body(body)
    }

    pub fn status(status: u16) -> Answer {
        Answer {
            status,
            headers: Vec::new(),
            pieces: vec![Vec::new()],
            trailers: Vec::new(),
            raw: None,
            delay: Duration::ZERO,
            gate: None,
            echo: false,
            close_after: None,
        }
    }

    /// Sends bytes as they are and closes: garbage, half a head, too much of it.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Answer {
        Answer {
            raw: Some(bytes.into()),
            ..Answer::status(200)
        }
    }

    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Answer {
        self.pieces = vec![body.into()];
        self
    }

    /// Sends pieces as chunks, each in a write of its own.
    #[must_use]
    pub fn pieces(mut self, pieces: &[&str]) -> Answer {
        self.pieces = pieces
            .iter()
            .map(|piece| piece.as_bytes().to_vec())
            .collect();
        self
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Answer {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn trailer(mut self, name: &str, value: &str) -> Answer {
        self.trailers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Answers this much later.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Answer {
        self.delay = delay;
        self
    }

    /// Holds the answer, or the pieces after the first, until the gate is opened with `notify_one`.
    #[must_use]
    pub fn gate(mut self, gate: &Arc<Notify>) -> Answer {
        self.gate = Some(Arc::clone(gate));
        self
    }

    /// Sends back, after the answer, whatever comes: for connections that switch protocols.
    #[must_use]
    pub fn echo(mut self) -> Answer {
        self.echo = true;
        self
    }

    /// Closes the connection after so many bytes of the answer.
    #[must_use]
    pub fn close_after(mut self, bytes: usize) -> Answer {
        self.close_after = Some(bytes);
        self
    }

    fn chunked(&self) -> bool {
        self.pieces.len() != 1 || !self.trailers.is_empty()
    }

    fn head(&self, to_head: bool) -> String {
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", self.status);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let has_body = self.status >= 200 && ![204, 304].contains(&self.status);
        let own_length = |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-length");
        if self.chunked() {
            head += "transfer-encoding: chunked\r\n";
        } else if has_body && !(to_head && self.headers.iter().any(own_length)) {
            head += &format!("content-length: {}\r\n", self.pieces[0].len());
        }
        head + "\r\n"
    }

    /// What to write, in turn; the gate stands before the second write.
    fn writes(&self, to_head: bool) -> Vec<Vec<u8>> {
        if let Some(raw) = &self.raw {
            return vec![raw.clone()];
        }
        let mut writes = vec![self.head(to_head).into_bytes()];
        if to_head {
            return writes;
        }
        if !self.chunked() {
            writes[0].extend_from_slice(&self.pieces[0]);
            return writes;
        }
        for (number, piece) in self.pieces.iter().enumerate() {
            let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
            chunk.extend_from_slice(piece);
            chunk.extend_from_slice(b"\r\n");
            match number {
                0 => writes[0].extend_from_slice(&chunk),
                _ => writes.push(chunk),
            }
        }
        let trailers = self.trailers.iter();
        let trailers = trailers.map(|(name, value)| format!("{name}: {value}\r\n"));
        writes.push(format!("0\r\n{}\r\n", trailers.collect::<String>()).into_bytes());
        writes
    }
}

impl Script {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Keeps a request; gives what to answer.
    fn record(&self, request: Recorded) -> Answer {
        let mut state = self.state();
        state.requests.push(request);
        let answer = state.next.pop_front();
        let answer = answer.unwrap_or_else(|| state.standing.clone());
        let count = state.requests.len();
        drop(state);
        self.recorded.send_replace(count);
        answer
    }
}

async fn serve(listener: TcpListener, script: Arc<Script>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        let number = script.state().connections;
        script.state().connections += 1;
        let script = Arc::clone(&script);
        connections.spawn(async move {
            // A gateway that closes is no failure of the server's.
            _ = connection(BufStream::new(stream), number, &script).await;
        });
    }
}

async fn connection<S>(
    mut stream: BufStream<S>,
    number: usize,
    script: &Script,
) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        let head = read_until(&mut stream, b"\r\n\r\n").await?;
        let mut request = Recorded {
            head: String::from_utf8_lossy(&head).into_owned(),
            body: Vec::new(),
            trailers: String::new(),
            connection: number,
        };
        (request.body, request.trailers) = read_body(&mut stream, &request).await?;
        let to_head = request.head.starts_with("HEAD ");
        let answer = script.record(request);
        tokio::time::sleep(answer.delay).await;
        write(&mut stream, &answer, to_head).await?;
        if answer.echo {
            return echo(&mut stream).await;
        }
        if answer.raw.is_some() || answer.close_after.is_some() {
            return stream.shutdown().await;
        }
    }
}

async fn echo<S>(stream: &mut BufStream<S>) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        let bytes = stream.fill_buf().await?.to_vec();
        if bytes.is_empty() {
            return stream.shutdown().await;
        }
        stream.consume(bytes.len());
        stream.write_all(&bytes).await?;
        stream.flush().await?;
    }
}

async fn write<S>(stream: &mut BufStream<S>, answer: &Answer, to_head: bool) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let writes = answer.writes(to_head);
    let gate_at = usize::from(writes.len() > 1);
    let mut left = answer.close_after.unwrap_or(usize::MAX);
    for (number, bytes) in writes.iter().enumerate() {
        if let Some(gate) = answer.gate.as_ref().filter(|_| number == gate_at) {
            gate.notified().await;
        }
        let sent = left.min(bytes.len());
        stream.write_all(&bytes[..sent]).await?;
        stream.flush().await?;
        left -= sent;
    }
    Ok(())
}

/// Reads a body and its trailers.
async fn read_body<S>(
    stream: &mut BufStream<S>,
    request: &Recorded,
) -> std::io::Result<(Vec<u8>, String)>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut body, mut trailers) = (Vec::new(), String::new());
    if let Some(length) = request.values("content-length").first() {
        body.resize(length.parse().unwrap(), 0);
        stream.read_exact(&mut body).await?;
    } else if !request.values("transfer-encoding").is_empty() {
        loop {
            let line = read_until(stream, b"\r\n").await?;
            let size = String::from_utf8_lossy(&line);
            let size = usize::from_str_radix(size.trim(), 16).unwrap();
            if size == 0 {
                break;
            }
            let start = body.len();
            body.resize(start + size, 0);
            stream.read_exact(&mut body[start..]).await?;
            read_until(stream, b"\r\n").await?;
        }
        loop {
            let line = read_until(stream, b"\r\n").await?;
            if line.len() == 2 {
                break;
            }
            trailers += &String::from_utf8_lossy(&line);
        }
    }
    Ok((body, trailers))
}

/// Reads up to an end mark and through it.
async fn read_until<S>(stream: &mut BufStream<S>, end: &[u8]) -> std::io::Result<Vec<u8>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut read = Vec::new();
    while !read.ends_with(end) {
        read.push(stream.read_u8().await?);
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{raw, with_body};

    #[tokio::test]
    async fn request_is_recorded_as_it_came() {
        let upstream = Upstream::start().await;
        let request = "POST /a%2Fb HTTP/1.1\r\nHost: H\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\nx-a: 2\r\n\r\n\
                       3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        upstream.answer_next(Answer::ok("done").close_after(usize::MAX));
        let answer = raw(upstream.address(), request).await;
        assert!(
            answer.ends_with("\r\ncontent-length: 4\r\n\r\ndone"),
            "{answer}"
        );

        let recorded = upstream.request(0).await;
        assert_eq!(recorded.line(), "POST /a%2Fb HTTP/1.1");
        assert_eq!(recorded.values("x-a"), ["1", "2"]);
        assert_eq!(recorded.body, b"abcde");
    }

    #[tokio::test]
    async fn pieces_wait_for_their_gate() {
        let upstream = Upstream::start().await;
        let gate = Arc::new(Notify::new());
        let answer = Answer::status(200)
            .pieces(&["a", "b"])
            .trailer("x-end", "1");
        upstream.answer(answer.gate(&gate));
        gate.notify_one();
        let mut connection = crate::Connection::http1(upstream.address()).await;
        let reply = connection.send(with_body("POST", "/", &[], "body")).await;
        assert_eq!(reply.text(), "ab");
        assert_eq!(reply.trailers.unwrap()["x-end"], "1");
        assert_eq!(upstream.request(0).await.body, b"body");
    }
}
