//! The parts of notify at work on a database of its own, with a mail server beside it.

use std::time::Duration;

use chrono::Utc;
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
use svc_notify::domain::language::Language;
use svc_notify::events::announce::{Announce, Announcer, Tells};
use svc_notify::events::on_client_state::OnClientState;
use svc_notify::events::on_manager_state::OnManagerState;
use svc_notify::events::on_worker_state::OnWorkerState;
use svc_notify::jobs::deliver::Deliver;
use svc_notify::mail::Mailer;
use svc_notify::templates::Templates;
use svc_notify::{MIGRATIONS, app};
use test_support::Tokens;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::samples;

/// No condition of these tests takes longer.
pub const BOUND: Duration = Duration::from_secs(30);

pub const DEPARTMENT_MAIL: &str = "department@artel.example";

/// Notify's parts, each to be driven by hand.
pub struct Bench {
    pub database: test_support::Database,
    pub db: Database,
    pub settings: Settings<Config>,
    pub tokens: Tokens,
    pub announcer: Arc<Announcer>,
    pub outside: Running,
    client: Client,
}

impl Bench {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With these settings besides.
    pub async fn with(more: &[&str]) -> Self {
        // Another test of this process may have been first; then it is installed already.
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
                "--site-url=https://artel.example",
                "--mail-first-pause=10ms",
                "--mail-poll=50ms",
            ]
            .map(String::from),
        );
        arguments.extend(more.iter().map(ToString::to_string));
        let settings = Settings::<Config>::parse_from(arguments);
        let letters = &settings.own.letters;
        let announcer = Announcer {
            templates: Templates::load(None, letters.time_zone, &letters.site_url).unwrap(),
            department_mail: DEPARTMENT_MAIL.to_owned(),
            department_language: Language::En,
        };
        let db = Database::new(&settings.service.database).unwrap();
        Self {
            database,
            db,
            settings,
            tokens,
            announcer: Arc::new(announcer),
            outside,
            client: Client::new(),
        }
    }

    /// One listener takes one event in, in a transaction of its own.
    pub async fn take<M: Event + Clone, L: On<M>>(
        &self,
        listener: &L,
        id: Uuid,
        message: &M,
    ) -> Result<(), Stop> {
        let event = Received {
            id,
            time: Utc::now(),
            source: "/artel/test".to_owned(),
            key: message.key().to_owned(),
            message: message.clone(),
        };
        let mut conn = self.db.connection().await?;
        listener.on(&mut conn, &event).await
    }

    /// Tells of an event.
    pub async fn tell<M: Tells + Clone>(&self, id: Uuid, message: &M) -> Result<(), Stop> {
        self.take(&Announce(self.announcer.clone()), id, message).await
    }

    /// Tells of an event that nobody has told of yet.
    pub async fn tell_new<M: Tells + Clone>(&self, message: &M) {
        self.tell(Uuid::now_v7(), message).await.unwrap();
    }

    /// Anna the client, Boris the worker, Vera the manager: everybody whom the samples concern.
    pub async fn know_everybody(&self) {
        self.take(&OnClientState, Uuid::now_v7(), &samples::client(1, samples::ANNA))
            .await
            .unwrap();
        self.take(&OnWorkerState, Uuid::now_v7(), &samples::worker())
            .await
            .unwrap();
        self.take(&OnManagerState, Uuid::now_v7(), &samples::manager())
            .await
            .unwrap();
    }

    pub fn deliver(&self) -> Deliver {
        let mailer = Mailer::new(&self.settings.own.mail).unwrap();
        Deliver::new(
            self.db.clone(),
            mailer,
            self.settings.own.mail.patience(),
            CancellationToken::new(),
        )
    }

    /// The service itself, only its calls, and a connection to it. It stops with the guard.
    pub async fn serve(&self) -> (Channel, tokio_util::sync::DropGuard) {
        let mut settings = self.settings.clone();
        settings.service.only = Some(service_host::Only::Grpc);
        serve(&settings).await
    }

    pub async fn mails(&self, to: &str) -> Vec<Value> {
        let request = self
            .client
            .get(format!("{}/mailbox?to={to}", self.outside.http_url()));
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer["mails"].as_array().unwrap().clone()
    }

    /// Subjects in the mailbox, in the order of their arrival.
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

/// Runs the service with these settings.
pub async fn serve(settings: &Settings<Config>) -> (Channel, tokio_util::sync::DropGuard) {
    let app = app::build(settings, Clock::system()).unwrap();
    let address = app.local_addr();
    let shutdown = CancellationToken::new();
    tokio::spawn(app.run(shutdown.clone()));
    (test_support::channel(address).await, shutdown.drop_guard())
}
