//! How large a message may be, and how many connections there may be.

use std::net::SocketAddr;

use test_support::{authorised, eventually, reason_of};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::contract::{OPEN, PUT, PutResponse, STAFF};
use crate::support::{BOUND, Host, message, watch_on};

fn assert_too_large(result: Result<PutResponse, Status>) {
    let status = result.unwrap_err();
    assert_eq!(
        (status.code(), reason_of(&status).as_str()),
        (Code::ResourceExhausted, "MESSAGE_TOO_LARGE"),
        "{status}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_beyond_four_mebibytes_is_refused_where_nothing_is_set() {
    let host = Host::start(&[]).await;
    let token = host.tokens.manager(Uuid::new_v4());
    let large = "x".repeat(5 * 1024 * 1024);
    assert_too_large(
        host.call(STAFF, authorised(message(Uuid::new_v4(), &large), &token))
            .await,
    );
    host.call(STAFF, authorised(message(Uuid::new_v4(), "who"), &token))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_beyond_the_setting_is_refused_by_every_method_and_in_a_stream() {
    let host = Host::start(&["--grpc-max-message=2KiB"]).await;
    let me = Uuid::new_v4();
    let token = host.tokens.manager(me);
    let (fits, large) = ("x".repeat(1900), "x".repeat(2049));
    for path in [PUT, OPEN, STAFF] {
        let call = |text: &str| host.call(path, authorised(message(me, text), &token));
        assert_too_large(call(&large).await);
        assert_eq!(call(&fits).await.unwrap().text, fits, "{path}");
    }
    let upload = |texts: &[&String]| {
        let messages: Vec<_> = texts.iter().map(|text| message(me, text)).collect();
        host.upload(authorised(messages, &token))
    };
    assert_eq!(
        upload(&[&fits; 20]).await.unwrap().number,
        20,
        "a long stream of small ones"
    );
    assert_too_large(upload(&[&fits, &fits, &large, &fits]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_beyond_the_setting_wait_on_their_own_connection_and_keep_no_other() {
    let host = Host::start(&["--grpc-max-connection-streams=2"]).await;
    let me = Uuid::new_v4();
    let token = host.tokens.client(me);
    let first = host.watch(&token, me).await.unwrap();
    let second = host.watch(&token, me).await.unwrap();
    let channel = host.channel.clone();
    let third = tokio::spawn({
        let token = token.clone();
        async move { watch_on(channel, &token, me, "").await }
    });
    let elsewhere = test_support::channel(host.address).await;
    let other = watch_on(elsewhere, &token, me, "").await.unwrap();
    assert!(!third.is_finished(), "two are enough for one connection");
    drop(first);
    let third = tokio::time::timeout(BOUND, third)
        .await
        .expect("there is room now");
    third.unwrap().unwrap();
    drop((second, other));
}

/// A connection that the server has answered: its first bytes of HTTP/2 came.
async fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await?;
    let mut settings = [0; 9];
    stream.read_exact(&mut settings).await?;
    Ok(stream)
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_setting_are_closed_at_once_and_places_are_given_back() {
    // One of them is the host's own.
    let host = Host::start(&["--grpc-max-connections=3"]).await;
    let token = host.tokens.manager(Uuid::new_v4());
    let first = connect(host.address).await.unwrap();
    let second = connect(host.address).await.unwrap();
    for _ in 0..20 {
        let closed = tokio::time::timeout(BOUND, connect(host.address)).await.unwrap();
        assert!(closed.is_err(), "one too many");
    }
    host.call(STAFF, authorised(message(Uuid::new_v4(), "who"), &token))
        .await
        .expect("those who are in are served");
    drop(first);
    let third = eventually(BOUND, async || connect(host.address).await).await;
    assert!(connect(host.address).await.is_err(), "full again");
    drop((second, third));
}
