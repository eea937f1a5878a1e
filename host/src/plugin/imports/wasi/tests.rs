//! WASI as a guest meets it: output to the log, one clock, requests by the same rules.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{pin::Pin, sync::Mutex};

use http::{Request, Response};
use http_body_util::{BodyExt, Empty};
use tokio::task::LocalSet;
use tracing_subscriber::fmt::MakeWriter;
use wasmtime_wasi::cli::StdoutStream;
use wasmtime_wasi_http::{Error, WasiBody};

use super::*;
use crate::plugin::imports::testing::{Server, ok, state};

/// What is logged while something runs.
fn logged(run: impl FnOnce()) -> String {
    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Buffer {
        type Writer = Buffer;

        fn make_writer(&self) -> Buffer {
            self.clone()
        }
    }

    let buffer = Buffer::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(buffer.clone())
        .without_time()
        .with_ansi(false)
        .finish();
    tracing::subscriber::with_default(subscriber, run);
    let bytes = buffer.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

async fn send(state: &mut State, url: &str) -> Result<Response<WasiBody>, Error> {
    let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
    let request = Request::get(url).body(body).unwrap();
    let done = Box::new(std::future::ready(Ok(())));
    let sent = state.http().hooks.send_request(request, None, done);
    Pin::from(sent).await.map(|(response, _)| response)
}

#[test]
fn output_becomes_lines_of_the_log() {
    let text = logged(|| {
        let mut state = state(&[]);
        let mut stdout = state.wasi().output.stdout().p2_stream();
        stdout.write("one\r\ntw".into()).unwrap();
        stdout.write("o\n\nrest".into()).unwrap();
        let mut stderr = state.wasi().output.stderr().p2_stream();
        stderr.write("oops\x1b[31m\n".into()).unwrap();
    });
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    assert_eq!(
        lines,
        [
            r#"INFO plugin: one\r plugin="test""#,
            r#"INFO plugin: two plugin="test""#,
            r#"WARN plugin: oops\u{1b}[31m plugin="test""#,
            r#"INFO plugin: rest plugin="test""#,
        ]
    );
}

#[test]
fn a_flood_is_cut_and_counted() {
    let mut dropped = 0;
    let text = logged(|| {
        let mut state = state(&[]);
        let mut stdout = state.wasi().output.stdout().p2_stream();
        for _ in 0..100 {
            stdout.write("line\n".into()).unwrap();
        }
        stdout.write("x".repeat(1 << 20).into()).unwrap();
        dropped = state.scope.services.dropped_lines()[0].1;
    });
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(dropped > 300, "{dropped}");
}

#[test]
fn the_clock_never_starts_anew() {
    let before = Monotonic.now();
    state(&[]).wasi();
    assert!(Monotonic.now() >= before);
}

#[test]
fn an_untouched_context_holds_nothing() {
    let mut state = state(&[]);
    assert!(!state.holds_resources());
    assert!(state.ctx().table.is_empty());
    state.ctx().table.push(1_u8).unwrap();
    assert!(state.holds_resources());
}

#[test]
fn resources_are_bounded() {
    let mut state = state(&[]);
    let table = state.ctx().table;
    assert_eq!(
        (0..).take_while(|_| table.push(1_u8).is_ok()).count(),
        RESOURCES
    );
}

#[tokio::test]
async fn requests_pass_the_same_checks() {
    LocalSet::new()
        .run_until(async {
            let server = Server::start(|_| ok("streamed")).await;
            let mut state = state(&[&server.grant()]);
            let response = send(&mut state, &server.url("/x?y")).await.unwrap();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(&*body, b"streamed");
            assert!(server.seen.borrow()[0].starts_with("GET /x?y HTTP/1.1\r\n"));
            for url in [
                "http://127.0.0.1:1/",
                "http://169.254.169.254/",
                "http://localhost/",
            ] {
                let refused = send(&mut state, url).await;
                assert!(matches!(refused, Err(Error::HttpRequestDenied)), "{url}");
            }
            for _ in 0..4 {
                assert!(send(&mut state, &server.url("/")).await.is_ok());
            }
            let refused = send(&mut state, &server.url("/")).await;
            assert!(matches!(refused, Err(Error::ConnectionLimitReached)));
        })
        .await;
}

#[tokio::test]
async fn without_a_grant_nothing_goes_out() {
    let refused = send(&mut state(&[]), "http://example.com/").await;
    assert!(matches!(refused, Err(Error::HttpRequestDenied)));
}

#[tokio::test]
async fn streamed_answers_are_bounded() {
    LocalSet::new()
        .run_until(async {
            let server = Server::start(|_| ok(&"x".repeat(1001))).await;
            let response = send(&mut state(&[&server.grant()]), &server.url("/"))
                .await
                .unwrap();
            let body = response.into_body().collect().await;
            assert!(matches!(body, Err(Error::HttpResponseBodySize(Some(1000)))));
        })
        .await;
}
