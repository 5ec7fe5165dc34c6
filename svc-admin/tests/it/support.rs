//! The real service on a free port, with a database of its own.

use std::time::Duration;

use admin_contract::v1::admin_service_client::AdminServiceClient;
use clap::Parser as _;
use conventions::Event;
use diesel::sql_types::{Binary, Text};
use diesel_async::RunQueryDsl;
use messaging::{On, Received, Stop};
use service::{Clock, Settings};
use service_host::{Database, DatabaseOptions};
use svc_admin::config::Config;
use svc_admin::{MIGRATIONS, app};
use test_support::{Tokens, authorised};
use tokio_util::sync::CancellationToken;
use tonic::Request;
use tonic::transport::Channel;
use uuid::Uuid;

/// How long a step may take on a busy machine.
pub const BOUND: Duration = Duration::from_secs(30);

#[derive(clap::Parser)]
struct DatabaseCli {
    #[command(flatten)]
    database: DatabaseOptions,
}

/// A running service and three callers.
pub struct World {
    pub database: test_support::Database,
    pub db: Database,
    pub tokens: Tokens,
    pub root: Uuid,
    pub manager: Uuid,
    pub quality: Uuid,
    pub channel: Channel,
    _running: tokio_util::sync::DropGuard,
}

#[derive(diesel::QueryableByName)]
struct Payload {
    #[diesel(sql_type = Binary)]
    payload: Vec<u8>,
}

impl World {
    /// Starts the gRPC part only: events stay in the outbox.
    pub async fn start() -> Self {
        Self::start_with(&["--only=grpc".to_owned()]).await
    }

    /// Starts all parts, with a broker.
    pub async fn start_with_kafka(kafka: &test_support::Kafka) -> Self {
        Self::start_with(&kafka.arguments()).await
    }

    async fn start_with(arguments: &[String]) -> Self {
        let sets = [service_host::MIGRATIONS, messaging::MIGRATIONS, MIGRATIONS];
        let database = test_support::Database::fresh(&sets).await;
        let tokens = Tokens::new();
        // Many calls compete on a busy machine.
        let long_timeouts = [
            "--database-pool-size=16",
            "--database-wait=30s",
            "--database-connect-timeout=30s",
            "--grpc-default-deadline=30s",
        ];
        let settings = Settings::<Config>::parse_from(
            ["svc-admin".to_owned()]
                .into_iter()
                .chain(test_support::arguments(&database, &tokens))
                .chain(long_timeouts.map(String::from))
                .chain(arguments.iter().cloned()),
        );
        let db = Database::new(&settings.service.database).unwrap();
        let app = app::build(&settings, Clock::system()).unwrap();
        let address = app.local_addr();
        let shutdown = CancellationToken::new();
        tokio::spawn(app.run(shutdown.clone()));
        Self {
            database,
            db,
            tokens,
            root: Uuid::new_v4(),
            manager: Uuid::new_v4(),
            quality: Uuid::new_v4(),
            channel: test_support::channel(address).await,
            _running: shutdown.drop_guard(),
        }
    }

    pub fn api(&self) -> AdminServiceClient<Channel> {
        AdminServiceClient::new(self.channel.clone())
    }

    pub fn by_root<M>(&self, message: M) -> Request<M> {
        authorised(message, &self.tokens.root(self.root))
    }

    pub fn by_manager<M>(&self, message: M) -> Request<M> {
        authorised(message, &self.tokens.manager(self.manager))
    }

    pub fn by_quality<M>(&self, message: M) -> Request<M> {
        authorised(message, &self.tokens.quality(self.quality))
    }

    /// Passes an event to a listener.
    pub async fn deliver<M: Event + Clone, L: On<M>>(&self, listener: &L, message: &M) {
        self.try_deliver(listener, message).await.unwrap();
    }

    pub async fn try_deliver<M: Event + Clone, L: On<M>>(
        &self,
        listener: &L,
        message: &M,
    ) -> Result<(), Stop> {
        let event = Received {
            id: Uuid::now_v7(),
            time: Clock::system().now(),
            source: "/artel/test".to_owned(),
            key: message.key().to_owned(),
            message: message.clone(),
        };
        let mut conn = self.db.connection().await?;
        listener.on(&mut conn, &event).await
    }

    /// The published events of one type and key, in order.
    pub async fn published<M: Event>(&self, key: &str) -> Vec<M> {
        let rows: Vec<Payload> =
            diesel::sql_query("SELECT payload FROM outbox WHERE ce_type = $1 AND key = $2 ORDER BY id")
                .bind::<Text, _>(M::TYPE)
                .bind::<Text, _>(key)
                .load(&mut self.db.connection().await.unwrap())
                .await
                .unwrap();
        rows.iter()
            .map(|row| M::decode(row.payload.as_slice()).unwrap())
            .collect()
    }
}

/// The settings of a database, parsed from a command line.
pub fn database_options(database: &test_support::Database) -> DatabaseOptions {
    let url = format!("--database-url={}", database.url());
    DatabaseCli::parse_from(["test", &url]).database
}

pub fn id() -> String {
    Uuid::new_v4().to_string()
}
