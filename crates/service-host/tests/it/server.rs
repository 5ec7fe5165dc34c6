//! Load, deadlines, panics, drain, health, and what a server refuses to serve.

use std::time::Duration;

use futures::FutureExt as _;
use service_host::server::{ContractError, Error};
use service_host::{Access, Server};
use test_support::{Tokens, authorised, eventually, reason_of};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::contract::{self, PUT, STAFF, TestServer};
use crate::support::{BOUND, Config, Host, fresh_database, message};

struct Nothing;

impl contract::Api for Nothing {
    fn unary(
        self: std::sync::Arc<Self>,
        _: Request<contract::PutRequest>,
    ) -> futures::future::BoxFuture<'static, Result<tonic::Response<contract::PutResponse>, tonic::Status>>
    {
        async { Err(tonic::Status::unknown("nothing")) }.boxed()
    }

    fn watch(
        self: std::sync::Arc<Self>,
        _: Request<contract::PutRequest>,
    ) -> futures::future::BoxFuture<'static, Result<tonic::Response<contract::Watched>, tonic::Status>> {
        async { Err(tonic::Status::unknown("nothing")) }.boxed()
    }

    fn upload(
        self: std::sync::Arc<Self>,
        _: Request<tonic::Streaming<contract::PutRequest>>,
    ) -> futures::future::BoxFuture<'static, Result<tonic::Response<contract::PutResponse>, tonic::Status>>
    {
        async { Err(tonic::Status::unknown("nothing")) }.boxed()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_without_a_policy_keeps_the_server_from_starting() {
    let tokens = Tokens::new();
    let config = Config::new("postgres://nobody@127.0.0.1:1/none", &tokens, &[]);
    let bind = async || Server::bind(&config.grpc, Access::new(&config.access).unwrap()).unwrap();
    for missing in 0..contract::METHODS.len() {
        let mut methods = contract::METHODS.to_vec();
        let left_out = methods.remove(missing).path;
        let server = bind()
            .await
            .contract(&methods, contract::descriptors())
            .service(TestServer::new(Nothing));
        let error = server
            .run(tokio_util::sync::CancellationToken::new())
            .await
            .unwrap_err();
        assert!(
            matches!(&error, Error::Contracts(ContractError::MethodWithoutPolicy(path)) if path == left_out),
            "{error:?}"
        );
    }
    let mut methods = contract::METHODS.to_vec();
    methods[0].roles = &[];
    let server = bind()
        .await
        .contract(&methods, contract::descriptors())
        .service(TestServer::new(Nothing));
    assert!(matches!(
        server.check(),
        Err(Error::Contracts(ContractError::MethodWithoutPolicy(_)))
    ));
    let server = bind().await.service(TestServer::new(Nothing));
    assert!(matches!(
        server.check(),
        Err(Error::Contracts(ContractError::UnknownService(_)))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_calls_than_allowed_are_refused_at_once_with_a_pause_to_wait() {
    let host = Host::start(&["--grpc-max-in-flight=1"]).await;
    let token = host.tokens.manager(Uuid::new_v4());
    let call = |text| host.call(STAFF, authorised(message(Uuid::new_v4(), text), &token));
    let waiting = call("wait");
    let shed = async {
        host.state.begun.notified().await;
        let status = call("who").await.unwrap_err();
        host.state.go_on.notify_one();
        status
    };
    let (waited, status) = tokio::join!(waiting, shed);
    assert_eq!(
        (status.code(), reason_of(&status).as_str()),
        (Code::Unavailable, "OVERLOADED")
    );
    assert!(status.get_details_retry_info().unwrap().retry_delay.is_some());
    waited.unwrap();
    call("who").await.expect("there is a place again");
}

#[tokio::test(flavor = "multi_thread")]
async fn open_streams_are_counted_apart_and_give_their_place_back() {
    let host = Host::start(&["--grpc-max-in-flight=1", "--grpc-max-streams=1"]).await;
    let me = Uuid::new_v4();
    let token = host.tokens.client(me);
    let mut open = host.watch(&token, me).await.unwrap();
    assert_eq!(open.message().await.unwrap().unwrap().text, "first");
    let status = host.watch(&token, me).await.unwrap_err();
    assert_eq!(reason_of(&status), "OVERLOADED");
    host.call(PUT, authorised(message(me, "who"), &token))
        .await
        .expect("calls have places of their own");
    drop(open);
    eventually(BOUND, async || host.watch(&token, me).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_a_deadline_gets_the_default() {
    let host = Host::start(&["--grpc-default-deadline=50ms"]).await;
    let token = host.tokens.manager(Uuid::new_v4());
    let status = host
        .call(STAFF, authorised(message(Uuid::new_v4(), "forever"), &token))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason_of(&status).as_str()),
        (Code::DeadlineExceeded, "DEADLINE_EXCEEDED")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_handler_is_internal_and_the_process_lives() {
    let host = Host::start(&[]).await;
    let token = host.tokens.manager(Uuid::new_v4());
    for _ in 0..3 {
        let status = host
            .call(STAFF, authorised(message(Uuid::new_v4(), "panic"), &token))
            .await
            .unwrap_err();
        assert_eq!(
            (status.code(), reason_of(&status).as_str()),
            (Code::Internal, "INTERNAL")
        );
    }
    host.call(STAFF, authorised(message(Uuid::new_v4(), "who"), &token))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn internals_are_never_shown_to_the_caller() {
    let host = Host::start(&[]).await;
    let token = host.tokens.manager(Uuid::new_v4());
    let status = host
        .call(STAFF, authorised(message(Uuid::new_v4(), "broken"), &token))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Internal);
    assert!(!format!("{status:?}").contains("vault"), "{status:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_lets_a_running_call_finish_and_takes_no_new_ones() {
    let mut host = Host::start(&[]).await;
    let token = host.tokens.manager(Uuid::new_v4());
    let stopping = async {
        host.state.begun.notified().await;
        host.shutdown.cancel();
        let address = host.address;
        eventually(BOUND, async || {
            match tokio::net::TcpStream::connect(address).await {
                Ok(_) => Err("still listening"),
                Err(_) => Ok(()),
            }
        })
        .await;
        host.state.go_on.notify_one();
    };
    let calling = host.call(STAFF, authorised(message(Uuid::new_v4(), "wait"), &token));
    let (answer, ()) = tokio::join!(calling, stopping);
    assert_eq!(answer.unwrap().text, "waited");
    (&mut host.running).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_is_bounded() {
    let mut host = Host::start(&["--grpc-drain=100ms"]).await;
    let token = host.tokens.manager(Uuid::new_v4());
    let stopping = async {
        host.state.begun.notified().await;
        host.shutdown.cancel();
        eventually(BOUND, async || {
            if host.running.is_finished() {
                Ok(())
            } else {
                Err("running")
            }
        })
        .await;
    };
    tokio::select! {
        result = host.call(STAFF, authorised(message(Uuid::new_v4(), "forever"), &token)) => panic!("{result:?}"),
        () = stopping => {}
    }
    (&mut host.running).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_stream_is_ended_by_a_drain() {
    let mut host = Host::start(&[]).await;
    let me = Uuid::new_v4();
    let mut stream = host.watch(&host.tokens.client(me), me).await.unwrap();
    stream.message().await.unwrap().unwrap();
    host.shutdown.cancel();
    let status = tokio::time::timeout(BOUND, stream.message())
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(
        (status.code(), reason_of(&status).as_str()),
        (Code::Unavailable, "DRAINING")
    );
    (&mut host.running).await.unwrap().unwrap();
}

async fn health(host: &Host, name: &str) -> Result<ServingStatus, String> {
    let request = HealthCheckRequest {
        service: name.to_owned(),
    };
    let response = HealthClient::new(host.channel.clone()).check(request).await;
    response
        .map(|response| response.into_inner().status())
        .map_err(|status| status.to_string())
}

pub async fn health_becomes(host: &Host, name: &str, wanted: ServingStatus) {
    eventually(BOUND, async || match health(host, name).await {
        Ok(status) if status == wanted => Ok(()),
        other => Err(format!("{name}: {other:?} instead of {wanted:?}")),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_tells_of_each_dependency_and_only_vital_ones_count_for_the_whole() {
    let host = Host::start(&[]).await;
    health_becomes(&host, "", ServingStatus::Serving).await;
    health_becomes(&host, "postgres", ServingStatus::Serving).await;
    health_becomes(&host, "jwks", ServingStatus::Serving).await;
    health_becomes(&host, "elsewhere", ServingStatus::NotServing).await;
    assert!(health(&host, "unheard-of").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_starts_while_postgresql_is_away_says_so_and_comes_back_by_itself() {
    let database = fresh_database().await;
    // A door to PostgreSQL that is closed at first.
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], test_support::free_port()));
    let (server, behind) = through(database.url(), address);
    let host = Host::start_with(&behind, &[]).await;
    health_becomes(&host, "postgres", ServingStatus::NotServing).await;
    health_becomes(&host, "", ServingStatus::NotServing).await;
    let status = host.put(Uuid::new_v4(), "x").await.unwrap_err();
    assert_eq!(
        (status.code(), reason_of(&status).as_str()),
        (Code::Unavailable, "DATABASE_UNAVAILABLE")
    );

    let opened = tokio::spawn(pass(address, server));
    health_becomes(&host, "", ServingStatus::Serving).await;
    host.put(Uuid::new_v4(), "x").await.unwrap();

    opened.abort();
    let _ = opened.await;
    health_becomes(&host, "", ServingStatus::NotServing).await;
}

/// The server's address in the URL, and the URL with the door's instead.
fn through(url: &str, door: std::net::SocketAddr) -> (String, String) {
    let (before, rest) = url.rsplit_once('@').unwrap();
    let (server, name) = rest.split_once('/').unwrap();
    (server.to_owned(), format!("{before}@{door}/{name}"))
}

/// Passes everything on, until it is aborted; then all connections are cut.
async fn pass(address: std::net::SocketAddr, server: String) {
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let mut passing = tokio::task::JoinSet::new();
    loop {
        let (mut from, _) = listener.accept().await.unwrap();
        let mut to = tokio::net::TcpStream::connect(&server).await.unwrap();
        passing.spawn(async move { tokio::io::copy_bidirectional(&mut from, &mut to).await });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_method_is_unimplemented_whoever_asks() {
    let host = Host::start(&[]).await;
    let status = host
        .call(
            "/artel.test.v1.TestService/None",
            Request::new(message(Uuid::new_v4(), "")),
        )
        .await;
    assert_eq!(status.unwrap_err().code(), Code::Unimplemented);
    let status = host
        .call(
            "/nobody.v1.Nothing/None",
            Request::new(message(Uuid::new_v4(), "")),
        )
        .await;
    assert_eq!(status.unwrap_err().code(), Code::Unimplemented);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_bytes_do_not_take_the_server_down() {
    let host = Host::start(&[]).await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let hostile: [&[u8]; 5] = [
        b"\x00\xff\x00\xff",
        b"GET / HTTP/1.1\r\n\r\n",
        &[&preface[..], &[0xff; 64]].concat(),
        &[
            &preface[..],
            &[0, 0, 0, 4, 0, 0, 0, 0, 0],
            &[0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1],
        ]
        .concat(),
        &vec![b'a'; 100_000],
    ];
    for bytes in hostile {
        let mut stream = tokio::net::TcpStream::connect(host.address).await.unwrap();
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let _ = tokio::time::timeout(Duration::from_secs(1), stream.read_to_end(&mut Vec::new())).await;
    }
    let token = host.tokens.manager(Uuid::new_v4());
    host.call(STAFF, authorised(message(Uuid::new_v4(), "who"), &token))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_address_is_named_with_its_setting() {
    let host = Host::start(&[]).await;
    let config = Config::new(
        "postgres://nobody@127.0.0.1:1/none",
        &host.tokens,
        &[&format!("--grpc-listen={}", host.address)],
    );
    let error = Server::bind(&config.grpc, Access::new(&config.access).unwrap())
        .err()
        .unwrap();
    assert!(error.to_string().contains("ARTEL_GRPC_LISTEN"), "{error}");
}
