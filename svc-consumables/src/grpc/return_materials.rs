//! A worker brought back what was left.

use std::collections::BTreeSet;

use chrono::Utc;
use consumables_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use crate::domain::ids::MaterialCode;
use crate::domain::kit::State;
use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::stock::{self, Cause};
use crate::store::{kits, lines, materials};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ReturnMaterialsRequest>,
) -> Result<pb::ReturnMaterialsResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = convert::kit_id(&request.kit_id)?;
    let pieces = convert::pieces("quantity", request.quantity)?;
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        staff::employee(conn, &caller).await?;
        let code = MaterialCode(request.material_code.clone());
        let (mut kit, mut stock) = kits::lock_with_stock(conn, id, &BTreeSet::new())
            .await?
            .ok_or(Error::KitNotFound)?;
        if kit.state != State::Issued {
            return Err(Error::KitNotIssued(kit.state));
        }
        let line = kit
            .lines
            .iter_mut()
            .find(|line| line.material == code)
            .ok_or_else(|| Error::MaterialNotInKit(code.clone()))?;
        stock.bring_back(line, pieces)?;
        lines::save(conn, &kit.lines).await?;
        lines::fill_waiting(conn, &mut stock, &[code.clone()].into()).await?;
        let cause = Cause {
            by: caller.actor(),
            at: Utc::now(),
            reason: String::new(),
        };
        stock::save(conn, stock, &cause).await?;
        let stocked = materials::find(conn, &code.0).await?;
        Ok(pb::ReturnMaterialsResponse {
            material: stocked.as_ref().map(convert::material),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
