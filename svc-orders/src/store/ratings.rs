//! Table `ratings`: how quality control rated the work, as heard.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::ratings;
use crate::Error;
use crate::domain::id::{OrderId, WorkerId};

/// What one quality case said of a worker's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rating {
    /// The case. It rates once.
    pub case: Uuid,
    /// Whose work.
    pub worker: WorkerId,
    /// On which order.
    pub order: OrderId,
    /// 1 (bad) to 5 (excellent).
    pub rating: i16,
    /// When.
    pub at: DateTime<Utc>,
}

/// Keeps the rating; `false` where the case has rated already.
pub async fn keep(conn: &mut AsyncPgConnection, rating: &Rating) -> Result<bool, Error> {
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
    Ok(inserted == 1)
}
