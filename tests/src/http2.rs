//! An upstream that speaks HTTP/2, by prior knowledge or TLS, and answers as it is asked to.

use std::{
    convert::Infallible,
    error::Error,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// Sends back what it gets, piece by piece, as gRPC servers do: the trailers too. At `/large` it sends as much.
#[derive(Debug)]
pub struct Echo {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

/// More than windows and sockets hold.
const LARGE: usize = 16 << 20;

type Body = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

impl Echo {
    pub async fn start() -> Echo {
        Echo::at(([127, 0, 0, 1], 0).into()).await
    }

    /// At an address of the test's choice.
    pub async fn at(address: SocketAddr) -> Echo {
        Echo::over(address, None).await
    }

    pub async fn tls(config: Arc<ServerConfig>) -> Echo {
        Echo::over(([127, 0, 0, 1], 0).into(), Some(config)).await
    }

    async fn over(address: SocketAddr, tls: Option<Arc<ServerConfig>>) -> Echo {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::<AtomicUsize>::default();
        let server = tokio::spawn(serve(listener, tls, Arc::clone(&requests)));
        Echo {
            address,
            requests,
            server,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn requests(&self) -> usize {
        self.requests.load(SeqCst)
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, tls: Option<Arc<ServerConfig>>, requests: Arc<AtomicUsize>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (tls, requests) = (tls.clone(), Arc::clone(&requests));
        connections.spawn(async move {
            // A gateway that closes is no failure of the server's.
            match tls {
                None => converse(stream, &requests).await,
                Some(tls) => {
                    if let Ok(stream) = TlsAcceptor::from(tls).accept(stream).await {
                        converse(stream, &requests).await;
                    }
                }
            }
        });
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    requests: &AtomicUsize,
) {
    let service = service_fn(|request: Request<Incoming>| {
        requests.fetch_add(1, SeqCst);
        let body: Body = match request.uri().path() {
            "/large" => Full::from(vec![0; LARGE])
                .map_err(Into::into)
                .boxed_unsync(),
            _ => request.into_body().map_err(Into::into).boxed_unsync(),
        };
        async { Ok::<_, Infallible>(Response::new(body)) }
    });
    let server = http2::Builder::new(TokioExecutor::new());
    _ = server.serve_connection(TokioIo::new(stream), service).await;
}
