//! A worker is known: their account is opened (B2).

use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1 as orders;
use service_host::Clock;

use crate::Error;
use crate::domain::{Owner, Settings, WorkerId};
use crate::store::{accounts, journal};
use crate::wire;

/// Opens accounts.
#[derive(Debug, Clone)]
pub struct OnWorkerState {
    /// The company's settings.
    pub settings: Arc<Settings>,
    pub clock: Clock,
}

impl On<orders::WorkerState> for OnWorkerState {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<orders::WorkerState>,
    ) -> Result<(), Stop> {
        let owner = Owner::Worker(WorkerId(wire::parse_id("worker_id", &event.message.worker_id)?));
        let now = self.clock.now();
        let opened = accounts::open(conn, &owner, self.settings.currency, now).await?;
        let ids: Vec<_> = opened.into_iter().collect();
        journal::announce(conn, &self.settings, &ids, now)
            .await
            .map_err(Error::into)
    }
}
