//! Answers of upstreams: a client gets one that has one reading, or none.

use wasmgate_tests::{Answer, Connection, Gateway, Upstream, client::request, framing};

#[tokio::test]
async fn every_answer_has_one_reading() {
    let upstream = Upstream::start().await;
    let gateway = before(&upstream).await;
    let lines = include_str!("../../cases/framing_answers.txt").lines();
    let mut wrong = Vec::new();
    for line in lines.filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (outcome, rest) = line.split_once(" | ").expect("an outcome");
        let (name, bytes) = rest.split_once(" | ").expect("a name");
        let bytes = framing::unescape(bytes).expect("bytes");
        upstream.answer_next(Answer::raw(bytes));
        let mut client = Connection::http1(gateway.address()).await;
        let reply = client.try_send(request("GET", "/", &[])).await;
        let seen = match &reply {
            Err(_) => "cut".to_owned(),
            Ok(reply) if reply.status == 502 => "502".to_owned(),
            Ok(reply) => format!("{} {}", reply.status.as_u16(), reply.text()),
        };
        if seen.trim() != outcome {
            wrong.push(format!("{name}: {seen}"));
        }
        if let Ok(reply) = reply {
            let lengths = ["content-length", "transfer-encoding"];
            let lengths = lengths.map(|name| reply.headers.get_all(name).iter().count());
            assert!(lengths.iter().sum::<usize>() <= 1, "{name}: {reply:?}");
        }
        // What was left over is nobody else's answer.
        assert_eq!(gateway.get("/next").await.text(), "ok", "{name}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn answer_that_nobody_asked_for_is_nobodys() {
    let upstream = Upstream::start().await;
    let gateway = before(&upstream).await;
    // The connection stays open, with an answer more than there were questions.
    let twice = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst\
                 HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    upstream.answer_next(Answer::raw(twice).echo());
    let mut client = Connection::http1(gateway.address()).await;
    assert_eq!(client.send(request("GET", "/", &[])).await.text(), "first");
    for _ in 0..5 {
        assert_eq!(client.send(request("GET", "/", &[])).await.text(), "ok");
    }
}

async fn before(upstream: &Upstream) -> Gateway {
    let url = upstream.url();
    Gateway::start(&format!(
        "workers: 1\n\
         upstreams: {{ main: {{ targets: ['{url}'], retries: {{ attempts: 0 }}, health: {{ failures: 1000 }} }} }}\n\
         apis: {{ main: {{ routes: {{ $default: {{ to: main }} }} }} }}\n"
    ))
    .await
}
