//! A manager was created, edited or archived.

use admin_contract::v1 as admin;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};

use crate::store;

/// Stores whether the manager is archived.
pub struct OnManager;

impl On<admin::ManagerState> for OnManager {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<admin::ManagerState>,
    ) -> Result<(), Stop> {
        let state = &event.message;
        let id = messaging::id("manager_id", &state.manager_id)?;
        Ok(store::managers::put(conn, id, state.version, state.archived).await?)
    }
}
