//! The operator's whole loop, over gRPC as `artel parked` does it.

use std::net::SocketAddr;

use clap::Parser;
use messaging::{Consumer, Relay};
use operations_contract::v1 as pb;
use operations_contract::v1::operations_service_client::OperationsServiceClient;
use prost::Message as _;
use service_host::{Access, AccessOptions, GrpcOptions, Server};
use test_support::{Tokens, authorised, channel, eventually, reason_of};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::step::{OnStep, OnThing, Step, Thing, step};
use crate::world::{PARTITIONS, SERVICE, SOON, World};

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    grpc: GrpcOptions,
    #[command(flatten)]
    access: AccessOptions,
}

/// A whole service: server, relay and consumer.
struct Service {
    client: OperationsServiceClient<Channel>,
    tokens: Tokens,
    root: Uuid,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Service {
    async fn start(world: &World) -> Self {
        let tokens = Tokens::new();
        let settings = Settings::parse_from([
            "tester".to_owned(),
            "--grpc-listen=127.0.0.1:0".to_owned(),
            format!("--jwks={}", tokens.jwks_path().display()),
            format!("--jwt-issuer={}", tokens.issuer()),
            format!("--jwt-audience={}", tokens.audience()),
        ]);
        let (db, kafka) = (world.db(), world.kafka());
        let consumer = Consumer::new(db.clone(), &kafka, SERVICE)
            .on::<Step, _>(OnStep)
            .on::<Thing, _>(OnThing);
        let operations = consumer.operations("1.2.3");
        let server = Server::bind(
            &settings.grpc,
            Access::new(&settings.access).expect("access is set up"),
        )
        .expect("a port is free")
        .contract(
            operations_contract::METHODS,
            operations_contract::FILE_DESCRIPTOR_SET,
        )
        .service(operations.into_service());
        let address: SocketAddr = server.local_addr();
        let stop = CancellationToken::new();
        let relay = Relay::new(db, &kafka, SERVICE);
        let serving = server.run(stop.clone());
        let tasks = vec![
            tokio::spawn(async move { serving.await.expect("the server runs") }),
            tokio::spawn(relay.run(stop.clone())),
            tokio::spawn(consumer.run(stop.clone())),
        ];
        let client = OperationsServiceClient::new(channel(address).await);
        Self {
            client,
            tokens,
            root: Uuid::new_v4(),
            stop,
            tasks,
        }
    }

    fn by_root<M>(&self, message: M) -> tonic::Request<M> {
        authorised(message, &self.tokens.root(self.root))
    }

    async fn list(&self, request: pb::ListParkedRequest) -> pb::ListParkedResponse {
        let answer = self.client.clone().list_parked(self.by_root(request)).await;
        answer.expect("events are listed").into_inner()
    }

    async fn retry(&self, id: i64) -> Result<pb::ParkedEvent, tonic::Status> {
        let request = pb::RetryParkedRequest {
            request_id: Uuid::new_v4().to_string(),
            id,
            key: None,
        };
        let answer = self.client.clone().retry_parked(self.by_root(request)).await?;
        Ok(answer.into_inner().event.expect("the event is shown"))
    }

    async fn drop_one(
        &self,
        request_id: Uuid,
        id: i64,
        reason: &str,
    ) -> Result<pb::ParkedEvent, tonic::Status> {
        let request = pb::DropParkedRequest {
            request_id: request_id.to_string(),
            id,
            reason: reason.to_owned(),
        };
        let answer = self.client.clone().drop_parked(self.by_root(request)).await?;
        Ok(answer.into_inner().event.expect("the event is shown"))
    }

    async fn status(&self) -> pb::GetStatusResponse {
        let answer = self
            .client
            .clone()
            .get_status(self.by_root(pb::GetStatusRequest::default()))
            .await;
        answer.expect("the status is told").into_inner()
    }

    async fn stop(self) {
        drop(self.client);
        self.stop.cancel();
        for task in self.tasks {
            task.await.expect("a task ends without a panic");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_brings_the_key_and_its_followers_in_order() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    world
        .publish(&[step("a", 1, "refused"), step("a", 2, ""), step("a", 3, "")])
        .await;
    world.until_kept("a parked, a following, a following").await;
    let kept = world.kept().await;

    // Nothing was mended: it is parked again.
    let retried = service.retry(kept[0].id).await.unwrap();
    assert_eq!(retried.state(), pb::ParkedState::Waiting);
    eventually(SOON, async || {
        let events = service.list(pb::ListParkedRequest::default()).await.events;
        let first = events.last().unwrap();
        if first.state() == pb::ParkedState::Parked && first.attempts == 1 {
            Ok(())
        } else {
            Err(format!("{first:?}"))
        }
    })
    .await;
    assert!(world.steps("a").await.is_empty());

    world.execute("INSERT INTO forgiven VALUES ('a')").await;
    let refused = service.retry(kept[1].id).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::FailedPrecondition, "PARKED_NOT_FIRST")
    );
    let key = pb::ParkedKey {
        topic: format!("{}artel.test.step.v1", world.broker.prefix()),
        key: "a".to_owned(),
    };
    let request = pb::RetryParkedRequest {
        request_id: Uuid::new_v4().to_string(),
        id: 0,
        key: Some(key),
    };
    service
        .client
        .clone()
        .retry_parked(service.by_root(request))
        .await
        .unwrap();
    world.until_steps("a", &[1, 2, 3]).await;
    world.until_kept("").await;
    let gone = service.retry(kept[0].id).await.unwrap_err();
    assert_eq!(
        (gone.code(), reason_of(&gone).as_str()),
        (Code::NotFound, "PARKED_NOT_FOUND")
    );
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_event_keeps_who_and_why_and_lets_its_followers_go_on() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    world
        .publish(&[
            step("a", 1, "refused"),
            step("a", 2, ""),
            step("a", 3, "refused"),
            step("a", 4, ""),
        ])
        .await;
    world
        .until_kept("a parked, a following, a following, a following")
        .await;
    let id = world.kept().await[0].id;
    let request_id = Uuid::new_v4();
    let dropped = service.drop_one(request_id, id, "a test order").await.unwrap();
    assert_eq!(dropped.state(), pb::ParkedState::Dropped);
    assert_eq!(dropped.drop_reason, "a test order");
    assert_eq!(dropped.dropped_by.as_ref().unwrap().id, service.root.to_string());
    assert!(dropped.dropped_at.is_some());
    assert_eq!(
        service.drop_one(request_id, id, "a test order").await.unwrap(),
        dropped,
        "the first answer again"
    );
    world.until_kept("a dropped, a parked, a following").await;
    world.until_steps("a", &[2]).await;

    let again = service.drop_one(Uuid::new_v4(), id, "again").await.unwrap_err();
    assert_eq!(
        (again.code(), reason_of(&again).as_str()),
        (Code::FailedPrecondition, "PARKED_DROPPED")
    );
    let retried = service.retry(id).await.unwrap_err();
    assert_eq!(reason_of(&retried), "PARKED_DROPPED");

    let third = world.kept().await[1].id;
    service
        .drop_one(Uuid::new_v4(), third, "this one too")
        .await
        .unwrap();
    world.until_steps("a", &[2, 4]).await;
    let shown = service
        .list(pb::ListParkedRequest {
            states: vec![pb::ParkedState::Dropped.into()],
            ..Default::default()
        })
        .await;
    assert_eq!(shown.events.len(), 2);
    assert!(
        service
            .list(pb::ListParkedRequest::default())
            .await
            .events
            .is_empty()
    );
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_event_is_shown_with_its_payload() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    world.publish(&[step("a", 17, "refused")]).await;
    world.until_kept("a parked").await;
    let request = pb::GetParkedRequest {
        id: world.kept().await[0].id,
    };
    let shown = service
        .client
        .clone()
        .get_parked(service.by_root(request))
        .await
        .unwrap()
        .into_inner();
    let event = shown.event.unwrap();
    assert_eq!(
        (event.reason.as_str(), event.key.as_str(), event.attempts),
        ("this step is refused", "a", 1)
    );
    assert_eq!(event.event_type, "artel.test.v1.Step");
    assert!(
        shown
            .headers
            .iter()
            .any(|header| header.name == "ce_id" && header.value == event.event_id)
    );
    assert_eq!(
        Step::decode(shown.payload.as_slice()).unwrap(),
        step("a", 17, "refused")
    );
    let json: serde_json::Value = serde_json::from_str(&shown.payload_json).unwrap();
    assert_eq!(
        json,
        serde_json::json!({"key": "a", "number": "17", "note": "refused"})
    );
    let missing = service
        .client
        .clone()
        .get_parked(service.by_root(pb::GetParkedRequest { id: 1 << 40 }))
        .await
        .unwrap_err();
    assert_eq!(
        (missing.code(), reason_of(&missing).as_str()),
        (Code::NotFound, "PARKED_NOT_FOUND")
    );
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_events_are_paged_and_filtered_newest_first() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let steps: Vec<_> = (0..7)
        .map(|key| step(&format!("key-{key}"), 1, "refused"))
        .collect();
    world.publish(&steps).await;
    world.until_count("parked", 7).await;
    let mut ids = Vec::new();
    let mut page_token = String::new();
    loop {
        let page = service
            .list(pb::ListParkedRequest {
                page_size: 3,
                page_token,
                ..Default::default()
            })
            .await;
        ids.extend(page.events.iter().map(|event| event.id));
        if page.next_page_token.is_empty() {
            break;
        }
        page_token = page.next_page_token;
    }
    let mut expected: Vec<i64> = world.kept().await.into_iter().map(|kept| kept.id).collect();
    expected.reverse();
    assert_eq!(ids, expected);
    let one = service
        .list(pb::ListParkedRequest {
            key: "key-3".to_owned(),
            ..Default::default()
        })
        .await;
    assert_eq!(one.events.len(), 1);
    let none = service
        .list(pb::ListParkedRequest {
            topic: "elsewhere".to_owned(),
            ..Default::default()
        })
        .await;
    assert!(none.events.is_empty());
    let request = pb::ListParkedRequest {
        page_token: "?".to_owned(),
        ..Default::default()
    };
    let refused = service
        .client
        .clone()
        .list_parked(service.by_root(request))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_tells_backlog_lag_and_what_is_kept() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    world
        .publish(&[
            step("a", 1, ""),
            step("b", 1, "refused"),
            step("b", 2, ""),
            step("c", 1, "needs:lamp"),
        ])
        .await;
    world.until_count("inbox", 4).await;
    let status = eventually(SOON, async || {
        let status = service.status().await;
        let behind: i64 = status.lags.iter().map(|lag| lag.lag).sum();
        if behind == 0 && status.lag_error.is_empty() && status.outbox_depth == 0 {
            Ok(status)
        } else {
            Err(format!("{status:?}"))
        }
    })
    .await;
    assert_eq!(
        (status.service.as_str(), status.version.as_str()),
        (SERVICE, "1.2.3")
    );
    assert_eq!(status.lags.len(), usize::try_from(2 * PARTITIONS).unwrap());
    assert_eq!(status.lags.iter().map(|lag| lag.end).sum::<i64>(), 4);
    assert_eq!(
        (status.waiting, status.parked, status.following, status.dropped),
        (1, 1, 1, 0)
    );
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_root_operates() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    for token in [
        service.tokens.manager(Uuid::new_v4()),
        service.tokens.client(Uuid::new_v4()),
        service.tokens.service("x"),
    ] {
        let request = authorised(pb::GetStatusRequest::default(), &token);
        let refused = service.client.clone().get_status(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
    service.stop().await;
}
