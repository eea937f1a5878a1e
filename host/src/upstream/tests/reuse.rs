//! Which connection a request takes, and what is sent twice.

use std::rc::Rc;

use super::{server::Step::*, *};

#[test]
fn connections_are_used_again() {
    run(async {
        let server = Server::start(&[Answer(OK)]).await;
        let client = Client::of(&[&server]);
        for _ in 0..5 {
            assert_eq!(client.get().await.unwrap(), 200);
        }
        assert_eq!(server.connections(), [0; 5]);
    });
}

#[test]
fn requests_under_way_do_not_share_a_connection() {
    run(async {
        let server = Server::start(&[Answer(OK)]).await;
        let client = Client::of(&[&server]);
        let (first, second) = tokio::join!(client.get(), client.get());
        assert_eq!((first.unwrap(), second.unwrap()), (200, 200));
        let mut connections = server.connections();
        connections.sort_unstable();
        assert_eq!(connections, [0, 1]);
    });
}

#[test]
fn waves_of_requests_find_their_connections_again() {
    run(async {
        let server = Server::start(&[Answer(OK)]).await;
        let client = Rc::new(Client::of(&[&server]));
        for _ in 0..2 {
            wave(&client, 300).await;
            // Each connection sees the end of its answer at its own turn.
            for _ in 0..300 {
                tokio::task::yield_now().await;
            }
        }
        let last = server.connections().into_iter().max();
        assert_eq!(last, Some(299));
    });
}

#[test]
fn connections_of_a_wave_are_closed_after_it() {
    run(async {
        let server = Server::start(&[Answer(OK)]).await;
        let client = Rc::new(Client::of(&[&server]));
        wave(&client, 300).await;
        client.connections.second();
        client.connections.second();
        // Ends are seen by the server in their time.
        while server.open() > 256 {
            tokio::task::yield_now().await;
        }
        assert_eq!(server.open(), 256);
    });
}

/// So many requests at once.
async fn wave(client: &Rc<Client>, requests: usize) {
    let mut wave = tokio::task::JoinSet::new();
    for _ in 0..requests {
        let client = Rc::clone(client);
        wave.spawn_local(async move { client.get().await.unwrap() });
    }
    wave.join_all().await;
}

#[test]
fn target_gets_its_own_host() {
    run(async {
        let server = Server::start(&[Answer(OK)]).await;
        let client = Client::of(&[&server]);
        client.get().await.unwrap();
        let head = format!("GET /a?b HTTP/1.1\r\nhost: {}\r\n\r\n", server.address);
        assert_eq!(server.request(0), head);
    });
}

#[test]
fn closed_idle_connection_is_not_used() {
    run(async {
        let server = Server::start(&[Last(OK), Answer(OK)]).await;
        let client = Client::of(&[&server]);
        client.get().await.unwrap();
        // The close has arrived once a later connection to the same server has been answered.
        let probe = Client::of(&[&server]);
        probe.get().await.unwrap();
        assert_eq!(client.post().await.unwrap(), 200);
        assert_eq!(server.connections(), [0, 1, 2]);
    });
}

#[test]
fn sent_get_is_repeated_on_a_fresh_connection() {
    run(async {
        let server = Server::start(&[Answer(OK), Close, Answer(OK)]).await;
        let client = Client::of(&[&server]);
        client.get().await.unwrap();
        assert_eq!(client.get().await.unwrap(), 200);
        assert_eq!(server.connections(), [0, 0, 1]);
    });
}

#[test]
fn sent_post_is_never_repeated() {
    run(async {
        let server = Server::start(&[Answer(OK), Close, Answer(OK)]).await;
        let client = Client::of(&[&server]);
        client.get().await.unwrap();
        let fault = client.post().await.unwrap_err();
        assert!(matches!(fault, UpstreamFault::ClosedEarly), "{fault}");
        assert_eq!(server.requests(), 2);
    });
}

#[test]
fn streamed_put_is_never_repeated() {
    run(async {
        let server = Server::start(&[Close, Answer(OK)]).await;
        let client = Client::of(&[&server]);
        let fault = client.ask(Method::PUT, pieces(&[Ok("x")])).await;
        assert!(matches!(fault, Err(UpstreamFault::ClosedEarly)));
        assert_eq!(server.requests(), 1);
    });
}

#[test]
fn refused_target_is_replaced_even_for_a_stream() {
    run(async {
        let server = Server::start(&[Answer(OK)]).await;
        let targets = [nobody().await, server.address];
        for _ in 0..8 {
            let client = Client::new(settings(&targets));
            let status = client.ask(Method::POST, pieces(&[Ok("x")])).await;
            assert_eq!(status.unwrap(), 200);
        }
    });
}

#[test]
fn exhausted_budget_ends_retries() {
    run(async {
        let mut settings = settings(&[nobody().await]);
        settings.retries.budget = 0;
        settings.retries.attempts = 1000;
        settings.retries.backoff = LONG;
        let fault = Client::new(settings).get().await.unwrap_err();
        assert!(matches!(fault, UpstreamFault::ConnectionRefused), "{fault}");
    });
}

#[test]
fn get_is_repeated_elsewhere_until_attempts_are_used_up() {
    run(async {
        let server = Server::start(&[Close]).await;
        let fault = Client::of(&[&server]).get().await.unwrap_err();
        assert!(matches!(fault, UpstreamFault::ClosedEarly), "{fault}");
        assert_eq!(server.requests(), 3);
    });
}

#[test]
fn failing_target_is_left_out_for_a_while() {
    run(async {
        let bad = Server::start(&[Close]).await;
        let good = Server::start(&[Answer(OK)]).await;
        let mut settings = settings(&[bad.address, good.address]);
        settings.health.failures = 2;
        let client = Client::new(settings);
        for _ in 0..50 {
            client.get().await.unwrap();
        }
        assert_eq!(bad.requests(), 2);
        assert_eq!(good.requests(), 50);
    });
}

#[test]
fn nobody_is_left_out_when_nobody_is_well() {
    run(async {
        let server = Server::start(&[Close, Close, Close, Answer(OK)]).await;
        let mut settings = settings(&[server.address]);
        settings.health.failures = 1;
        settings.retries.attempts = 0;
        let client = Client::new(settings);
        for _ in 0..3 {
            client.get().await.unwrap_err();
        }
        assert_eq!(client.get().await.unwrap(), 200);
    });
}

#[test]
fn reload_keeps_connections() {
    run(async {
        let server = Server::start(&[Answer(OK)]).await;
        let mut client = Client::of(&[&server]);
        client.get().await.unwrap();
        let mut reloaded = vec![settings(&[nobody().await]), settings(&[server.address])];
        reloaded[1].name = "renamed".to_owned();
        client.upstreams = Upstreams::new(&reloaded).unwrap();
        let response = client.send_to(1, Request::new(Body::empty())).await;
        assert_eq!(response.unwrap().status(), 200);
        assert_eq!(server.connections(), [0, 0]);
    });
}

#[test]
fn less_busy_target_is_preferred() {
    run(async {
        let slow = Server::start(&[Silence]).await;
        let quick = Server::start(&[Answer(OK)]).await;
        let client = Client::of(&[&slow, &quick]);
        let pools = client.connections.pools(&client.upstreams, 0);
        let loads = || [0, 1].map(|target| pools.pools[target].load.requests());
        // Of two at once each target gets one; only the slow one keeps it.
        let both = async { drop(tokio::join!(client.get(), client.get())) };
        let others = async {
            while loads() != [1, 0] || slow.requests() == 0 {
                tokio::task::yield_now().await;
            }
            for _ in 0..20 {
                client.get().await.unwrap();
            }
        };
        tokio::select! { biased; () = both => {}, () = others => {} }
        assert_eq!((slow.requests(), quick.requests()), (1, 21));
    });
}
