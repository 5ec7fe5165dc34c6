//! The real service on a free port, with its own database and a clock that tests can set forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;
use conventions::Event;
use diesel::sql_types::{BigInt, Binary, Text};
use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use onboarding_contract::v1::onboarding_service_client::OnboardingServiceClient;
use service::{Clock, Settings};
use svc_onboarding::app;
use svc_onboarding::config::Config;
use svc_onboarding::domain::challenge::{self, Difficulty};
use svc_onboarding::domain::ids::{ApplicationId, WorkerId};
use svc_onboarding::domain::test_set::TestSet;
use svc_onboarding::domain::vacancy::Vacancy;
use svc_onboarding::store;
use test_support::{Database, Tokens, authorised};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::transport::Channel;
use tonic::{Response, Status};
use uuid::Uuid;

use super::replies::{reply, request_id, text};
use super::setting::{TEST_SET, VACANCY, test_set, vacancy};

pub type Client = OnboardingServiceClient<Channel>;

/// The settings of a service under test: a low difficulty, and limits that no test reaches by
/// accident.
pub fn settings(arguments: Vec<String>, flags: &[&str]) -> Settings<Config> {
    let mut all = vec!["svc-onboarding".to_owned()];
    all.extend(arguments);
    let relaxed = [
        "--challenge-difficulty=4",
        "--address-burst=100000",
        "--network-burst=100000",
        "--call-burst=100000",
    ];
    let named = |flag: &str| {
        flags
            .iter()
            .any(|other| other.split('=').next() == flag.split('=').next())
    };
    all.extend(relaxed.into_iter().filter(|flag| !named(flag)).map(str::to_owned));
    all.extend(flags.iter().map(|flag| (*flag).to_owned()));
    Settings::parse_from(all)
}

/// A running service.
pub struct World {
    pub database: Database,
    pub tokens: Tokens,
    pub client: Client,
    pub settings: Settings<Config>,
    pub manager: Uuid,
    /// The service's connection pool, for running jobs.
    pub db: service_host::Database,
    clock: Clock,
    /// By how many seconds the clock is set forward.
    ahead: Arc<AtomicI64>,
    _shutdown: DropGuard,
}

impl World {
    /// Has the vacancy and the test set of `setting`. Events stay in the outbox, where tests read
    /// them.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    pub async fn with(flags: &[&str]) -> Self {
        let database = fresh().await;
        let tokens = Tokens::new();
        let arguments = test_support::arguments(&database, &tokens);
        let flags = [&["--only=grpc"], flags].concat();
        let settings = settings(arguments, &flags);
        let ahead = Arc::new(AtomicI64::new(0));
        let seconds = Arc::clone(&ahead);
        let clock = Clock::from_fn(move || Utc::now() + TimeDelta::seconds(seconds.load(Ordering::Relaxed)));
        let app = app::build(&settings, clock.clone()).unwrap();
        let address = app.local_addr();
        let shutdown = CancellationToken::new();
        tokio::spawn(app.run(shutdown.clone()));
        let client = Client::new(test_support::channel(address).await);
        let world = Self {
            db: service_host::Database::new(&settings.service.database).unwrap(),
            manager: Uuid::new_v4(),
            database,
            tokens,
            client,
            settings,
            clock,
            ahead,
            _shutdown: shutdown.drop_guard(),
        };
        world.put_vacancy(&vacancy()).await;
        world.put_test_set(&test_set(TEST_SET)).await;
        world
    }

    pub async fn put_vacancy(&self, vacancy: &Vacancy) {
        let mut conn = self.conn().await;
        store::vacancies::put(&mut conn, vacancy, self.now())
            .await
            .unwrap();
    }

    pub async fn put_test_set(&self, test_set: &TestSet) {
        store::test_sets::put(&mut self.conn().await, test_set)
            .await
            .unwrap();
    }

    pub async fn conn(&self) -> AsyncPgConnection {
        self.database.connection().await
    }

    /// Sets the service's clock forward.
    pub fn forward(&self, by: TimeDelta) {
        self.ahead.fetch_add(by.num_seconds(), Ordering::Relaxed);
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A request by this world's manager.
    pub fn by_manager<M>(&self, message: M) -> tonic::Request<M> {
        authorised(message, &self.tokens.manager(self.manager))
    }

    /// An application with a solved challenge.
    pub async fn application(&self, email: &str) -> pb::ApplyRequest {
        let mut client = self.client.clone();
        let request = pb::GetChallengeRequest {
            vacancy_id: VACANCY.to_string(),
        };
        let challenge = client.get_challenge(request).await.unwrap().into_inner();
        let difficulty = Difficulty::new(u8::try_from(challenge.difficulty_bits).unwrap()).unwrap();
        pb::ApplyRequest {
            request_id: request_id(),
            vacancy_id: VACANCY.to_string(),
            name: "Анна".to_owned(),
            age: 30,
            email: email.to_owned(),
            language: "ru".to_owned(),
            form_answers: vec![pb::FormAnswer {
                name: "experience".to_owned(),
                text: "two years".to_owned(),
            }],
            photo: Vec::new(),
            nonce: challenge::solve(&challenge.challenge, difficulty).unwrap(),
            challenge: challenge.challenge,
        }
    }

    pub async fn apply(&self, email: &str) -> Result<ApplicationId, Status> {
        let request = self.application(email).await;
        let response = self.client.clone().apply(request).await?.into_inner();
        Ok(response.application_id.parse().unwrap())
    }

    /// Applies and confirms the address. Managers see the application.
    pub async fn candidate(&self, email: &str) -> ApplicationId {
        let id = self.apply(email).await.unwrap();
        self.confirm(&self.confirmation_token(id).await).await.unwrap();
        id
    }

    pub async fn confirm(&self, token: &str) -> Result<Response<pb::ConfirmEmailResponse>, Status> {
        let request = pb::ConfirmEmailRequest {
            request_id: request_id(),
            token: token.to_owned(),
        };
        self.client.clone().confirm_email(request).await
    }

    /// The token in the first e-mail.
    pub async fn confirmation_token(&self, id: ApplicationId) -> String {
        let events = self.published::<pb::ApplicationSubmitted>().await;
        let mine = events
            .into_iter()
            .rfind(|event| event.application_id == id.to_string());
        mine.unwrap().confirmation_token
    }

    /// Assigns the vacancy's tests. Returns the token of the personal link.
    pub async fn invite(&self, id: ApplicationId) -> String {
        self.assign(id, "").await.unwrap();
        self.personal_token(id).await
    }

    pub async fn assign(
        &self,
        id: ApplicationId,
        test_set_id: &str,
    ) -> Result<Response<pb::AssignTestSetResponse>, Status> {
        let request = self.by_manager(pb::AssignTestSetRequest {
            request_id: request_id(),
            application_id: id.to_string(),
            test_set_id: test_set_id.to_owned(),
        });
        self.client.clone().assign_test_set(request).await
    }

    /// The token of the latest personal link.
    pub async fn personal_token(&self, id: ApplicationId) -> String {
        let events = self.published::<pb::TestSetAssigned>().await;
        let mine = events
            .into_iter()
            .rfind(|event| event.application_id == id.to_string());
        mine.unwrap().personal_token
    }

    pub async fn begin(&self, token: &str) -> Result<pb::BeginTestResponse, Status> {
        let request = pb::BeginTestRequest {
            request_id: request_id(),
            token: token.to_owned(),
        };
        Ok(self.client.clone().begin_test(request).await?.into_inner())
    }

    pub async fn next(&self, token: &str) -> Result<Option<pb::ShownTask>, Status> {
        let request = pb::NextTaskRequest {
            token: token.to_owned(),
        };
        Ok(self.client.clone().next_task(request).await?.into_inner().task)
    }

    pub async fn answer(&self, token: &str, task_id: &str, answer: pb::Answer) -> Result<i32, Status> {
        let request = pb::SubmitAnswerRequest {
            request_id: request_id(),
            token: token.to_owned(),
            task_id: task_id.to_owned(),
            answer: Some(answer),
        };
        Ok(self
            .client
            .clone()
            .submit_answer(request)
            .await?
            .into_inner()
            .tasks_left)
    }

    pub async fn finish(&self, token: &str) -> Result<i32, Status> {
        let request = pb::FinishTestRequest {
            request_id: request_id(),
            token: token.to_owned(),
        };
        Ok(self
            .client
            .clone()
            .finish_test(request)
            .await?
            .into_inner()
            .tests_left)
    }

    /// Takes both tests: the arithmetic all right or all wrong, and the essay.
    pub async fn take(&self, token: &str, rightly: bool) {
        self.begin(token).await.unwrap();
        while let Some(task) = self.next(token).await.unwrap() {
            self.answer(token, &task.task_id, reply(&task, rightly))
                .await
                .unwrap();
        }
        assert_eq!(self.finish(token).await.unwrap(), 1);
        self.begin(token).await.unwrap();
        self.next(token).await.unwrap();
        self.answer(token, "essay", text("I waited.")).await.unwrap();
        assert_eq!(self.finish(token).await.unwrap(), 0);
    }

    pub async fn grade_essay(
        &self,
        id: ApplicationId,
        score: i32,
    ) -> Result<pb::GradeAnswerResponse, Status> {
        let request = self.by_manager(pb::GradeAnswerRequest {
            request_id: request_id(),
            application_id: id.to_string(),
            test_id: super::setting::ESSAY.to_string(),
            task_id: "essay".to_owned(),
            score,
            comment: "heartfelt".to_owned(),
        });
        Ok(self.client.clone().grade_answer(request).await?.into_inner())
    }

    /// A scored application: the arithmetic all right, the essay graded.
    pub async fn tested(&self, email: &str, essay: i32) -> ApplicationId {
        let id = self.candidate(email).await;
        let token = self.invite(id).await;
        self.take(&token, true).await;
        self.grade_essay(id, essay).await.unwrap();
        id
    }

    pub async fn approve(&self, id: ApplicationId, reason: &str) -> Result<WorkerId, Status> {
        let request = self.by_manager(pb::ApproveApplicationRequest {
            request_id: request_id(),
            application_id: id.to_string(),
            reason: reason.to_owned(),
        });
        let response = self.client.clone().approve_application(request).await?;
        Ok(response.into_inner().worker_id.parse().unwrap())
    }

    pub async fn decline(&self, id: ApplicationId) -> Result<(), Status> {
        let request = self.by_manager(pb::DeclineApplicationRequest {
            request_id: request_id(),
            application_id: id.to_string(),
            reason: "too impatient".to_owned(),
            message: "Try again in a year.".to_owned(),
        });
        self.client.clone().decline_application(request).await.map(drop)
    }

    pub async fn get(&self, id: ApplicationId) -> Result<pb::Application, Status> {
        let request = self.by_manager(pb::GetApplicationRequest {
            application_id: id.to_string(),
        });
        let response = self.client.clone().get_application(request).await?;
        Ok(response.into_inner().application.unwrap())
    }

    pub async fn mine(&self, token: &str) -> Result<pb::MyApplication, Status> {
        let request = pb::GetMyApplicationRequest {
            token: token.to_owned(),
        };
        let response = self.client.clone().get_my_application(request).await?;
        Ok(response.into_inner().application.unwrap())
    }

    /// The events of one type in the outbox, in order.
    pub async fn published<M: Event>(&self) -> Vec<M> {
        use diesel_async::RunQueryDsl;
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = Binary)]
            payload: Vec<u8>,
        }
        let rows: Vec<Row> = diesel::sql_query("SELECT payload FROM outbox WHERE ce_type = $1 ORDER BY id")
            .bind::<Text, _>(M::TYPE)
            .load(&mut self.conn().await)
            .await
            .unwrap();
        rows.iter()
            .map(|row| M::decode(row.payload.as_slice()).unwrap())
            .collect()
    }

    /// How many rows `from` has: a table, with or without a condition.
    pub async fn count(&self, from: &str) -> i64 {
        use diesel_async::RunQueryDsl;
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        let row: Row = diesel::sql_query(format!("SELECT count(*) AS count FROM {from}"))
            .get_result(&mut self.conn().await)
            .await
            .unwrap();
        row.count
    }
}

pub async fn fresh() -> Database {
    Database::fresh(&[
        service_host::MIGRATIONS,
        messaging::MIGRATIONS,
        svc_onboarding::MIGRATIONS,
    ])
    .await
}
