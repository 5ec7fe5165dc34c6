use conventions::page::Page;
use notify_contract::v1 as pb;
use service_host::Refusal;
use tonic::Request;

use super::{Api, convert, own_feed};
use crate::error::Error;
use crate::store::notifications;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListNotificationsRequest>,
) -> Result<pb::ListNotificationsResponse, Error> {
    let (_, feed) = own_feed::of(&request)?;
    let request = request.into_inner();
    let list = format!("notifications/{feed}/{}", request.unread_only);
    let page = Page::<i64>::read(&list, request.page_size, &request.page_token).map_err(Refusal::from)?;
    let mut conn = api.db.connection().await?;
    let mut rows =
        notifications::feed(&mut conn, feed, request.unread_only, page.after, page.limit()).await?;
    let unread = notifications::unread(&mut conn, feed).await?;
    let next_page_token = page.cut(&list, &mut rows, |row| row.seq);
    Ok(pb::ListNotificationsResponse {
        notifications: rows.iter().map(convert::notification).collect(),
        next_page_token,
        unread_count: i32::try_from(unread).unwrap_or(i32::MAX),
    })
}
