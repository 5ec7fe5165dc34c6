//! A worker asks for the kit, or for more.

use std::collections::BTreeSet;

use chrono::Utc;
use consumables_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;
use uuid::Uuid;

use crate::domain::ids::{KitId, MaterialCode, OrderId, WorkerId};
use crate::domain::kit::Contents;
use crate::domain::order::Order;
use crate::error::Error;
use crate::grpc::{Api, convert};
use crate::kit_desk::{self, Asked};
use crate::store::stock::{self, Cause};
use crate::store::{kit_views, kits, materials, orders};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::RequestMaterialsRequest>,
) -> Result<pb::RequestMaterialsResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let worker = WorkerId(convert::uuid("worker_id", &request.worker_id)?);
    let order = OrderId(convert::uuid("order_id", &request.order_id)?);
    let wanted: Result<Vec<_>, Error> = request
        .materials
        .iter()
        .map(|wanted| {
            let pieces = convert::pieces("materials.quantity", wanted.quantity)?;
            Ok((MaterialCode(wanted.material_code.clone()), pieces))
        })
        .collect();
    let wanted = wanted?;
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let asked = Asked {
            by: caller.actor(),
            at: Utc::now(),
            patience: api.patience,
        };
        let order = orders::lock(conn, order).await?.ok_or(Error::OrderNotFound)?;
        if order.worker != Some(worker) {
            return Err(Error::OrderNotFound);
        }
        if order.over {
            return Err(Error::OrderOver);
        }
        must_be_known(conn, &wanted).await?;
        kit_desk::serve(conn, &order, worker, &asked).await?;
        let id = give(conn, &order, worker, &wanted, &asked).await?;
        let view = kit_views::find(conn, id).await?;
        Ok(pb::RequestMaterialsResponse {
            kit: view.as_ref().map(convert::kit),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}

/// Puts `wanted` into the open kit, or into a further one where the first was issued. The kit that it went into; where
/// nothing more was asked for, the newest.
async fn give(
    conn: &mut AsyncPgConnection,
    order: &Order,
    worker: WorkerId,
    wanted: &[(MaterialCode, u32)],
    asked: &Asked,
) -> Result<KitId, Error> {
    let known = kits::of_order(conn, order.id).await?;
    let open = known.iter().find(|kit| kit.state.is_open());
    if wanted.is_empty() {
        let newest = open.or(known.first()).ok_or(Error::KitNotFound)?;
        return Ok(newest.id);
    }
    let Some(open) = open else {
        let id = KitId(Uuid::now_v7());
        kit_desk::request(conn, order, worker, id, Contents::further(id, wanted)?, asked).await?;
        return Ok(id);
    };
    let codes: BTreeSet<MaterialCode> = wanted.iter().map(|(code, _)| code.clone()).collect();
    let (mut kit, mut stock) = kits::lock_with_stock(conn, open.id, &codes)
        .await?
        .ok_or(Error::KitNotFound)?;
    let event = kit.extend(wanted, asked.at)?;
    stock.fill(&mut kit.lines)?;
    kits::save(conn, &kit, order, event, &asked.by).await?;
    let cause = Cause {
        by: asked.by.clone(),
        at: asked.at,
        reason: "further materials requested".to_owned(),
    };
    stock::save(conn, stock, &cause).await?;
    Ok(kit.id)
}

async fn must_be_known(conn: &mut AsyncPgConnection, wanted: &[(MaterialCode, u32)]) -> Result<(), Error> {
    let known = materials::named(conn, wanted.iter().map(|(code, _)| code)).await?;
    match wanted.iter().find(|(code, _)| !known.contains_key(code)) {
        Some((code, _)) => Err(Error::MaterialNotFound(code.to_string())),
        None => Ok(()),
    }
}
