//! One kit with its story.

use consumables_contract::v1 as pb;
use service_host::{Caller, Database};
use tonic::Request;

use crate::error::Error;
use crate::grpc::{convert, staff};
use crate::store::kit_views;

pub(super) async fn handle(
    db: &Database,
    request: Request<pb::GetKitRequest>,
) -> Result<pb::GetKitResponse, Error> {
    let caller = Caller::of(&request)?;
    let id = convert::kit_id(&request.into_inner().kit_id)?;
    let conn = &mut *db.connection().await?;
    staff::admit(conn, &caller).await?;
    let view = kit_views::find(conn, id).await?.ok_or(Error::KitNotFound)?;
    if !caller.owns(&view.kit.worker.to_string()) {
        return Err(Error::KitNotFound);
    }
    let mut kit = convert::kit(&view);
    kit.steps = kit_views::steps(conn, id)
        .await?
        .into_iter()
        .map(convert::step)
        .collect();
    Ok(pb::GetKitResponse { kit: Some(kit) })
}
