use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection as _;
use onboarding_contract::v1 as pb;
use onboarding_contract::v1::task_grader_service_server::{TaskGraderService, TaskGraderServiceServer};
use svc_onboarding::domain::ids::{ApplicationId, TestId};
use svc_onboarding::domain::task::{AnyKind, Remote};
use svc_onboarding::domain::test_set::TestSet;
use svc_onboarding::jobs;
use test_support::reason_of;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::replies::text;
use super::setting::{TEST_SET, task, test, test_set};
use super::support::World;

/// A remote grader of another team. The first `failures` calls fail; later ones score 70.
struct Grader {
    failures: usize,
    asked: Arc<AtomicUsize>,
}

#[tonic::async_trait]
impl TaskGraderService for Grader {
    async fn grade_text(
        &self,
        request: Request<pb::GradeTextRequest>,
    ) -> Result<Response<pb::GradeTextResponse>, Status> {
        if self.asked.fetch_add(1, Ordering::Relaxed) < self.failures {
            return Err(Status::unavailable("thinking"));
        }
        let request = request.into_inner();
        assert_eq!(
            (request.answer.as_str(), request.guidance.as_str()),
            ("fn main() {}", "compiles?")
        );
        Ok(Response::new(pb::GradeTextResponse {
            score: 70,
            comment: "compiles".to_owned(),
        }))
    }
}

fn grader(failures: usize) -> (SocketAddr, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let service = Grader {
        failures,
        asked: Arc::clone(&asked),
    };
    let incoming = tonic::transport::server::TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = incoming.local_addr().unwrap();
    tokio::spawn(
        tonic::transport::Server::builder()
            .add_service(TaskGraderServiceServer::new(service))
            .serve_with_incoming(incoming),
    );
    (address, asked)
}

/// A candidate whose answer waits for the grader at `address`.
async fn written(world: &World, address: &str) -> ApplicationId {
    written_by(world, address, "anna@example.com").await
}

async fn written_by(world: &World, address: &str, email: &str) -> ApplicationId {
    let remote = AnyKind::Remote(Remote {
        grader: address.to_owned(),
        guidance: "compiles?".to_owned(),
    });
    let remote = test(
        TestId(Uuid::from_u128(0xF0)),
        "Code",
        vec![task("code", 1, "logic", remote)],
    );
    world
        .put_test_set(&TestSet {
            version: 2,
            tests: vec![remote],
            ..test_set(TEST_SET)
        })
        .await;
    let id = world.candidate(email).await;
    let token = world.invite(id).await;
    world.begin(&token).await.unwrap();
    world.next(&token).await.unwrap();
    world.answer(&token, "code", text("fn main() {}")).await.unwrap();
    world.finish(&token).await.unwrap();
    id
}

async fn ask(world: &World) {
    jobs::ask_graders::run(&world.db, &world.settings.own.hiring, world.now())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_a_remote_grader_is_called_until_it_answers() {
    let (address, asked) = grader(2);
    let url = format!("http://{address}");
    let world = World::with(&[&format!("--graders={url}")]).await;
    let id = written(&world, &url).await;
    assert!(world.get(id).await.unwrap().answers[0].awaits_grader);
    ask(&world).await;
    ask(&world).await;
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    for _ in 0..2 {
        world.forward(TimeDelta::minutes(1));
        ask(&world).await;
    }
    let application = world.get(id).await.unwrap();
    assert_eq!(application.state(), pb::ApplicationState::Tested);
    assert_eq!(
        (
            application.answers[0].score,
            application.answers[0].comment.as_str()
        ),
        (70, "compiles")
    );
    assert_eq!(world.published::<pb::TestsFinished>().await[0].score, 70);
    world.forward(TimeDelta::hours(2));
    ask(&world).await;
    assert_eq!(asked.load(Ordering::Relaxed), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_a_corrupt_attempt_does_not_delay_the_grading_of_others() {
    let (address, _) = grader(0);
    let url = format!("http://{address}");
    let world = World::with(&[&format!("--graders={url}")]).await;
    let mut written = Vec::new();
    for number in 0..10 {
        written.push(written_by(&world, &url, &format!("w{number}@example.com")).await);
    }
    let update = format!(
        "UPDATE attempts SET test_set = '\"corrupt\"' WHERE application_id = '{}'",
        written[0]
    );
    world.conn().await.batch_execute(&update).await.unwrap();
    let outcome = jobs::ask_graders::run(&world.db, &world.settings.own.hiring, world.now()).await;
    assert!(outcome.is_err(), "the run returns its first error");
    for id in &written[1..] {
        assert_eq!(
            world.get(*id).await.unwrap().state(),
            pb::ApplicationState::Tested
        );
    }
    // The corrupt attempt is at the end of the queue now.
    ask(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_an_address_that_the_settings_do_not_allow_is_never_called() {
    let (address, asked) = grader(0);
    let world = World::start().await;
    let id = written(&world, &format!("http://{address}")).await;
    ask(&world).await;
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    assert!(!world.get(id).await.unwrap().answers[0].awaits_grader);
    grade(&world, id, 40).await.unwrap();
    assert_eq!(world.get(id).await.unwrap().state(), pb::ApplicationState::Tested);
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_a_grader_that_never_answers_leaves_the_answer_to_a_manager() {
    let world = World::with(&[
        "--graders=http://127.0.0.1:1",
        "--grader-tries=2",
        "--grader-deadline=100ms",
    ])
    .await;
    let id = written(&world, "http://127.0.0.1:1").await;
    ask(&world).await;
    assert!(world.get(id).await.unwrap().answers[0].awaits_grader);
    world.forward(TimeDelta::minutes(1));
    tokio::time::timeout(Duration::from_secs(5), ask(&world))
        .await
        .unwrap();
    assert!(!world.get(id).await.unwrap().answers[0].awaits_grader);
    grade(&world, id, 40).await.unwrap();
    assert_eq!(
        reason_of(&grade(&world, id, 90).await.unwrap_err()),
        "APPLICATION_STATE"
    );
}

async fn grade(world: &World, id: ApplicationId, score: i32) -> Result<(), Status> {
    let request = world.by_manager(pb::GradeAnswerRequest {
        request_id: super::replies::request_id(),
        application_id: id.to_string(),
        test_id: Uuid::from_u128(0xF0).to_string(),
        task_id: "code".to_owned(),
        score,
        comment: String::new(),
    });
    world.client.clone().grade_answer(request).await.map(drop)
}
