//! Callers that say nothing, take nothing, vanish, or talk nonsense of HTTP/2: they are hung up on,
//! and nobody else notices.

use std::sync::atomic::Ordering;

use prost::Message as _;
use test_support::{authorised, reason_of};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use uuid::Uuid;

use crate::contract::{STAFF, WATCH};
use crate::support::{BOUND, FLOOD, Host, WAVE, message, watch_on};
use crate::wire::{CONTINUATION, HEADERS, PREFACE, RST_STREAM, Raw, call, frame, headers};

const ENHANCE_YOUR_CALM: u32 = 11;

/// Others are served as if nothing had happened.
async fn assert_serves(host: &Host) {
    let token = host.tokens.manager(Uuid::new_v4());
    host.call(STAFF, authorised(message(Uuid::new_v4(), "who"), &token))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_says_nothing_or_stops_in_the_first_words_is_hung_up_on() {
    let host = Host::start(&["--grpc-greeting-timeout=200ms"]).await;
    for words in [&b""[..], b"P", &PREFACE[..20], b"GET / HTTP/1.1"] {
        let mut stream = TcpStream::connect(host.address).await.unwrap();
        stream.write_all(words).await.unwrap();
        let mut heard = Vec::new();
        timeout(BOUND, stream.read_to_end(&mut heard))
            .await
            .unwrap_or_else(|_| panic!("still listening after {words:?}"))
            .ok();
    }
    // Its connection is older than that patience, and silent: it has said hello.
    assert_serves(&host).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_has_vanished_without_a_word_is_noticed() {
    let host = Host::start(&["--grpc-keepalive=1s", "--grpc-keepalive-timeout=100ms"]).await;
    let mut raw = Raw::connect(host.address).await.unwrap();
    // It hears the server ask, and never answers.
    timeout(BOUND, raw.last_word())
        .await
        .expect("the server hangs up");
    assert_serves(&host).await;
}

/// The server gives up a flood that nobody takes, having kept little of it.
async fn assert_ebbs(host: &Host, most_bytes: usize) {
    timeout(BOUND, host.state.ebbed.notified())
        .await
        .expect("the stream is ended");
    let kept = usize::try_from(host.state.flooded.load(Ordering::SeqCst)).unwrap() * WAVE;
    assert!(kept < most_bytes, "{kept} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_whose_reader_makes_no_room_is_ended_and_little_of_it_kept() {
    let host = Host::start(&["--grpc-reader-timeout=400ms"]).await;
    let me = Uuid::new_v4();
    let slow = test_support::channel(host.address).await;
    let unread = watch_on(slow, &host.tokens.client(me), me, FLOOD).await.unwrap();
    // The client library itself buffers 5 MiB and answers the server's pings meanwhile.
    assert_ebbs(&host, 8 * 1024 * 1024).await;
    assert_serves(&host).await;
    drop(unread);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_promises_room_and_reads_nothing_is_hung_up_on() {
    let host = Host::start(&["--grpc-reader-timeout=400ms"]).await;
    let me = Uuid::new_v4();
    let mut raw = Raw::connect(host.address).await.unwrap();
    let request = message(me, FLOOD).encode_to_vec();
    raw.send(&call(1, WATCH, &host.tokens.client(me), &request))
        .await
        .unwrap();
    // The system's own buffers take some megabytes.
    assert_ebbs(&host, 32 * 1024 * 1024).await;
    assert_serves(&host).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_opens_streams_and_resets_them_at_once_is_told_to_calm_down() {
    let host = Host::start(&[]).await;
    let token = host.tokens.manager(Uuid::new_v4());
    let mut raw = Raw::connect(host.address).await.unwrap();
    let cancel = 8_u32.to_be_bytes();
    let mut flood = Vec::new();
    for stream in (1..4_001).step_by(2) {
        flood.extend(frame(HEADERS, 4, stream, &headers(STAFF, &token)));
        flood.extend(frame(RST_STREAM, 0, stream, &cancel));
    }
    // The server may have hung up before all of it is said.
    let _ = raw.send(&flood).await;
    let word = timeout(BOUND, raw.last_word())
        .await
        .expect("the server hangs up");
    assert!(matches!(word, None | Some(ENHANCE_YOUR_CALM)), "{word:?}");
    assert_serves(&host).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_never_end_are_cut_short() {
    let host = Host::start(&[]).await;
    let token = host.tokens.manager(Uuid::new_v4());
    for piece in [&b""[..], &headers(STAFF, &token)] {
        let mut raw = Raw::connect(host.address).await.unwrap();
        let mut flood = frame(HEADERS, 0, 1, &headers(STAFF, &token));
        for _ in 0..2_000 {
            flood.extend(frame(CONTINUATION, 0, 1, piece));
        }
        let _ = raw.send(&flood).await;
        timeout(BOUND, raw.last_word())
            .await
            .expect("the server hangs up");
        assert_serves(&host).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_a_mebibyte_reaches_nobody() {
    let host = Host::start(&[]).await;
    let token = "x".repeat(1024 * 1024);
    let mut raw = Raw::connect(host.address).await.unwrap();
    let block = headers(STAFF, &token);
    let pieces: Vec<_> = block.chunks(16 * 1024).collect();
    let mut sent = frame(HEADERS, 0, 1, pieces[0]);
    for (number, piece) in pieces.iter().enumerate().skip(1) {
        let last = if number + 1 == pieces.len() { 4 } else { 0 };
        sent.extend(frame(CONTINUATION, last, 1, piece));
    }
    let _ = raw.send(&sent).await;
    timeout(BOUND, raw.last_word())
        .await
        .expect("the server hangs up");
    assert_serves(&host).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_who_watch_the_health_take_no_callers_place_and_no_endless_room() {
    let host = Host::start(&["--grpc-max-streams=1"]).await;
    let mut health = HealthClient::new(host.channel.clone());
    let mut watches = Vec::new();
    let refused = loop {
        match health.watch(HealthCheckRequest::default()).await {
            Ok(watch) => watches.push(watch),
            Err(refused) => break refused,
        }
        assert!(watches.len() < 1_000, "without end");
    };
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::Unavailable, "OVERLOADED")
    );
    health
        .check(Request::new(HealthCheckRequest::default()))
        .await
        .expect("the question that orchestrators ask is answered");
    let me = Uuid::new_v4();
    host.watch(&host.tokens.client(me), me)
        .await
        .expect("the one place of callers is free");
}
