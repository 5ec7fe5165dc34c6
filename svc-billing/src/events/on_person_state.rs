//! B2: the first event about a client or worker opens an account.

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1 as orders;

use super::Listener;
use crate::domain::Owner;
use crate::store::accounts;

impl On<orders::ClientState> for Listener {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<orders::ClientState>,
    ) -> Result<(), Stop> {
        let owner = Owner::Client(messaging::id("client_id", &event.message.client_id)?);
        Ok(accounts::open(conn, &self.settings, &owner, self.clock.now()).await?)
    }
}

impl On<orders::WorkerState> for Listener {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<orders::WorkerState>,
    ) -> Result<(), Stop> {
        let owner = Owner::Worker(messaging::id("worker_id", &event.message.worker_id)?);
        Ok(accounts::open(conn, &self.settings, &owner, self.clock.now()).await?)
    }
}
