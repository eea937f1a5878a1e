//! Sends requests: HTTP/1.1, HTTP/2, TLS, or bytes as they are.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
};

use crate::limit;

/// A response, read to its end.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub trailers: Option<HeaderMap>,
}

/// A connection that is kept.
#[derive(Debug)]
pub enum Connection {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

/// A request's body that is sent while the test goes on.
#[derive(Debug)]
pub struct Pieces(mpsc::Receiver<Frame<Bytes>>);

/// What sends the pieces, one ahead at most, and the body.
pub fn pieces() -> (mpsc::Sender<Frame<Bytes>>, Pieces) {
    let (sender, receiver) = mpsc::channel(1);
    (sender, Pieces(receiver))
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(task).map(|frame| frame.map(Ok))
    }
}

/// A request to send: `request("GET", "/a", &[("x-api-key", "k")])`.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Request<Full<Bytes>> {
    with_body(method, path, headers, "")
}

pub fn with_body(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Request<Full<Bytes>> {
    let mut builder = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(Full::new(body.into())).unwrap()
}

impl Reply {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The one value of a field; empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    async fn read<B>(response: http::Response<B>) -> Result<Reply, B::Error>
    where
        B: http_body::Body<Data = Bytes>,
    {
        let (head, body) = response.into_parts();
        let body = body.collect().await?;
        Ok(Reply {
            status: head.status,
            headers: head.headers,
            trailers: body.trailers().cloned(),
            body: body.to_bytes(),
        })
    }
}

impl Connection {
    /// HTTP/1.1 on plain text.
    pub async fn http1(address: SocketAddr) -> Connection {
        Connection::over_http1(tcp(address).await).await
    }

    /// HTTP/2 on plain text, with prior knowledge.
    pub async fn http2(address: SocketAddr) -> Connection {
        Connection::over_http2(tcp(address).await).await
    }

    /// TLS for a server name; the protocol that was agreed on.
    pub async fn tls(address: SocketAddr, name: &str, config: Arc<ClientConfig>) -> Connection {
        let stream = tls(address, name, config).await.unwrap();
        match stream.get_ref().1.alpn_protocol() {
            Some(b"h2") => Connection::over_http2(stream).await,
            _ => Connection::over_http1(stream).await,
        }
    }

    /// Sends one request and reads the whole reply.
    pub async fn send(&mut self, request: Request<Full<Bytes>>) -> Reply {
        self.try_send(request).await.unwrap()
    }

    /// The same, where the connection may break.
    pub async fn try_send(&mut self, mut request: Request<Full<Bytes>>) -> hyper::Result<Reply> {
        limit("a reply", async {
            let response = match self {
                Connection::Http1(sender) => {
                    sender.ready().await?;
                    if !request.headers().contains_key("host") {
                        let host = http::HeaderValue::from_static("localhost");
                        request.headers_mut().insert("host", host);
                    }
                    sender.send_request(request).await?
                }
                Connection::Http2(sender) => {
                    sender.ready().await?;
                    sender.send_request(absolute(request)).await?
                }
            };
            Reply::read(response).await
        })
        .await
    }

    async fn over_http1(
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> Connection {
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection.with_upgrades());
        Connection::Http1(sender)
    }

    async fn over_http2(
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> Connection {
        let stream = TokioIo::new(stream);
        let (sender, connection) = http2::handshake(TokioExecutor::new(), stream)
            .await
            .unwrap();
        tokio::spawn(connection);
        Connection::Http2(sender)
    }
}

/// Sends bytes as they are and reads until the other side closes.
pub async fn raw(address: SocketAddr, bytes: impl AsRef<[u8]>) -> String {
    let mut stream = tcp(address).await;
    limit("an answer and its end", async {
        // A server that refuses may close before it has read all.
        _ = stream.write_all(bytes.as_ref()).await;
        let mut answer = Vec::new();
        _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    })
    .await
}

/// A TLS stream, or why there is none.
pub async fn tls(
    address: SocketAddr,
    name: &str,
    config: Arc<ClientConfig>,
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let stream = tcp(address).await;
    limit("a TLS handshake", async {
        tokio_rustls::TlsConnector::from(config)
            .connect(name, stream)
            .await
    })
    .await
}

pub async fn tcp(address: SocketAddr) -> TcpStream {
    let stream = limit("a connection", TcpStream::connect(address)).await;
    stream.unwrap_or_else(|error| panic!("{address}: {error}"))
}

/// HTTP/2 names scheme and authority in the target.
fn absolute(request: Request<Full<Bytes>>) -> Request<Full<Bytes>> {
    let (mut head, body) = request.into_parts();
    let host = head.headers.remove("host");
    let host = host
        .as_ref()
        .map_or("localhost", |host| host.to_str().unwrap());
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    head.uri = format!("http://{host}{path}").parse().unwrap();
    head.version = http::Version::HTTP_2;
    Request::from_parts(head, body)
}
