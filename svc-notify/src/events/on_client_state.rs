//! A client is known, or has changed.

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1::ClientState;

use super::wire;
use crate::domain::recipient::Kind;
use crate::store::recipients::{Standing, note};

/// Keeps the client's address and language.
pub struct OnClientState;

impl On<ClientState> for OnClientState {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<ClientState>) -> Result<(), Stop> {
        let state = &event.message;
        let id = wire::id("client_id", &state.client_id).map_err(Stop::refused)?;
        let client = wire::recipient(Kind::Client, id, state.person.as_ref()).map_err(Stop::refused)?;
        let standing = Standing {
            version: state.version,
            hires: false,
            archived: false,
            at: event.time,
        };
        Ok(note(conn, &client, standing).await?)
    }
}
