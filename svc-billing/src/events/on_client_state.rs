//! A client is known: their account is opened (B2).

use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1 as orders;
use service_host::Clock;

use crate::Error;
use crate::domain::{ClientId, Owner, Settings};
use crate::store::{accounts, journal};
use crate::wire;

/// Opens accounts.
#[derive(Debug, Clone)]
pub struct OnClientState {
    /// The company's settings.
    pub settings: Arc<Settings>,
    pub clock: Clock,
}

impl On<orders::ClientState> for OnClientState {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<orders::ClientState>,
    ) -> Result<(), Stop> {
        let owner = Owner::Client(ClientId(wire::parse_id("client_id", &event.message.client_id)?));
        let now = self.clock.now();
        let opened = accounts::open(conn, &owner, self.settings.currency, now).await?;
        let ids: Vec<_> = opened.into_iter().collect();
        journal::announce(conn, &self.settings, &ids, now)
            .await
            .map_err(Error::into)
    }
}
