//! The composition root: settings in, a running service out.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use messaging::{Consumer, Kafka};
use notify_contract::v1::notify_service_server::NotifyServiceServer;
use service_host::config::Only;
use service_host::{Access, Database, Server, Supervisor, jobs, requests, supervisor};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, MailOptions};
use crate::events::announce::Announcer;
use crate::jobs::deliver::Deliver;
use crate::mail::Mailer;
use crate::templates::Templates;
use crate::{events, grpc};

/// How long running work may take to end after a shutdown was asked for.
const DRAIN: Duration = Duration::from_secs(30);

/// How often answers to old requests are forgotten.
const PURGE: Duration = Duration::from_hours(1);

/// The service, built and bound, not running yet.
pub struct App {
    server: Server,
    consumer: Consumer,
    mailer: Mailer,
    mail: MailOptions,
    db: Database,
    only: Option<Only>,
}

/// Builds the service and binds its address. Nothing outside needs to be there yet; a broken template or setting is an
/// error here.
pub async fn build(config: &Config) -> anyhow::Result<App> {
    let letters = &config.letters;
    let templates = Templates::load(
        letters.templates_dir.as_deref(),
        letters.time_zone,
        &letters.site_url,
    )?;
    let announcer = Arc::new(Announcer {
        templates,
        department_mail: letters.department_mail.to_string(),
        department_language: letters.department_language,
    });
    let mailer = Mailer::new(&config.mail)?;
    let db = Database::new(&config.database)?;
    let kafka = Kafka::new(&config.kafka);
    let consumer = events::listen(Consumer::new(db.clone(), &kafka, "notify"), &announcer);
    let operations = consumer.operations(env!("CARGO_PKG_VERSION"));
    let smtp = mailer.clone();
    let server = Server::bind(&config.grpc, Access::new(&config.access)?)
        .await?
        .contract(notify_contract::METHODS, notify_contract::FILE_DESCRIPTOR_SET)
        .contract(
            operations_contract::METHODS,
            operations_contract::FILE_DESCRIPTOR_SET,
        )
        .service(NotifyServiceServer::new(grpc::Api {
            db: db.clone(),
            announcer,
        }))
        .service(operations.into_service())
        .needs("postgres", db.health())
        .uses("kafka", kafka.health())
        .uses("smtp", move || {
            let mailer = smtp.clone();
            async move { mailer.probe().await }
        });
    Ok(App {
        server,
        consumer,
        mailer,
        mail: config.mail.clone(),
        db,
        only: config.only,
    })
}

impl App {
    /// Where callers are served.
    pub fn local_addr(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// Runs until `shutdown`, then drains.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), supervisor::Error> {
        let mut tasks = Supervisor::new(shutdown.clone());
        tasks.spawn("grpc", self.server.of_part(self.only).run(shutdown.clone()));
        if Only::events(self.only) {
            tasks.spawn("consumer", self.consumer.run(shutdown.clone()));
        }
        if Only::jobs(self.only) {
            let due = Arc::new(Notify::new());
            tasks.spawn(
                "wake-deliver",
                wake(self.db.clone(), due.clone(), shutdown.clone()),
            );
            let patience = self.mail.patience();
            let deliver = Deliver::new(self.db.clone(), self.mailer, patience, shutdown.clone());
            let (deliver, ended) = (Arc::new(deliver), shutdown.clone());
            let job = jobs::every("deliver-mail", self.mail.mail_poll, &self.db).woken_by(due);
            let run = move || {
                let deliver = deliver.clone();
                async move { deliver.run().await }
            };
            tasks.spawn("deliver-mail", async move { job.run(ended, run).await });
            tasks.spawn("purge-requests", requests::purging(self.db, PURGE, shutdown));
        }
        tasks.run(DRAIN).await
    }
}

/// Lets mails go as soon as they are committed here, instead of with the next poll.
async fn wake(db: Database, due: Arc<Notify>, shutdown: CancellationToken) {
    let mut committed = db.committed();
    while shutdown.run_until_cancelled(committed.changed()).await.is_some() {
        due.notify_one();
    }
}
