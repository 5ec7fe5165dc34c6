//! Table `ratings`: quality control's ratings, reflected from svc-admin's events.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::ratings;
use super::workers;
use crate::Error;
use crate::domain::ids::{OrderId, WorkerId};

/// The rating of a worker's work by one quality case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rating {
    /// A case rates once.
    pub case: Uuid,
    pub worker: WorkerId,
    pub order: OrderId,
    /// 1 (bad) to 5 (excellent).
    pub rating: i16,
    pub at: DateTime<Utc>,
}

/// Records the rating and adds it to the worker's record, unless the case has rated already.
pub async fn record(conn: &mut AsyncPgConnection, rating: &Rating) -> Result<(), Error> {
    let inserted = diesel::insert_into(ratings::table)
        .values((
            ratings::case_id.eq(rating.case),
            ratings::order_id.eq(rating.order.0),
            ratings::worker_id.eq(rating.worker.0),
            ratings::rating.eq(rating.rating),
            ratings::at.eq(rating.at),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    if inserted == 1 {
        workers::count_rating(conn, rating.worker, rating.rating).await?;
    }
    Ok(())
}
