use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use onboarding_contract::v1 as pb;
use svc_onboarding::app;
use test_support::{Tokens, reason_of};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

use super::replies::request_id;
use super::setting::VACANCY;
use super::support::{self, Client, World};

fn junk(challenge: &str, number: usize) -> pb::ApplyRequest {
    pb::ApplyRequest {
        request_id: request_id(),
        vacancy_id: VACANCY.to_string(),
        name: "Bot".to_owned(),
        age: 20,
        email: format!("bot{number}@example.com"),
        language: "en".to_owned(),
        form_answers: Vec::new(),
        photo: Vec::new(),
        challenge: challenge.to_owned(),
        nonce: number as u64,
    }
}

/// Sends `count` junk applications, 64 at a time. Returns the reasons of the refusals.
async fn flood(client: &Client, challenge: &str, count: usize) -> Vec<String> {
    futures::stream::iter(0..count)
        .map(|number| {
            let mut client = client.clone();
            let request = junk(challenge, number);
            async move {
                client
                    .apply(request)
                    .await
                    .map_or_else(|status| reason_of(&status), |_| "TAKEN".to_owned())
            }
        })
        .buffer_unordered(64)
        .collect()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_thousands_of_bad_applications_are_refused_without_a_database() {
    // No server listens at that address, so a query would fail with another reason.
    let tokens = Tokens::new();
    let arguments = vec![
        "--grpc-listen=127.0.0.1:0".to_owned(),
        "--database-url=postgres://none@127.0.0.1:1/none".to_owned(),
        format!("--jwks={}", tokens.jwks_path().display()),
    ];
    let settings = support::settings(arguments, &["--only=grpc", "--challenge-difficulty=40"]);
    let app = app::build(&settings, service::Clock::system()).unwrap();
    let address = app.local_addr();
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(app.run(shutdown.clone()));
    let mut client = Client::new(test_support::channel(address).await);
    let challenge = client
        .get_challenge(pb::GetChallengeRequest {
            vacancy_id: VACANCY.to_string(),
        })
        .await
        .unwrap()
        .into_inner();

    let started = Instant::now();
    let unsolved = flood(&client, &challenge.challenge, 3_000).await;
    let forged = flood(&client, "forged", 2_000).await;
    let took = started.elapsed();
    assert!(
        unsolved.iter().all(|reason| reason == "CHALLENGE_NOT_SOLVED"),
        "{:?}",
        unsolved.first()
    );
    assert!(
        forged.iter().all(|reason| reason == "CHALLENGE_FORGED"),
        "{:?}",
        forged.first()
    );
    println!("5000 bad applications refused in {took:?}");
    assert!(took < Duration::from_mins(1), "{took:?}");
    shutdown.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_a_flood_stores_nothing_and_stops_neither_managers_nor_applicants() {
    let world = World::with(&["--challenge-difficulty=12"]).await;
    let id = world.candidate("before@example.com").await;
    let before = world.count("used_challenges").await;
    let requests_before = world.count("requests").await;
    let challenge = world.application("x@example.com").await.challenge;
    let over = Arc::new(AtomicBool::new(false));
    let answered = Arc::new(AtomicUsize::new(0));
    let flooding = async {
        // Another first character changes the id, so that the signature does not match. The last
        // character may contain unused bits.
        let other = if challenge.starts_with('A') { "B" } else { "A" };
        let junk = format!("{other}{}", &challenge[1..]);
        let reasons = flood(&world.client, &junk, 3_000).await;
        over.store(true, Ordering::Relaxed);
        reasons
    };
    let working = async {
        while !over.load(Ordering::Relaxed) {
            world.get(id).await.unwrap();
            answered.fetch_add(1, Ordering::Relaxed);
        }
    };
    let (reasons, ()) = tokio::join!(flooding, working);
    assert!(
        reasons.iter().all(|reason| reason == "CHALLENGE_FORGED"),
        "{:?}",
        reasons.first()
    );
    assert!(answered.load(Ordering::Relaxed) > 0);
    assert_eq!(world.count("used_challenges").await, before);
    assert_eq!(world.count("requests").await, requests_before);
    world.apply("after@example.com").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_an_address_over_its_limit_is_refused_and_told_when_to_retry() {
    let world = World::with(&["--address-burst=3", "--address-interval=1h"]).await;
    for number in 0..3 {
        world.apply(&format!("a{number}@example.com")).await.unwrap();
    }
    let refused = world.apply("a3@example.com").await.unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::ResourceExhausted, "TOO_MANY_APPLICATIONS")
    );
    let pause = refused.get_details_retry_info().unwrap().retry_delay.unwrap();
    assert!(pause > Duration::from_mins(50), "{pause:?}");
    assert_eq!(world.count("applications").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_behind_a_trusted_proxy_each_address_and_network_is_counted_separately() {
    let flags = [
        "--trusted-proxies=1",
        "--address-burst=2",
        "--address-interval=1h",
        "--network-burst=3",
        "--network-interval=1h",
    ];
    let world = World::with(&flags).await;
    let apply = async |number: usize, from: &str| {
        let mut request = Request::new(world.application(&format!("b{number}@example.com")).await);
        let header = format!("1.2.3.4, {from}").parse().unwrap();
        request.metadata_mut().insert("x-forwarded-for", header);
        world
            .client
            .clone()
            .apply(request)
            .await
            .map_err(|status| reason_of(&status))
    };
    assert!(apply(0, "10.0.0.1").await.is_ok());
    assert!(apply(1, "10.0.0.1").await.is_ok());
    assert_eq!(apply(2, "10.0.0.1").await.unwrap_err(), "TOO_MANY_APPLICATIONS");
    assert!(apply(3, "10.0.0.2").await.is_ok());
    assert_eq!(apply(4, "10.0.0.3").await.unwrap_err(), "TOO_MANY_APPLICATIONS");
    assert!(apply(5, "10.0.1.1").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_public_calls_wait_in_a_bounded_queue_and_managers_do_not() {
    let world = World::with(&["--lane-width=1", "--lane-queue=1"]).await;
    let id = world.candidate("anna@example.com").await;
    let token = world.confirmation_token(id).await;
    // While the row is locked, one public call waits for the lock, one waits in the queue, and the
    // others are refused.
    let mut holder = world.conn().await;
    diesel_async::SimpleAsyncConnection::batch_execute(
        &mut holder,
        "BEGIN; SELECT 1 FROM applications FOR UPDATE",
    )
    .await
    .unwrap();
    let mut calls: futures::stream::FuturesUnordered<_> = (0..10).map(|_| world.confirm(&token)).collect();
    for _ in 0..8 {
        let refused = calls.next().await.unwrap().unwrap_err();
        assert_eq!(
            (refused.code(), reason_of(&refused).as_str()),
            (Code::ResourceExhausted, "QUEUE_FULL")
        );
    }
    assert!(world.get(id).await.is_ok());
    diesel_async::SimpleAsyncConnection::batch_execute(&mut holder, "ROLLBACK")
        .await
        .unwrap();
    while let Some(outcome) = calls.next().await {
        outcome.unwrap();
    }
}
