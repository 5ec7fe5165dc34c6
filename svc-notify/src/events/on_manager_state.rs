//! A manager is known, has changed, or has left.

use admin_contract::v1::ManagerState;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};

use super::wire;
use crate::domain::recipient::Kind;
use crate::store::recipients::{Standing, note};

/// Roles whose holders decide about applications.
const HIRING: [&str; 2] = ["manager", "root"];

/// Keeps the manager's address and language, and whether applications are theirs to hear of.
pub struct OnManagerState;

impl On<ManagerState> for OnManagerState {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<ManagerState>) -> Result<(), Stop> {
        let state = &event.message;
        let id = wire::id("manager_id", &state.manager_id).map_err(Stop::refused)?;
        let manager = wire::recipient(Kind::Manager, id, state.person.as_ref()).map_err(Stop::refused)?;
        let hires = state.roles.iter().any(|role| HIRING.contains(&role.as_str()));
        let standing = Standing {
            version: state.version,
            hires,
            archived: state.archived,
            at: event.time,
        };
        Ok(note(conn, &manager, standing).await?)
    }
}
