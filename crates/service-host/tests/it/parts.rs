//! A process that does one part of a service's work.

use service_host::config::Only;
use service_host::{Access, Database, Server};
use test_support::{Tokens, channel, eventually};
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::client::Grpc;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_prost::ProstCodec;
use uuid::Uuid;

use crate::contract::{self, PutRequest, PutResponse};
use crate::support::{BOUND, Config, fresh_database, message};

#[tokio::test(flavor = "multi_thread")]
async fn a_process_without_the_grpc_part_serves_its_health_alone() {
    let database = fresh_database().await;
    let tokens = Tokens::new();
    let config = Config::new(database.url(), &tokens, &[]);
    let db = Database::new(&config.database).unwrap();
    let server = Server::bind(&config.grpc, Access::new(&config.access).unwrap())
        .unwrap()
        .contract(contract::METHODS, contract::descriptors())
        .needs("postgres", db, async |db: Database| db.probe().await)
        .of_part(Some(Only::Jobs));
    let address = server.local_addr();
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(server.run(shutdown.clone()));
    let channel = channel(address).await;
    for dependency in ["postgres", "jwks"] {
        eventually(BOUND, async || {
            let request = HealthCheckRequest {
                service: dependency.to_owned(),
            };
            let answer = HealthClient::new(channel.clone()).check(request).await;
            match answer.map(|answer| answer.into_inner().status()) {
                Ok(ServingStatus::Serving) => Ok(()),
                other => Err(format!("{dependency}: {other:?}")),
            }
        })
        .await;
    }
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static(contract::PUT);
    let codec = ProstCodec::<PutRequest, PutResponse>::default();
    let request = tonic::Request::new(message(Uuid::new_v4(), "x"));
    let status = grpc.unary(request, path, codec).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    shutdown.cancel();
    running.await.unwrap().unwrap();
}
