//! A manager was made, edited or archived.

use admin_contract::v1 as admin;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};

use crate::store;

/// Keeps who is no manager any more.
pub struct OnManager;

impl On<admin::ManagerState> for OnManager {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<admin::ManagerState>,
    ) -> Result<(), Stop> {
        let state = &event.message;
        let id = state.manager_id.parse().map_err(Stop::refused)?;
        Ok(store::managers::put(conn, id, state.version, state.archived).await?)
    }
}
