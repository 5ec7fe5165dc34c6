//! Table `photos`: descriptions of the photos in the object store.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::row;
use super::schema::photos;
use crate::Error;
use crate::domain::ids::{OrderId, PhotoId, WorkerId};
use crate::domain::photo::Format;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    pub id: PhotoId,
    pub order: OrderId,
    /// The uploader.
    pub worker: WorkerId,
    pub format: Format,
    /// In bytes.
    pub size: i64,
    /// SHA-256 of the content, in hex.
    pub sha256: String,
    /// The key in the object store.
    pub location: String,
    pub uploaded_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = photos, check_for_backend(diesel::pg::Pg))]
struct PhotoRow {
    id: Uuid,
    order_id: Uuid,
    worker_id: Uuid,
    media_type: String,
    size_bytes: i64,
    sha256: String,
    location: String,
    uploaded_at: DateTime<Utc>,
}

/// Records the photo, or returns the one that is recorded under its id already.
pub async fn record(conn: &mut AsyncPgConnection, photo: Photo) -> Result<Photo, Error> {
    let row = PhotoRow {
        id: photo.id.0,
        order_id: photo.order.0,
        worker_id: photo.worker.0,
        media_type: photo.format.media_type().to_owned(),
        size_bytes: photo.size,
        sha256: photo.sha256.clone(),
        location: photo.location.clone(),
        uploaded_at: photo.uploaded_at,
    };
    let inserted = diesel::insert_into(photos::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    if inserted == 1 {
        return Ok(photo);
    }
    find(conn, photo.id)
        .await?
        .ok_or_else(|| row::corrupt("photo", photo.id))
}

/// The number of the order's photos.
pub async fn count(conn: &mut AsyncPgConnection, order: OrderId) -> Result<i64, Error> {
    Ok(photos::table
        .filter(photos::order_id.eq(order.0))
        .count()
        .get_result(conn)
        .await?)
}

pub async fn find(conn: &mut AsyncPgConnection, id: PhotoId) -> Result<Option<Photo>, Error> {
    let row: Option<PhotoRow> = photos::table
        .find(id.0)
        .select(PhotoRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.map(Photo::try_from).transpose()
}

impl TryFrom<PhotoRow> for Photo {
    type Error = Error;

    fn try_from(row: PhotoRow) -> Result<Self, Error> {
        Ok(Self {
            id: PhotoId(row.id),
            order: OrderId(row.order_id),
            worker: WorkerId(row.worker_id),
            format: row::parse("media_type", &row.media_type)?,
            size: row.size_bytes,
            sha256: row.sha256,
            location: row.location,
            uploaded_at: row.uploaded_at,
        })
    }
}
