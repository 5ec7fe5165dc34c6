use admin_contract::v1::QualityCaseClosed;
use conventions::wire;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop, id, required};

use crate::error::{Error, Resource};
use crate::store;
use crate::store::ratings::Rating;

/// Adds quality control's rating to the worker's record, which matching uses (A3). A case without a
/// rating or without a worker changes nothing.
pub(super) struct OnQualityCaseClosed;

impl On<QualityCaseClosed> for OnQualityCaseClosed {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<QualityCaseClosed>,
    ) -> Result<(), Stop> {
        let closed = &event.message;
        if closed.rating == 0 || closed.worker_id.is_empty() {
            return Ok(());
        }
        let rating = Rating {
            case: id("case_id", &closed.case_id)?,
            worker: id("worker_id", &closed.worker_id)?,
            order: id("order_id", &closed.order_id)?,
            rating: required("rating", i16::try_from(closed.rating).ok())?,
            at: wire::time("at", closed.at.as_ref())?,
        };
        match store::workers::get(conn, rating.worker).await {
            Ok(_) => Ok(store::ratings::record(conn, &rating).await?),
            Err(Error::NotFound(Resource::Worker)) => Err(Stop::not_yet(format!("worker {}", rating.worker))),
            Err(error) => Err(error.into()),
        }
    }
}
