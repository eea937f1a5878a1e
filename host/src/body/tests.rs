#![expect(clippy::unwrap_used, reason = "tests")]

use std::{cell::RefCell, rc::Rc};

use super::*;

/// The request body that a hyper server delivers for these bytes, read by `read`.
async fn delivered<F: Future>(
    head: &str,
    rest: &'static [u8],
    read: impl Fn(Incoming) -> F,
) -> F::Output
where
    F::Output: 'static,
{
    let (mut client, server) = tokio::io::duplex(1 << 16);
    let head = head.to_owned();
    let seen = Rc::new(RefCell::new(None));
    let service = hyper::service::service_fn(|request: http::Request<Incoming>| {
        let reading = read(request.into_body());
        let seen = seen.clone();
        async move {
            *seen.borrow_mut() = Some(reading.await);
            Ok::<_, std::convert::Infallible>(http::Response::new(Body::empty()))
        }
    });
    let serve = hyper::server::conn::http1::Builder::new()
        .serve_connection(hyper_util::rt::TokioIo::new(server), service);
    let send = async {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        client.write_all(head.as_bytes()).await.unwrap();
        client.write_all(rest).await.unwrap();
        // Until the response has begun.
        let _ = client.read_u8().await;
    };
    tokio::select! { _ = serve => {}, () = send => {} }
    seen.take().unwrap()
}

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(5);

#[tokio::test]
async fn body_is_buffered_whole() {
    let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n";
    let body = delivered(head, b"hello", |body| {
        Body::incoming(body, 10, LONG).buffer(10)
    })
    .await;
    assert_eq!(body.unwrap(), "hello");
}

#[tokio::test]
async fn chunks_are_joined_and_trailers_dropped() {
    let head = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ntrailer: x\r\n\r\n";
    let chunks = b"2\r\nhe\r\n3\r\nllo\r\n0\r\nx: y\r\n\r\n";
    let body = delivered(head, chunks, |body| {
        Body::incoming(body, 10, LONG).buffer(10)
    })
    .await;
    assert_eq!(body.unwrap(), "hello");
}

#[tokio::test]
async fn declared_length_over_the_limit_is_refused_unread() {
    let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 11\r\n\r\n";
    let body = delivered(head, b"", |body| async {
        let body = Body::incoming(body, 10, LONG);
        assert!(body.check_length().is_err());
        body.buffer(100).await
    });
    assert!(matches!(body.await, Err(BodyError::TooLarge(10))));
}

#[tokio::test]
async fn chunks_over_the_limit_are_refused() {
    let head = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
    for (limit, buffer) in [(3, 100), (100, 3)] {
        let body = delivered(head, b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", |body| {
            Body::incoming(body, limit, LONG).buffer(buffer)
        });
        assert!(matches!(body.await, Err(BodyError::TooLarge(3))));
    }
}

#[tokio::test]
async fn silent_sender_is_given_up() {
    let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n";
    let body = delivered(head, b"he", |body| {
        Body::incoming(body, 10, SHORT).buffer(10)
    });
    assert!(matches!(body.await, Err(BodyError::Idle(SHORT))));
}

#[tokio::test]
async fn sizes_stay_exact() {
    assert_eq!(Body::empty().size_hint().exact(), Some(0));
    assert_eq!(Body::full("abc").size_hint().exact(), Some(3));
    assert!(Body::full("").is_end_stream());
    let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n";
    let size = delivered(head, b"hello", |body| async {
        Body::incoming(body, 10, LONG).size_hint().exact()
    });
    assert_eq!(size.await, Some(5));
}

#[tokio::test]
async fn only_bodies_that_are_here_are_replayed() {
    assert!(Body::empty().replay().is_some());
    let body = Body::full("abc").replay().unwrap();
    assert_eq!(body.buffer(3).await.unwrap(), "abc");
    assert!(Body::stream(Body::full("abc")).replay().is_none());
}
