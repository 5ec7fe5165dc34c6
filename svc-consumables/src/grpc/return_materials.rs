//! A worker returns what was left of an issued kit.

use consumables_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command, field};
use tonic::Request;

use crate::domain::ids::MaterialCode;
use crate::domain::kit::State;
use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::{kits, lines, materials};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ReturnMaterialsRequest>,
) -> Result<pb::ReturnMaterialsResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = field::id("kit_id", &request.kit_id)?;
    let pieces = convert::pieces("quantity", request.quantity)?;
    let now = api.clock.now();
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        staff::employee(conn, &caller).await?;
        let code = MaterialCode(request.material_code.clone());
        let (mut kit, mut stock) = kits::lock_with_stock(conn, id, []).await?;
        if kit.state != State::Issued {
            return Err(Error::KitNotIssued(kit.state));
        }
        let line = kit
            .lines
            .iter_mut()
            .find(|line| line.material.code == code)
            .ok_or_else(|| Error::MaterialNotInKit(code.clone()))?;
        stock.take_return(line, pieces)?;
        lines::save(conn, std::slice::from_ref(line)).await?;
        lines::fill_waiting(conn, &mut stock, &[code.clone()].into()).await?;
        messaging::save(conn, &stock.finish(convert::cause(&caller, now, ""))).await?;
        let balance = materials::get(conn, &code).await?;
        Ok(pb::ReturnMaterialsResponse {
            material: Some(convert::material(&balance)),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
