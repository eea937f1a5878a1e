//! Upstreams that do wrong: each ends the request with a name for what happened, and none is passed off as an answer.

use super::{server::Step::*, *};

#[test]
fn slow_head_times_out() {
    run(async {
        let server = Server::start(&[Silence]).await;
        let mut client = Client::of(&[&server]);
        client.timeout = Duration::from_millis(5);
        let fault = client.get().await.unwrap_err();
        assert!(matches!(fault, UpstreamFault::HeadTimedOut(_)), "{fault}");
        assert_eq!(server.requests(), 1);
    });
}

#[test]
fn flood_of_interim_responses_times_out() {
    run(async {
        let server =
            Server::start(&[Flood("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")]).await;
        let mut client = Client::of(&[&server]);
        client.timeout = Duration::from_millis(50);
        let fault = client.get().await.unwrap_err();
        assert!(matches!(fault, UpstreamFault::HeadTimedOut(_)), "{fault}");
    });
}

#[test]
fn interim_responses_are_passed_over() {
    run(async {
        const ANSWER: &str = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\na: b\r\n\r\n\
                              HTTP/1.1 204 No Content\r\n\r\n";
        let server = Server::start(&[Answer(ANSWER)]).await;
        let client = Client::of(&[&server]);
        assert_eq!(client.get().await.unwrap(), 204);
        assert_eq!(client.get().await.unwrap(), 204);
        assert_eq!(server.connections(), [0, 0]);
    });
}

#[test]
fn garbage_is_malformed() {
    const GARBAGE: [&str; 9] = [
        "garbage\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 99 OK\r\n\r\n",
        "HTTP/3.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
        "HTTP/1.1 200 OK\r\na : c\r\n\r\n",
        "HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n",
        "HTTP/1.1 200 OK\r\na: \0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
    ];
    run(async {
        for garbage in GARBAGE {
            let steps = Vec::leak(vec![Last(garbage)]);
            let server = Server::start(steps).await;
            let fault = Client::of(&[&server]).post().await.expect_err(garbage);
            assert!(
                matches!(fault, UpstreamFault::Malformed(_)),
                "{garbage}: {fault}"
            );
        }
    });
}

#[test]
fn endless_head_is_malformed() {
    run(async {
        for flood in ["a: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n", "x"] {
            let text = format!("HTTP/1.1 200 OK\r\n{}", flood.repeat(1 << 20 >> 3));
            let server = Server::start(Vec::leak(vec![Last(text.leak())])).await;
            let fault = Client::of(&[&server]).post().await.unwrap_err();
            assert!(matches!(fault, UpstreamFault::Malformed(_)), "{fault}");
        }
    });
}

#[test]
fn closing_without_an_answer_is_named() {
    run(async {
        for partial in [
            "",
            "HTTP/1.1 200",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n",
        ] {
            let server = Server::start(Vec::leak(vec![Last(partial)])).await;
            let fault = Client::of(&[&server]).post().await.unwrap_err();
            assert!(
                matches!(fault, UpstreamFault::ClosedEarly),
                "{partial}: {fault}"
            );
        }
    });
}

#[test]
fn body_that_is_cut_is_an_error() {
    const CUT: [&str; 4] = [
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhel",
    ];
    run(async {
        for cut in CUT {
            let server = Server::start(Vec::leak(vec![Last(cut)])).await;
            let response = Client::of(&[&server])
                .send(Request::new(Body::empty()))
                .await;
            let body = response.unwrap().into_body().buffer(100).await;
            assert!(matches!(body, Err(BodyError::Closed(_))), "{cut}: {body:?}");
        }
    });
}

#[test]
fn silent_body_is_given_up() {
    run(async {
        const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe";
        let server = Server::start(&[Answer(HEAD)]).await;
        let mut client = Client::of(&[&server]);
        client.idle = Duration::from_millis(5);
        let response = client.send(Request::new(Body::empty())).await.unwrap();
        let body = response.into_body().buffer(100).await;
        assert!(matches!(body, Err(BodyError::Idle(_))), "{body:?}");
    });
}

#[test]
fn failing_request_body_is_not_the_targets_fault() {
    run(async {
        let server = Server::start(&[Answer(OK)]).await;
        let mut settings = settings(&[server.address]);
        settings.health.failures = 1;
        let client = Client::new(settings);
        let body = pieces(&[Ok("x"), Err(BodyError::TooLarge(1))]);
        let fault = client.ask(Method::PUT, body).await.unwrap_err();
        let expected = UpstreamFault::RequestBody(BodyError::TooLarge(1));
        assert_eq!(fault.to_string(), expected.to_string());
        assert!(client.upstreams.list[0].targets[0].condition.is_well());
    });
}

#[test]
fn unreachable_names_are_named() {
    run(async {
        let mut settings = settings(&[nobody().await]);
        settings.targets[0].host = "name.invalid".to_owned();
        let client = Client::new(settings);
        let failure = client.send(Request::new(Body::empty())).await.unwrap_err();
        assert!(matches!(failure.fault, UpstreamFault::NameNotResolved(_)));
        let text = failure.to_string();
        assert!(
            text.starts_with("upstream `orders`, target `http://name.invalid:"),
            "{text}"
        );
    });
}

#[test]
fn endings_by_close_are_accepted() {
    run(async {
        let server = Server::start(&[Last("HTTP/1.0 200 OK\r\n\r\nhello")]).await;
        let response = Client::of(&[&server])
            .send(Request::new(Body::empty()))
            .await;
        let body = response.unwrap().into_body().buffer(100).await;
        assert_eq!(body.unwrap(), "hello");
    });
}

#[test]
fn failing_check_takes_a_target_out_and_in_again() {
    run(async {
        const ERROR: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
        let server = Server::start(&[Answer(ERROR), Answer(ERROR), Answer(OK)]).await;
        let mut settings = settings(&[server.address]);
        settings.health.check = Some(config::HealthCheck {
            path: "/health".to_owned(),
            interval: Duration::from_millis(1),
            timeout: LONG,
        });
        let upstreams = std::sync::Arc::new(Upstreams::new(&[settings]).unwrap());
        Upstreams::maintain(std::sync::Arc::downgrade(&upstreams)).await;
        let condition = &upstreams.list[0].targets[0].condition;
        while condition.is_well() {
            tokio::task::yield_now().await;
        }
        while !condition.is_well() {
            tokio::task::yield_now().await;
        }
        assert!(server.request(0).starts_with("GET /health HTTP/1.1\r\n"));
    });
}
