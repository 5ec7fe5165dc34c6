//! The bakery's answers: only a refusal of the request itself is final.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use svc_consumables::bakery::Bakery;
use svc_consumables::domain::cookie::{Answer, Cookie, RetrySchedule};
use svc_consumables::domain::ids::OrderId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// The result of ordering a cookie if the bakery answers like this.
async fn answer(status: &str, body: &str) -> Answer {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let response = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            stream.read_buf(&mut request).await.unwrap();
        }
        // The client closes the connection once the answer is too long.
        let _ = stream.write_all(response.as_bytes()).await;
    });
    let schedule = RetrySchedule {
        expected: Duration::from_mins(10),
        poll: Duration::from_secs(2),
        first_pause: Duration::from_secs(1),
        longest_pause: Duration::from_secs(30),
    };
    let now = DateTime::UNIX_EPOCH;
    let order = OrderId::generate();
    let cookie = Cookie::request(
        order,
        "Анна".to_owned(),
        now + TimeDelta::hours(1),
        &schedule,
        now,
    );
    let bakery = Bakery::new(address.parse().unwrap(), Duration::from_secs(10)).unwrap();
    bakery.call(&cookie).await
}

#[tokio::test]
async fn c3_only_a_refused_request_is_refused_for_good() {
    for status in [
        "400 Bad Request",
        "402 Payment Required",
        "422 Unprocessable Entity",
    ] {
        let answer = answer(status, "").await;
        assert!(matches!(answer, Answer::Refused(_)), "{status}: {answer:?}");
    }
    for status in [
        "302 Found",
        "401 Unauthorized",
        "403 Forbidden",
        "404 Not Found",
        "408 Request Timeout",
        "409 Conflict",
        "429 Too Many Requests",
        "500 Internal Server Error",
    ] {
        let answer = answer(status, "").await;
        assert!(matches!(answer, Answer::Unreachable(_)), "{status}: {answer:?}");
    }
}

#[tokio::test]
async fn c3_an_answer_that_is_too_long_or_has_no_usable_id_is_none() {
    let taken = answer("201 Created", r#"{"cookie_id":"c-1","eta_seconds":5}"#).await;
    assert_eq!(taken, Answer::Accepted("c-1".to_owned()));
    for body in [
        "not json".to_owned(),
        r#"{"cookie_id":""}"#.to_owned(),
        r#"{"cookie_id":"a\u0000b"}"#.to_owned(),
        format!(r#"{{"cookie_id":"{}"}}"#, "x".repeat(201)),
        format!(r#"{{"cookie_id":"c-1","more":"{}"}}"#, "x".repeat(70_000)),
    ] {
        let answer = answer("201 Created", &body).await;
        assert!(matches!(answer, Answer::Unreachable(_)), "{answer:?}");
    }
}
