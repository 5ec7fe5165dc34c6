//! A worker asks for the kit, or for more materials.

use consumables_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command, field};
use tonic::Request;

use crate::domain::ids::{KitId, MaterialCode, OrderId, WorkerId};
use crate::domain::kit::{Change, Contents};
use crate::domain::material::Material;
use crate::error::Error;
use crate::grpc::{Api, convert};
use crate::store::{kit_views, kits, materials, orders};
use crate::use_cases::provide_kit::KitRequest;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::RequestMaterialsRequest>,
) -> Result<pb::RequestMaterialsResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let worker: WorkerId = field::id("worker_id", &request.worker_id)?;
    let order: OrderId = field::id("order_id", &request.order_id)?;
    let requested: Result<Vec<_>, Error> = request
        .materials
        .iter()
        .map(|requested| {
            let pieces = convert::pieces("materials.quantity", requested.quantity)?;
            Ok((MaterialCode(requested.material_code.clone()), pieces))
        })
        .collect();
    let requested = requested?;
    let now = api.clock.now();
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let order = orders::lock(conn, order).await?.ok_or(Error::OrderNotFound)?;
        if order.worker != Some(worker) {
            return Err(Error::OrderNotFound);
        }
        if order.over {
            return Err(Error::OrderOver);
        }
        let requested = materials::find_all(conn, &requested).await?;
        let kit_request = KitRequest {
            order: &order,
            worker,
            by: (&caller.actor()).into(),
            at: now,
            schedule: api.schedule,
        };
        kit_request.provide(conn).await?;
        let id = add_materials(conn, &kit_request, &requested).await?;
        let view = kit_views::get(conn, id).await?;
        Ok(pb::RequestMaterialsResponse {
            kit: Some(convert::kit(&view)),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}

/// Adds materials to the open kit, or to a further kit if none is open. Returns that kit; without
/// materials, the open or the newest kit.
async fn add_materials(
    conn: &mut AsyncPgConnection,
    request: &KitRequest<'_>,
    materials: &[(Material, u32)],
) -> Result<KitId, Error> {
    let known = kits::of_order(conn, request.order.id).await?;
    let open = known.iter().find(|kit| kit.state.is_open());
    if materials.is_empty() {
        let newest = open.or(known.first()).ok_or(Error::KitNotFound)?;
        return Ok(newest.id);
    }
    let Some(open) = open else {
        let id = KitId::generate();
        let contents = Contents::further(id, materials)?;
        request.create(conn, id, contents).await?;
        return Ok(id);
    };
    let codes = materials.iter().map(|(material, _)| material.code.clone());
    let (mut kit, mut stock) = kits::lock_with_stock(conn, open.id, codes).await?;
    let event = kit.extend(materials, request.at)?;
    stock.fill(&mut kit.lines)?;
    let (kit, by) = (&kit, &request.by);
    messaging::save(conn, &Change { kit, event, by }).await?;
    let cause = request.cause("further materials requested");
    messaging::save(conn, &stock.finish(cause)).await?;
    Ok(kit.id)
}
