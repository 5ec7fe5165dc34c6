//! O4, O10, M3: which worker gets an order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use orders_contract::v1 as pb;
use orders_contract::v1::matching_step_service_server::{MatchingStepService, MatchingStepServiceServer};
use test_support::{authorised, eventually, reason_of};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use crate::support::{BOUND, World, hour, id};

#[tokio::test(flavor = "multi_thread")]
async fn o4_an_order_waits_while_no_worker_is_available_and_is_assigned_to_a_new_worker() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let order = world.place(&client, &token, hour(1)).await;
    let told = async || {
        let history = world.get(&order).await.history;
        history.iter().filter(|change| change.event == "waiting").count()
    };
    eventually(BOUND, async || {
        if told().await == 1 {
            Ok(())
        } else {
            Err("not told")
        }
    })
    .await;
    let (worker, _) = world.worker().await;
    let assigned = world.until(&order, pb::OrderState::Assigned).await;
    assert_eq!(assigned.assignment.unwrap().worker_id, worker.to_string());
    assert_eq!(told().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn o4_a_waiting_order_is_assigned_when_an_overlapping_order_is_cancelled() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    world.worker().await;
    let first = world.place(&client, &token, hour(1)).await;
    world.until(&first, pb::OrderState::Assigned).await;
    let second = world.place(&client, &token, hour(1)).await;
    eventually(BOUND, async || {
        let waiting = world.get(&second).await.order.unwrap().waiting;
        if waiting { Ok(()) } else { Err("not waiting") }
    })
    .await;
    let cancel = pb::CancelOrderRequest {
        request_id: id(),
        order_id: first,
        reason: String::new(),
    };
    world
        .orders()
        .cancel_order(authorised(cancel, &token))
        .await
        .unwrap();
    world.until(&second, pb::OrderState::Assigned).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn o10_a_suspended_worker_is_not_matched_and_the_orders_are_matched_again() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let (first, first_token) = world.worker().await;
    let order = world.place(&client, &token, hour(1)).await;
    world.until(&order, pb::OrderState::Assigned).await;
    let (second, _) = world.worker().await;

    let suspend = || pb::SuspendWorkerRequest {
        request_id: id(),
        worker_id: first.to_string(),
        reason: "late twice".into(),
    };
    let suspended = world
        .workers()
        .suspend_worker(world.as_manager(suspend()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(suspended.orders_unassigned, 1);
    assert_eq!(suspended.worker.unwrap().status(), pb::WorkerStatus::Suspended);
    let again = eventually(BOUND, async || {
        let order = world.get(&order).await.order.unwrap();
        let worker = order.assignment.map(|assignment| assignment.worker_id);
        if worker == Some(second.to_string()) {
            Ok(order.version)
        } else {
            Err(format!("{worker:?}"))
        }
    })
    .await;
    assert_eq!(again, 4, "placed, assigned, unassigned, assigned");
    let look = pb::GetOrderRequest {
        order_id: order.clone(),
    };
    let gone = world
        .orders()
        .get_order(authorised(look, &first_token))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&gone), "ORDER_NOT_FOUND");
    let twice = world
        .workers()
        .suspend_worker(world.as_manager(suspend()))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&twice), "WORKER_ALREADY_SUSPENDED");

    let waiting = world.place(&client, &token, hour(1)).await;
    let reinstate = pb::ReinstateWorkerRequest {
        request_id: id(),
        worker_id: first.to_string(),
    };
    world
        .workers()
        .reinstate_worker(world.as_manager(reinstate))
        .await
        .unwrap();
    let assigned = world.until(&waiting, pb::OrderState::Assigned).await;
    assert_eq!(assigned.assignment.unwrap().worker_id, first.to_string());
}

/// A remote step that scores one worker only and can be made to fail.
struct Astrology {
    favourite: String,
    broken: Arc<AtomicBool>,
}

#[tonic::async_trait]
impl MatchingStepService for Astrology {
    async fn judge(&self, request: Request<pb::JudgeRequest>) -> Result<Response<pb::JudgeResponse>, Status> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(Status::unavailable("clouds"));
        }
        let verdicts = request
            .into_inner()
            .samples
            .into_iter()
            .map(|sample| pb::JudgeVerdict {
                decision: if sample.id == self.favourite {
                    pb::Decision::Score
                } else {
                    pb::Decision::Pass
                }
                .into(),
                score: if sample.id == self.favourite { 1_000_000 } else { 0 },
                why: "the stars".into(),
                sample_id: sample.id,
            });
        Ok(Response::new(pb::JudgeResponse {
            verdicts: verdicts.collect(),
        }))
    }
}

async fn astrology(favourite: String) -> (String, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let broken = Arc::new(AtomicBool::new(false));
    let step = MatchingStepServiceServer::new(Astrology {
        favourite,
        broken: Arc::clone(&broken),
    });
    let server = tonic::transport::Server::builder().add_service(step);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    (format!("http://{address}"), broken)
}

fn steps(endpoint: &str, on_failure: pb::RemoteFailurePolicy) -> Vec<pb::PipelineStep> {
    let built_in = |name: &str, weight| pb::PipelineStep {
        name: name.to_owned(),
        weight,
        remote: None,
    };
    let remote = pb::RemoteStep {
        endpoint: endpoint.to_owned(),
        deadline: Some(prost_types::Duration { seconds: 2, nanos: 0 }),
        on_failure: on_failure.into(),
    };
    vec![
        built_in("active", 0),
        built_in("free_in_slot", 0),
        pb::PipelineStep {
            name: "astrology".into(),
            weight: 100_000,
            remote: Some(remote),
        },
        built_in("random", 1),
        built_in("best_of", 0),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn m3_a_remote_step_decides_and_holds_orders_while_it_fails() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    for _ in 0..4 {
        world.worker().await;
    }
    let (favourite, _) = world.worker().await;
    let (endpoint, broken) = astrology(favourite.to_string()).await;
    let put = pb::PutPipelineRequest {
        request_id: id(),
        name: "standard".into(),
        base_version: 1,
        steps: steps(&endpoint, pb::RemoteFailurePolicy::Hold),
    };
    world
        .matching()
        .put_pipeline(world.as_manager(put))
        .await
        .unwrap();
    let order = world.place(&client, &token, hour(1)).await;
    let assigned = world
        .until(&order, pb::OrderState::Assigned)
        .await
        .assignment
        .unwrap();
    assert_eq!(assigned.worker_id, favourite.to_string());
    assert_eq!(assigned.pipeline_version, 2);
    let reason = assigned
        .reasons
        .iter()
        .find(|reason| reason.step == "astrology")
        .unwrap();
    assert_eq!((reason.score, reason.why.as_str()), (1_000_000, "the stars"));

    broken.store(true, Ordering::SeqCst);
    let held = world.place(&client, &token, hour(3)).await;
    let explain = || pb::ExplainMatchRequest {
        order_id: held.clone(),
        pipeline: String::new(),
        version: 0,
    };
    let explained = world
        .matching()
        .explain_match(world.as_manager(explain()))
        .await
        .unwrap()
        .into_inner();
    assert!(
        explained.why_nobody.contains("astrology"),
        "{}",
        explained.why_nobody
    );
    assert_eq!(
        world.get(&held).await.order.unwrap().state(),
        pb::OrderState::Placed
    );
    broken.store(false, Ordering::SeqCst);
    world.until(&held, pb::OrderState::Assigned).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m3_a_failing_remote_step_that_may_be_skipped_delays_no_order() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    world.worker().await;
    let put = pb::PutPipelineRequest {
        request_id: id(),
        name: "standard".into(),
        base_version: 1,
        steps: steps("http://127.0.0.1:1", pb::RemoteFailurePolicy::Skip),
    };
    world
        .matching()
        .put_pipeline(world.as_manager(put))
        .await
        .unwrap();
    let order = world.place(&client, &token, hour(1)).await;
    let assigned = world
        .until(&order, pb::OrderState::Assigned)
        .await
        .assignment
        .unwrap();
    let reason = assigned
        .reasons
        .iter()
        .find(|reason| reason.step == "astrology")
        .unwrap();
    assert!(reason.why.starts_with("skipped"), "{}", reason.why);
}
