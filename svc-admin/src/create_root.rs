//! Makes the first root manager. No call can do that, because only root managers may make managers.

use anyhow::Context;
use conventions::types::Person;
use conventions::{Role, Validate};
use diesel_async::AsyncPgConnection;
use service_host::config::DatabaseOptions;
use service_host::{Clock, Database};
use uuid::Uuid;

use crate::domain::manager::Manager;
use crate::error::Error;
use crate::use_cases::catalogue;

/// The arguments of `svc-admin create-root`.
#[derive(Debug, Clone, clap::Args)]
pub struct CreateRoot {
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// The manager's name.
    #[arg(long)]
    pub name: String,
    /// The manager's e-mail address.
    #[arg(long)]
    pub email: String,
    /// The language of mail.
    #[arg(long, default_value = "ru", value_parser = ["ru", "en"])]
    pub language: String,
}

impl CreateRoot {
    /// Makes the manager and returns its id. If a root manager in use has the address, returns that
    /// one's id and changes nothing.
    ///
    /// # Errors
    /// A name or address that breaks the contract's rules, the address of a manager who is not
    /// root, or a database that cannot be reached.
    pub async fn run(self) -> anyhow::Result<Uuid> {
        let db = Database::new(&self.database)?;
        let person = Person {
            name: self.name,
            email: self.email,
            language: self.language,
        };
        // Every consumer would park an event that breaks the contract.
        person
            .validate()
            .context("the manager's name or address is invalid")?;
        let body = Manager {
            name: person.name,
            email: person.email,
            language: person.language,
            roles: [Role::Manager, Role::Quality, Role::Root]
                .map(|role| role.claim().to_owned())
                .into(),
        };
        let now = Clock::system().now();
        let id = db
            .transaction(async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
                catalogue::ensure_root(conn, body.clone(), now).await
            })
            .await?;
        Ok(id.0)
    }
}
