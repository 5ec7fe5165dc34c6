//! Making the first root manager: nobody is there yet who could do it by a call.

use anyhow::Context;
use conventions::types::Person;
use conventions::{Role, Validate};
use diesel_async::AsyncPgConnection;
use service_host::Database;
use service_host::config::DatabaseOptions;
use uuid::Uuid;

use crate::domain::manager::Manager;
use crate::error::Error;
use crate::{catalogue, clock};

/// The arguments of `svc-admin create-root`.
#[derive(Debug, Clone, clap::Args)]
pub struct CreateRoot {
    /// Where state is kept.
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// The manager's name.
    #[arg(long)]
    pub name: String,
    /// The manager's e-mail address.
    #[arg(long)]
    pub email: String,
    /// The language of letters.
    #[arg(long, default_value = "ru", value_parser = ["ru", "en"])]
    pub language: String,
}

impl CreateRoot {
    /// The manager's id. A root manager in use who has the address already is left alone, and is the one.
    ///
    /// # Errors
    /// The contract's rules broken, an address that a manager has who is not root, or the database away.
    pub async fn run(self) -> anyhow::Result<Uuid> {
        let db = Database::new(&self.database)?;
        let person = Person {
            name: self.name,
            email: self.email,
            language: self.language,
        };
        // What breaks the contract would be parked by everybody who hears of it.
        person
            .validate()
            .context("there can't be a manager of this name and address")?;
        let body = Manager {
            name: person.name,
            email: person.email,
            language: person.language,
            roles: [Role::Manager, Role::Quality, Role::Root]
                .map(|role| role.claim().to_owned())
                .into(),
        };
        let id = db
            .transaction(async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
                catalogue::ensure_root(conn, body.clone(), clock::now()).await
            })
            .await?;
        Ok(id)
    }
}
