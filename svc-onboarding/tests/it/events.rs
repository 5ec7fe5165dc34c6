//! Events from and to other services, on a real Kafka.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use conventions::Event;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use messaging::{Consumer, Kafka, KafkaOptions, On, Received, Relay, Stop, topics};
use onboarding_contract::v1 as pb;
use svc_onboarding::app;
use svc_onboarding::domain::challenge::{self, Difficulty};
use test_support::{Database, Tokens, authorised, eventually};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use super::messages::{VACANCY, archived_manager, order_completed, test_set, vacancy};
use super::replies::{choose, request_id, text};
use super::support::{Client, fresh, settings};

const BOUND: Duration = Duration::from_secs(40);

/// The service with all its parts, and a neighbour that publishes and listens.
struct Mesh {
    client: Client,
    tokens: Tokens,
    neighbour: service_host::Database,
    received: Arc<Mutex<Vec<String>>>,
    emails: Arc<Mutex<Vec<(String, String)>>>,
    database: Database,
    _aside: Database,
    _shutdown: DropGuard,
}

/// Records the names and keys of events, in order.
struct Recorder<M>(Arc<Mutex<Vec<String>>>, std::marker::PhantomData<fn() -> M>);

impl<M: Event> On<M> for Recorder<M> {
    async fn on(&self, _: &mut AsyncPgConnection, event: &Received<M>) -> Result<(), Stop> {
        let kind = M::TYPE.rsplit('.').next().unwrap_or_default();
        self.0.lock().unwrap().push(format!("{kind} {}", event.key));
        Ok(())
    }
}

/// Records the tokens that e-mails would contain.
struct Emails(Arc<Mutex<Vec<(String, String)>>>);

impl On<pb::ApplicationSubmitted> for Emails {
    async fn on(
        &self,
        _: &mut AsyncPgConnection,
        event: &Received<pb::ApplicationSubmitted>,
    ) -> Result<(), Stop> {
        let email = (
            "confirmation".to_owned(),
            event.message.confirmation_token.clone(),
        );
        self.0.lock().unwrap().push(email);
        Ok(())
    }
}

impl On<pb::TestSetAssigned> for Emails {
    async fn on(&self, _: &mut AsyncPgConnection, event: &Received<pb::TestSetAssigned>) -> Result<(), Stop> {
        let email = ("personal".to_owned(), event.message.personal_token.clone());
        self.0.lock().unwrap().push(email);
        Ok(())
    }
}

impl Mesh {
    async fn start() -> Self {
        let broker = test_support::Kafka::from_env();
        let kafka = Kafka::new(&KafkaOptions::new(broker.brokers(), broker.prefix()));
        for contract in [
            admin_contract::TOPICS,
            orders_contract::TOPICS,
            onboarding_contract::TOPICS,
        ] {
            topics::ensure(&kafka, contract, 2, 1).await.unwrap();
        }
        let database = fresh().await;
        let tokens = Tokens::new();
        let mut arguments = test_support::arguments(&database, &tokens);
        arguments.extend(broker.arguments());
        let app = app::build(&settings(arguments, &[]), service::Clock::system()).unwrap();
        let address = app.local_addr();
        let shutdown = CancellationToken::new();
        tokio::spawn(app.run(shutdown.clone()));

        let aside = Database::fresh(&[service_host::MIGRATIONS, messaging::MIGRATIONS]).await;
        let options = settings(test_support::arguments(&aside, &tokens), &[])
            .service
            .database;
        let neighbour = service_host::Database::new(&options).unwrap();
        tokio::spawn(Relay::new(neighbour.clone(), &kafka, "neighbour").run(shutdown.clone()));
        let received = Arc::new(Mutex::new(Vec::new()));
        let emails = Arc::new(Mutex::new(Vec::new()));
        let consumer = Consumer::new(neighbour.clone(), &kafka, "neighbour")
            .on::<pb::ApplicationSubmitted, _>(Emails(Arc::clone(&emails)))
            .on::<pb::TestSetAssigned, _>(Emails(Arc::clone(&emails)))
            .on::<pb::ApplicationSubmitted, _>(Recorder(Arc::clone(&received), std::marker::PhantomData))
            .on::<pb::ApplicationConfirmed, _>(Recorder(Arc::clone(&received), std::marker::PhantomData))
            .on::<pb::TestSetAssigned, _>(Recorder(Arc::clone(&received), std::marker::PhantomData))
            .on::<pb::TestsStarted, _>(Recorder(Arc::clone(&received), std::marker::PhantomData))
            .on::<pb::TestsFinished, _>(Recorder(Arc::clone(&received), std::marker::PhantomData))
            .on::<pb::ApplicationApproved, _>(Recorder(Arc::clone(&received), std::marker::PhantomData));
        tokio::spawn(consumer.run(shutdown.clone()));
        Self {
            client: Client::new(test_support::channel(address).await),
            tokens,
            neighbour,
            received,
            emails,
            database,
            _aside: aside,
            _shutdown: shutdown.drop_guard(),
        }
    }

    async fn publish<M: Event>(&self, event: &M) {
        self.neighbour
            .transaction(async |conn: &mut AsyncPgConnection| test_support::publish(conn, event).await)
            .await
            .unwrap();
    }

    async fn token(&self, kind: &str) -> String {
        eventually(BOUND, async || {
            let emails = self.emails.lock().unwrap();
            let email = emails.iter().find(|(of, _)| of == kind);
            email
                .map(|(_, token)| token.clone())
                .ok_or_else(|| format!("no {kind} e-mail"))
        })
        .await
    }

    async fn apply(&self) -> Result<String, tonic::Status> {
        let mut client = self.client.clone();
        let vacancy_id = VACANCY.to_string();
        let challenge = client
            .get_challenge(pb::GetChallengeRequest {
                vacancy_id: vacancy_id.clone(),
            })
            .await?
            .into_inner();
        let difficulty = Difficulty::new(4).unwrap();
        let request = pb::ApplyRequest {
            request_id: request_id(),
            vacancy_id,
            name: "Ann".to_owned(),
            age: 40,
            email: "ann@example.com".to_owned(),
            language: "en".to_owned(),
            form_answers: Vec::new(),
            photo: Vec::new(),
            nonce: challenge::solve(&challenge.challenge, difficulty).unwrap(),
            challenge: challenge.challenge,
        };
        Ok(client.apply(request).await?.into_inner().application_id)
    }
}

/// The events of one approved application, in order.
const WHOLE_WAY: [&str; 6] = [
    "ApplicationSubmitted",
    "ApplicationConfirmed",
    "TestSetAssigned",
    "TestsStarted",
    "TestsFinished",
    "ApplicationApproved",
];

impl Mesh {
    async fn confirm(&self) {
        let request = pb::ConfirmEmailRequest {
            request_id: request_id(),
            token: self.token("confirmation").await,
        };
        self.client.clone().confirm_email(request).await.unwrap();
    }

    /// Retries, because the test set has another topic than the vacancy and may arrive later.
    async fn assign(&self, id: &str, manager: &str) {
        eventually(BOUND, async || {
            let request = pb::AssignTestSetRequest {
                request_id: request_id(),
                application_id: id.to_owned(),
                test_set_id: String::new(),
            };
            let outcome = self
                .client
                .clone()
                .assign_test_set(authorised(request, manager))
                .await;
            outcome.map(drop).map_err(|status| status.to_string())
        })
        .await;
    }

    async fn take(&self) {
        let mut client = self.client.clone();
        let token = self.token("personal").await;
        let begin = pb::BeginTestRequest {
            request_id: request_id(),
            token: token.clone(),
        };
        client.begin_test(begin).await.unwrap();
        for (task_id, answer) in [("one", choose(&["1"])), ("two", text("Yes"))] {
            client
                .next_task(pb::NextTaskRequest { token: token.clone() })
                .await
                .unwrap();
            let request = pb::SubmitAnswerRequest {
                request_id: request_id(),
                token: token.clone(),
                task_id: task_id.to_owned(),
                answer: Some(answer),
            };
            client.submit_answer(request).await.unwrap();
        }
        let finish = pb::FinishTestRequest {
            request_id: request_id(),
            token,
        };
        client.finish_test(finish).await.unwrap();
    }

    async fn approve(&self, id: &str, manager: &str) -> String {
        let request = pb::ApproveApplicationRequest {
            request_id: request_id(),
            application_id: id.to_owned(),
            reason: String::new(),
        };
        let response = self
            .client
            .clone()
            .approve_application(authorised(request, manager))
            .await;
        response.unwrap().into_inner().worker_id
    }

    async fn report(&self, manager: &str) -> Result<Vec<pb::VariantResult>, String> {
        let request = pb::GetVariantReportRequest {
            vacancy_id: VACANCY.to_string(),
        };
        let report = self
            .client
            .clone()
            .get_variant_report(authorised(request, manager))
            .await;
        Ok(report.map_err(|status| status.to_string())?.into_inner().variants)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_to_h6_all_steps_of_an_application_are_published() {
    let mesh = Mesh::start().await;
    mesh.publish(&vacancy()).await;
    mesh.publish(&test_set("yes|no")).await;
    let id = eventually(BOUND, async || {
        mesh.apply().await.map_err(|status| status.to_string())
    })
    .await;
    let manager = mesh.tokens.manager(Uuid::new_v4());
    mesh.confirm().await;
    mesh.assign(&id, &manager).await;
    mesh.take().await;
    let worker = mesh.approve(&id, &manager).await;

    let expected = WHOLE_WAY.map(|kind| format!("{kind} {id}"));
    eventually(BOUND, async || {
        let received = mesh.received.lock().unwrap().clone();
        if received == expected {
            Ok(())
        } else {
            Err(format!("{received:?}"))
        }
    })
    .await;

    mesh.publish(&order_completed(worker)).await;
    eventually(BOUND, async || match mesh.report(&manager).await?.as_slice() {
        [only] if (only.approved, only.orders_completed) == (1, 1) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
}

async fn parked_reasons(mut conn: AsyncPgConnection) -> Vec<String> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        reason: String,
    }
    let rows: Vec<Row> = diesel::sql_query("SELECT reason FROM parked")
        .load(&mut conn)
        .await
        .unwrap();
    rows.into_iter().map(|row| row.reason).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_a_test_set_that_no_candidate_could_take_is_parked_and_other_events_go_on() {
    let mesh = Mesh::start().await;
    mesh.publish(&test_set("(((")).await;
    mesh.publish(&vacancy()).await;
    eventually(BOUND, async || {
        mesh.apply().await.map(drop).map_err(|status| status.to_string())
    })
    .await;

    let manager = archived_manager();
    mesh.publish(&manager).await;
    eventually(BOUND, async || {
        let id: Uuid = manager.manager_id.parse().unwrap();
        let request = pb::NoteContactRequest {
            request_id: request_id(),
            application_id: Uuid::new_v4().to_string(),
            text: "hello".to_owned(),
        };
        let token = mesh.tokens.manager(id);
        let status = mesh
            .client
            .clone()
            .note_contact(authorised(request, &token))
            .await
            .unwrap_err();
        match test_support::reason_of(&status).as_str() {
            "MANAGER_ARCHIVED" => Ok(()),
            other => Err(other.to_owned()),
        }
    })
    .await;
    let parked = mesh.database.connection().await;
    let parked = parked_reasons(parked).await;
    assert_eq!(parked.len(), 1);
    assert!(parked[0].contains("the pattern cannot be used"), "{parked:?}");
}
