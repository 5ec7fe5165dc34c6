//! The call `MarkRead`.

use chrono::Utc;
use diesel_async::AsyncPgConnection;
use notify_contract::v1 as pb;
use service_host::command;
use tonic::Request;

use super::{Api, convert, reader};
use crate::error::Error;
use crate::store::notifications;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::MarkReadRequest>,
) -> Result<pb::MarkReadResponse, Error> {
    let (caller, feed) = reader::of(&request)?;
    let request = request.into_inner();
    let ids = request
        .notification_ids
        .iter()
        .map(|id| convert::uuid("notification_ids", id));
    let ids = ids.collect::<Result<Vec<_>, _>>()?;
    let marked = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let marked = notifications::mark_read(conn, feed, &ids, Utc::now()).await?;
            Ok(pb::MarkReadResponse {
                marked: i32::try_from(marked).unwrap_or(i32::MAX),
            })
        },
    );
    Ok(marked.await?)
}
