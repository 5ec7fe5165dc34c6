//! Opens the case of a completed order that is drawn at random (rule A2).

use admin_contract::v1 as pb;
use conventions::Actor;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;
use uuid::Uuid;

use super::open_case::opened;
use super::{Api, convert};
use crate::error::Error;
use crate::store::reviewed_orders;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::DrawCaseRequest>,
) -> Result<pb::DrawCaseResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, api.clock.now());
    let draw = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        // Another caller may open the case of the drawn order first; then another order is drawn.
        // The loop ends, because an order with a case is not drawn again.
        loop {
            let order = reviewed_orders::draw(conn, Uuid::new_v4())
                .await?
                .ok_or(Error::NothingToDraw)?;
            let opened = opened(&order, Actor::from(&caller.actor()), now);
            if messaging::save(conn, &opened).await? {
                return Ok(pb::DrawCaseResponse {
                    case: Some(convert::case::case(&opened.0, &order)),
                });
            }
        }
    };
    Ok(command(&api.db, &caller, request.get_ref(), draw).await?)
}
