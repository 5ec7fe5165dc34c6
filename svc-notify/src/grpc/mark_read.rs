use diesel_async::AsyncPgConnection;
use notify_contract::v1 as pb;
use service_host::{command, field};
use tonic::Request;

use super::{Api, own_feed};
use crate::error::Error;
use crate::store::notifications;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::MarkReadRequest>,
) -> Result<pb::MarkReadResponse, Error> {
    let (caller, feed) = own_feed::of(&request)?;
    let request = request.into_inner();
    let ids = request
        .notification_ids
        .iter()
        .map(|id| field::id("notification_ids", id));
    let ids = ids.collect::<Result<Vec<_>, _>>()?;
    let now = api.clock.now();
    let marked = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let marked = notifications::mark_read(conn, feed, &ids, now).await?;
            Ok(pb::MarkReadResponse {
                marked: i32::try_from(marked).unwrap_or(i32::MAX),
            })
        },
    );
    Ok(marked.await?)
}
