//! HTTP/2: by prior knowledge and by ALPN, with many requests on a connection and trailers.

use std::{cell::Cell, convert::Infallible, rc::Rc, sync::Arc};

use http::{HeaderMap, HeaderValue, header::TE};
use http_body_util::BodyExt;
use hyper::{
    body::Incoming,
    rt::{Executor, Read, Write},
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

#[derive(Clone)]
struct Local;

impl<F: Future<Output = ()> + 'static> Executor<F> for Local {
    fn execute(&self, task: F) {
        tokio::task::spawn_local(task);
    }
}

/// Where [`echo`] shows the request's `te`.
const ASKED: http::HeaderName = http::HeaderName::from_static("asked-te");

/// Answers with the request's target, its `te`, its body and its trailers.
async fn echo(request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let uri = request.uri().to_string().parse().unwrap();
    let te = request.headers().get(TE).cloned();
    let mut response = Response::new(Body::incoming(request.into_body(), u64::MAX, LONG));
    response.headers_mut().insert("uri", uri);
    response.headers_mut().extend(te.map(|te| (ASKED, te)));
    Ok(response)
}

async fn serve(stream: impl Read + Write + Unpin + 'static) {
    let server = hyper::server::conn::http2::Builder::new(Local);
    let _ = server.serve_connection(stream, service_fn(echo)).await;
}

/// An HTTP/2 server, and how many connections it has accepted.
async fn start(tls: Option<TlsAcceptor>) -> (SocketAddr, Rc<Cell<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let accepted = Rc::new(Cell::new(0));
    let count = accepted.clone();
    tokio::task::spawn_local(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            count.set(count.get() + 1);
            let tls = tls.clone();
            tokio::task::spawn_local(async move {
                match tls {
                    None => serve(TokioIo::new(stream)).await,
                    Some(tls) => {
                        if let Ok(stream) = tls.accept(stream).await {
                            serve(TokioIo::new(stream)).await;
                        }
                    }
                }
            });
        }
    });
    (address, accepted)
}

fn prior_knowledge(address: SocketAddr) -> Client {
    let mut settings = settings(&[address]);
    settings.http2 = true;
    Client::new(settings)
}

#[test]
fn requests_share_a_connection() {
    run(async {
        let (address, accepted) = start(None).await;
        let client = prior_knowledge(address);
        client.get().await.unwrap();
        let (first, second, third) = tokio::join!(client.get(), client.post(), client.get());
        assert_eq!((first, second, third).0.unwrap(), 200);
        assert_eq!(accepted.get(), 1);
    });
}

#[test]
fn trailers_pass_both_ways() {
    run(async {
        let (address, _) = start(None).await;
        let trailers = HeaderMap::from_iter([(
            "grpc-status".parse().unwrap(),
            HeaderValue::from_static("0"),
        )]);
        let mut request = Request::new(frames([
            Ok(Frame::data("message".into())),
            Ok(Frame::trailers(trailers.clone())),
        ]));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = "/service/Method".parse().unwrap();
        let te = HeaderValue::from_static("trailers");
        request.headers_mut().insert(TE, te.clone());

        let response = prior_knowledge(address).send(request).await.unwrap();
        assert_eq!(
            response.headers()["uri"],
            format!("http://{address}/service/Method")
        );
        assert_eq!(response.headers()[ASKED], te);
        let whole = response.into_body().collect().await.unwrap();
        assert_eq!(whole.trailers(), Some(&trailers));
        assert_eq!(whole.to_bytes(), "message");
    });
}

#[test]
fn closed_connection_is_replaced() {
    run(async {
        let (address, accepted) = start(None).await;
        let client = prior_knowledge(address);
        client.get().await.unwrap();
        let wrong = Server::start(&[server::Step::Close]).await;
        let fault = prior_knowledge(wrong.address).post().await.unwrap_err();
        assert!(matches!(
            fault,
            UpstreamFault::ClosedEarly | UpstreamFault::Malformed(_)
        ));
        client.post().await.unwrap();
        assert_eq!(accepted.get(), 1);
    });
}

#[test]
fn tls_with_private_roots_agrees_on_http2() {
    run(async {
        let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::from_pem_slice(certificate.signing_key.serialize_pem().as_bytes());
        let mut server = rustls::ServerConfig::builder_with_provider(Arc::new(
            rustls::crypto::aws_lc_rs::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.cert.der().clone()], key.unwrap())
        .unwrap();
        server.alpn_protocols = vec![b"h2".to_vec()];
        let (address, accepted) = start(Some(Arc::new(server).into())).await;

        let roots = std::env::temp_dir().join(format!("roots-{:x}.pem", fastrand::u64(..)));
        std::fs::write(&roots, certificate.cert.pem()).unwrap();
        let mut settings = settings(&[address]);
        settings.targets[0].tls = true;
        settings.targets[0].host = "localhost".to_owned();
        settings.roots = Some(roots.clone());
        let client = Client::new(settings.clone());
        std::fs::remove_file(&roots).unwrap();
        client.post().await.unwrap();
        client.get().await.unwrap();
        assert_eq!(accepted.get(), 1);

        settings.roots = None;
        if let Ok(upstreams) = Upstreams::new(&[settings]) {
            let stranger = Client {
                upstreams,
                ..client
            };
            let fault = stranger.get().await.unwrap_err();
            assert!(matches!(fault, UpstreamFault::TlsFailed(_)), "{fault}");
        }
    });
}
