//! A stream is worth no more than the token that opened it.

use std::time::Duration;

use conventions::Role;
use test_support::reason_of;
use tokio::time::timeout;
use tonic::{Code, Status, Streaming};
use uuid::Uuid;

use crate::contract::PutResponse;
use crate::support::{BOUND, FLOOD, Host};

/// How the stream ends, whatever it tells until then.
async fn end_of(mut stream: Streaming<PutResponse>) -> Status {
    let listening = async {
        loop {
            match stream.message().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("it ended well"),
                Err(status) => return status,
            }
        }
    };
    timeout(BOUND, listening).await.expect("it ends")
}

fn assert_unauthenticated(status: &Status, reason: &str) {
    assert_eq!(
        (status.code(), reason_of(status).as_str()),
        (Code::Unauthenticated, reason),
        "{status}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_its_token_expires_be_it_silent_or_busy() {
    let host = Host::start(&[]).await;
    let me = Uuid::new_v4();
    // Believed for the five seconds of leeway.
    let token = host.tokens.sign(&[Role::Client], me, Duration::ZERO);
    let silent = host.watch(&token, me).await.unwrap();
    let busy = host.watch_for(&token, me, FLOOD).await.unwrap();
    let (silent, busy) = tokio::join!(end_of(silent), end_of(busy));
    assert_unauthenticated(&silent, "TOKEN_EXPIRED");
    assert_unauthenticated(&busy, "TOKEN_EXPIRED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_the_key_of_its_token_is_withdrawn_and_others_go_on() {
    let host = Host::start(&["--jwks-refresh=1s"]).await;
    let me = Uuid::new_v4();
    let old = host.watch(&host.tokens.client(me), me).await.unwrap();
    host.tokens.introduce();
    let token = host.tokens.client(me);
    let mut new = test_support::eventually(BOUND, async || host.watch(&token, me).await).await;
    host.tokens.withdraw();
    assert_unauthenticated(&end_of(old).await, "TOKEN_INVALID");
    new.message().await.unwrap().expect("its key is still there");
    let nothing = timeout(Duration::from_millis(200), new.message()).await;
    assert!(
        nothing.is_err(),
        "it goes on, and has nothing to tell: {nothing:?}"
    );
}
