//! Stores clients, workers and managers as recipients: address, language, and who decides about
//! applications.

use admin_contract::v1::ManagerState;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop, id};
use orders_contract::v1::{ClientState, WorkerState};

use super::convert::recipient;
use crate::domain::recipient::Kind;
use crate::store::recipients::{self, Details};

/// Managers with one of these roles decide about applications.
const HIRING: [&str; 2] = ["manager", "root"];

pub struct OnRecipient;

impl On<ClientState> for OnRecipient {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<ClientState>) -> Result<(), Stop> {
        let state = &event.message;
        let id = id("client_id", &state.client_id)?;
        let client = recipient(Kind::Client, id, state.person.as_ref())?;
        let details = Details::new(state.version, event.time);
        Ok(recipients::save(conn, &client, details).await?)
    }
}

/// A suspended worker stays a recipient, for example of payouts.
impl On<WorkerState> for OnRecipient {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<WorkerState>) -> Result<(), Stop> {
        let state = &event.message;
        let id = id("worker_id", &state.worker_id)?;
        let worker = recipient(Kind::Worker, id, state.person.as_ref())?;
        let details = Details::new(state.version, event.time);
        Ok(recipients::save(conn, &worker, details).await?)
    }
}

impl On<ManagerState> for OnRecipient {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<ManagerState>) -> Result<(), Stop> {
        let state = &event.message;
        let id = id("manager_id", &state.manager_id)?;
        let manager = recipient(Kind::Manager, id, state.person.as_ref())?;
        let details = Details {
            hires: state.roles.iter().any(|role| HIRING.contains(&role.as_str())),
            archived: state.archived,
            ..Details::new(state.version, event.time)
        };
        Ok(recipients::save(conn, &manager, details).await?)
    }
}
