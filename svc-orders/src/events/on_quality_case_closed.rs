use admin_contract::v1::QualityCaseClosed;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};

use super::{required, uuid};
use crate::domain::id::{OrderId, WorkerId};
use crate::store::ratings::Rating;
use crate::{store, wire};

/// Takes quality control's rating into the worker's record, from where it goes into matching (A3). A case without work
/// to rate, or without a worker, says nothing about anybody.
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
            case: uuid("case_id", &closed.case_id)?,
            worker: WorkerId(uuid("worker_id", &closed.worker_id)?),
            order: OrderId(uuid("order_id", &closed.order_id)?),
            rating: required("rating", i16::try_from(closed.rating).ok())?,
            at: required("at", closed.at.as_ref().and_then(wire::moment))?,
        };
        if store::workers::find(conn, rating.worker).await?.is_none() {
            return Err(Stop::not_yet(format!("worker {}", rating.worker)));
        }
        if store::ratings::keep(conn, &rating).await? {
            store::workers::count_rating(conn, rating.worker, rating.rating).await?;
        }
        Ok(())
    }
}
