//! The parts of notify with a database of their own and a mail server.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Parser;
use conventions::Event;
use messaging::{On, Received, Stop};
use outside_world::{Options, Running};
use reqwest::{Client, Method};
use serde_json::Value;
use service::{Clock, Settings};
use service_host::Database;
use std::sync::Arc;
use svc_notify::config::Config;
use svc_notify::events::convert::Announced;
use svc_notify::events::on_announced::OnAnnounced;
use svc_notify::events::on_recipient::OnRecipient;
use svc_notify::jobs::deliver::Deliver;
use svc_notify::mail::Mailer;
use svc_notify::use_cases::announce::Announcer;
use svc_notify::{MIGRATIONS, app};
use test_support::Tokens;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::samples;

/// The longest wait for a condition.
pub const BOUND: Duration = Duration::from_secs(30);

/// The time on a bench's clock when it starts: 2026-11-24, 07:00 UTC, like the samples.
const START: DateTime<Utc> = DateTime::from_timestamp_nanos(samples::MORNING * 1_000_000_000);

pub const DEPARTMENT_MAIL: &str = "department@artel.example";

/// The parts of notify, which a test calls one by one.
pub struct Bench {
    pub database: test_support::Database,
    pub db: Database,
    pub settings: Settings<Config>,
    pub tokens: Tokens,
    /// The clock of the service and of its neighbours.
    pub clock: Clock,
    pub announcer: Arc<Announcer>,
    pub outside: Running,
    client: Client,
}

impl Bench {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With additional settings.
    pub async fn with(more: &[&str]) -> Self {
        // Installing it again, after another test of this process, is refused and harmless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sets = [service_host::MIGRATIONS, messaging::MIGRATIONS, MIGRATIONS];
        let database = test_support::Database::fresh(&sets).await;
        let tokens = Tokens::new();
        let outside = outside_world::start(Options::for_tests()).await.unwrap();
        let mut arguments = vec!["svc-notify".to_owned()];
        arguments.extend(test_support::arguments(&database, &tokens));
        arguments.push(format!("--smtp-url={}", outside.smtp_url()));
        arguments.push(format!("--department-mail={DEPARTMENT_MAIL}"));
        arguments.extend(
            [
                "--department-language=en",
                "--site-url=https://artel.example",
                "--mail-first-pause=10ms",
                "--mail-poll=50ms",
            ]
            .map(String::from),
        );
        arguments.extend(more.iter().map(ToString::to_string));
        let settings = Settings::<Config>::parse_from(arguments);
        let announcer = settings.own.letters.announcer().unwrap();
        let db = Database::new(&settings.service.database).unwrap();
        Self {
            database,
            db,
            settings,
            tokens,
            clock: Clock::starting_at(START),
            announcer: Arc::new(announcer),
            outside,
            client: Client::new(),
        }
    }

    /// A listener processes an event.
    pub async fn process<M: Event + Clone, L: On<M>>(
        &self,
        listener: &L,
        id: Uuid,
        message: &M,
    ) -> Result<(), Stop> {
        let event = Received {
            id,
            time: self.clock.now(),
            source: "/artel/test".to_owned(),
            key: message.key().to_owned(),
            message: message.clone(),
        };
        let mut conn = self.db.connection().await?;
        listener.on(&mut conn, &event).await
    }

    /// Announces an event.
    pub async fn announce<M: Announced + Clone>(&self, id: Uuid, message: &M) -> Result<(), Stop> {
        let listener = OnAnnounced {
            announcer: self.announcer.clone(),
            clock: self.clock.clone(),
        };
        self.process(&listener, id, message).await
    }

    /// Announces an event that was not announced before.
    pub async fn announce_new<M: Announced + Clone>(&self, message: &M) {
        self.announce(Uuid::now_v7(), message).await.unwrap();
    }

    /// Makes the people of the samples known: Anna the client, Boris the worker, Vera the manager.
    pub async fn introduce_people(&self) {
        self.process(&OnRecipient, Uuid::now_v7(), &samples::client(1, samples::ANNA))
            .await
            .unwrap();
        self.process(&OnRecipient, Uuid::now_v7(), &samples::worker())
            .await
            .unwrap();
        self.process(&OnRecipient, Uuid::now_v7(), &samples::manager())
            .await
            .unwrap();
    }

    pub fn deliver(&self) -> Deliver {
        let mailer = Mailer::new(&self.settings.own.mail).unwrap();
        Deliver::new(
            self.db.clone(),
            mailer,
            self.settings.own.mail.schedule(),
            self.clock.clone(),
            CancellationToken::new(),
        )
    }

    /// Starts the service's calls. Returns a connection, and a guard that stops the service.
    pub async fn serve(&self) -> (Channel, tokio_util::sync::DropGuard) {
        let mut settings = self.settings.clone();
        settings.service.only = Some(service_host::Only::Grpc);
        serve(&settings, &self.clock).await
    }

    pub async fn mails(&self, to: &str) -> Vec<Value> {
        let request = self
            .client
            .get(format!("{}/mailbox?to={to}", self.outside.http_url()));
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer["mails"].as_array().unwrap().clone()
    }

    /// The subjects in a mailbox, in the order of their arrival.
    pub async fn subjects(&self, to: &str) -> Vec<String> {
        let mails = self.mails(to).await;
        mails
            .iter()
            .map(|mail| mail["subject"].as_str().unwrap().to_owned())
            .collect()
    }

    pub async fn fault(&self, fault: Value) {
        let url = format!("{}/_faults", self.outside.http_url());
        self.client
            .request(Method::PUT, url)
            .json(&fault)
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap();
    }
}

/// Starts the service. Returns a connection, and a guard that stops the service.
pub async fn serve(settings: &Settings<Config>, clock: &Clock) -> (Channel, tokio_util::sync::DropGuard) {
    let app = app::build(settings, clock.clone()).unwrap();
    let address = app.local_addr();
    let shutdown = CancellationToken::new();
    tokio::spawn(app.run(shutdown.clone()));
    (test_support::channel(address).await, shutdown.drop_guard())
}
