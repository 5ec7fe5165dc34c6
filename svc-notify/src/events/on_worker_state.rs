//! A worker is known, or has changed. A suspended worker is written to all the same: about what was earned, for one.

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1::WorkerState;

use super::wire;
use crate::domain::recipient::Kind;
use crate::store::recipients::{Standing, note};

/// Keeps the worker's address and language.
pub struct OnWorkerState;

impl On<WorkerState> for OnWorkerState {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<WorkerState>) -> Result<(), Stop> {
        let state = &event.message;
        let id = wire::id("worker_id", &state.worker_id).map_err(Stop::refused)?;
        let worker = wire::recipient(Kind::Worker, id, state.person.as_ref()).map_err(Stop::refused)?;
        let standing = Standing {
            version: state.version,
            hires: false,
            archived: false,
            at: event.time,
        };
        Ok(note(conn, &worker, standing).await?)
    }
}
