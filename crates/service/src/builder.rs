//! Putting a service together, and running it.

use std::net::SocketAddr;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use messaging::{Consumer, Kafka, Relay};
use service_host::jobs::Task;
use service_host::{Access, Database, Host, Only, Server, Supervisor, requests, supervisor};
use tokio_util::sync::CancellationToken;

use crate::{About, Options};

/// How long the parts of a service may take to end after shutdown is requested.
const DRAIN: Duration = Duration::from_secs(30);

/// How often stored answers to old requests are deleted.
const PURGE_INTERVAL: Duration = Duration::from_hours(1);

/// A service that is being put together. Its address is bound already; nothing is served yet.
pub struct Builder {
    about: &'static About,
    host: Host,
    kafka: Kafka,
    server: Server,
    consumer: Consumer,
    jobs: Vec<(&'static str, BoxFuture<'static, ()>)>,
    nameless: bool,
    only: Option<Only>,
}

impl Builder {
    /// Begins a service and binds its address. PostgreSQL, Kafka and the token issuer may be away:
    /// the service reports that in its health, and works as soon as they are back.
    ///
    /// # Errors
    /// A setting that cannot be used, or an address that is taken.
    pub fn bind(about: &'static About, options: &Options, host: &Host) -> anyhow::Result<Self> {
        let kafka = Kafka::new(&options.kafka);
        let operations = operations_contract::CONTRACT;
        let server = Server::bind(&options.grpc, Access::new(&options.access)?)?
            .contract(about.contract.methods, about.contract.descriptors)
            .contract(operations.methods, operations.descriptors)
            .needs("postgres", host.db.clone(), async |db: Database| db.probe().await)
            .uses("kafka", kafka.clone(), async |kafka: Kafka| kafka.probe().await);
        Ok(Self {
            about,
            host: host.clone(),
            server,
            consumer: Consumer::new(host.db.clone(), &kafka, about.name),
            kafka,
            jobs: Vec::new(),
            nameless: false,
            only: options.only,
        })
    }

    /// Adds gRPC services and dependencies to the server.
    pub fn serve(self, add: impl FnOnce(Server) -> Server) -> Self {
        Self {
            server: add(self.server),
            ..self
        }
    }

    /// Adds listeners to the consumer.
    pub fn listen(self, add: impl FnOnce(Consumer) -> Consumer) -> Self {
        Self {
            consumer: add(self.consumer),
            ..self
        }
    }

    /// Adds a job, made by [`Host::every`].
    pub fn job(mut self, task: Task<impl Future<Output = ()> + Send + 'static>) -> Self {
        self.jobs.push((task.name, task.future.boxed()));
        self
    }

    /// Stores nothing that identifies a caller: no answers to requests, no operator's id.
    pub fn nameless(mut self) -> Self {
        self.nameless = true;
        self
    }

    /// Finishes the service.
    ///
    /// # Errors
    /// A gRPC method that no contract allows anyone to call.
    pub fn build(self) -> anyhow::Result<Service> {
        let mut operations = self.consumer.operations(self.about.version);
        let mut jobs = self.jobs;
        if self.nameless {
            operations = operations.nameless();
        } else {
            let purge = self
                .host
                .every("purge-requests", PURGE_INTERVAL)
                .run(async |host: Host| requests::purge(&host.db).await.map(drop));
            jobs.push((purge.name, purge.future.boxed()));
        }
        let server = self.server.service(operations.into_service());
        server.check()?;
        let publishes = !self.about.contract.topics.is_empty();
        Ok(Service {
            server: server.of_part(self.only),
            relay: publishes.then(|| Relay::new(self.host.db.clone(), &self.kafka, self.about.name)),
            consumer: self.consumer,
            jobs,
            shutdown: self.host.shutdown,
            only: self.only,
        })
    }
}

/// A service, built and bound, not running yet.
pub struct Service {
    server: Server,
    relay: Option<Relay>,
    consumer: Consumer,
    jobs: Vec<(&'static str, BoxFuture<'static, ()>)>,
    shutdown: CancellationToken,
    only: Option<Only>,
}

impl Service {
    /// The address of the gRPC server.
    pub fn local_addr(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// Runs until `shutdown`, then lets calls, events and jobs that are under way finish.
    ///
    /// # Errors
    /// A part of the service ended before the shutdown, or took too long to end after it.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), supervisor::Error> {
        let stop = self.shutdown;
        let mut tasks = Supervisor::new(stop.clone());
        tasks.spawn("grpc", self.server.run(stop.clone()));
        if Only::events(self.only) {
            tasks.spawn("consumer", self.consumer.run(stop.clone()));
            if let Some(relay) = self.relay {
                tasks.spawn("relay", relay.run(stop.clone()));
            }
        }
        if Only::jobs(self.only) {
            for (name, job) in self.jobs {
                tasks.spawn(name, job);
            }
        }
        let tasks = tasks.run(DRAIN);
        tokio::pin!(tasks);
        tokio::select! {
            ended = &mut tasks => return ended,
            () = shutdown.cancelled() => stop.cancel(),
        }
        tasks.await
    }
}
