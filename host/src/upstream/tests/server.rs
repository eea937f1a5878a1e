//! A server that does as a script says, and keeps what it was sent.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What to do with a request.
#[derive(Clone, Copy)]
pub(super) enum Step {
    Answer(&'static str),
    /// Answers, then closes without having said so.
    Last(&'static str),
    Close,
    Silence,
    /// Sends this for ever.
    Flood(&'static str),
}

pub(super) struct Server {
    pub(super) address: SocketAddr,
    /// The number of the connection and the text of each request.
    log: Rc<RefCell<Vec<(usize, String)>>>,
    open: Rc<Cell<usize>>,
}

impl Server {
    /// Answers the first request by the first step and so on, the last step again and again.
    pub(super) async fn start(steps: &'static [Step]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let log = Rc::default();
        let open = Rc::new(Cell::new(0));
        let server = Server {
            address,
            log: Rc::clone(&log),
            open: Rc::clone(&open),
        };
        tokio::task::spawn_local(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let (log, open) = (Rc::clone(&log), Rc::clone(&open));
                tokio::task::spawn_local(async move {
                    open.set(open.get() + 1);
                    serve(stream, connection, steps, log).await;
                    open.set(open.get() - 1);
                });
            }
        });
        server
    }

    pub(super) fn requests(&self) -> usize {
        self.log.borrow().len()
    }

    /// Connections that are open.
    pub(super) fn open(&self) -> usize {
        self.open.get()
    }

    pub(super) fn request(&self, number: usize) -> String {
        self.log.borrow()[number].1.clone()
    }

    /// The connection of each request.
    pub(super) fn connections(&self) -> Vec<usize> {
        self.log
            .borrow()
            .iter()
            .map(|(connection, _)| *connection)
            .collect()
    }
}

async fn serve(
    mut stream: TcpStream,
    connection: usize,
    steps: &'static [Step],
    log: Rc<RefCell<Vec<(usize, String)>>>,
) {
    while let Some(request) = read(&mut stream).await {
        log.borrow_mut().push((connection, request));
        let number = log.borrow().len();
        match steps[number.min(steps.len()) - 1] {
            Step::Answer(answer) => stream.write_all(answer.as_bytes()).await.unwrap(),
            Step::Last(answer) => return stream.write_all(answer.as_bytes()).await.unwrap(),
            Step::Close => return,
            Step::Silence => std::future::pending().await,
            Step::Flood(answer) => while stream.write_all(answer.as_bytes()).await.is_ok() {},
        }
    }
}

/// One request: its head, and as much of a body as it declares; none at the end of the connection.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let declared = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let whole = match declared {
                Some(length) => body.len() >= length.parse().unwrap(),
                None => !head.contains("chunked") || body.ends_with("0\r\n\r\n"),
            };
            if whole {
                return Some(text);
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => text.push_str(std::str::from_utf8(&buffer[..read]).unwrap()),
        }
    }
}
