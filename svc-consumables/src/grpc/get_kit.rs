use consumables_contract::v1 as pb;
use conventions::Role;
use service_host::{Caller, field};
use tonic::Request;

use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::kit_views::{self, KitView};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetKitRequest>,
) -> Result<pb::GetKitResponse, Error> {
    let caller = Caller::of(&request)?;
    let id = field::id("kit_id", &request.into_inner().kit_id)?;
    let conn = &mut *api.db.connection().await?;
    let view = kit_views::get(conn, id).await;
    let is_own = |view: &KitView| view.kit.worker.to_string() == caller.subject();
    // A worker may read an own kit, also one who was an employee before.
    if !(caller.has(Role::Worker) && view.as_ref().is_ok_and(is_own)) {
        staff::admit(conn, &caller).await?;
    }
    let view = view?;
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
