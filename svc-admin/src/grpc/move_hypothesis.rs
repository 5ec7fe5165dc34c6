//! Moves a hypothesis to another column of the board (rule A4).

use admin_contract::v1 as pb;
use conventions::Actor;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command, field};
use tonic::Request;

use super::{Api, convert};
use crate::domain::hypothesis::Hypothesis;
use crate::domain::ids::HypothesisId;
use crate::error::Error;
use crate::store::hypotheses;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::MoveHypothesisRequest>,
) -> Result<pb::MoveHypothesisResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, api.clock.now());
    let request = request.into_inner();
    let id: HypothesisId = field::id("hypothesis_id", &request.hypothesis_id)?;
    let state = field::required("state", convert::case::to_state(request.state()))?;
    let move_it = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let before = hypotheses::lock(conn, id).await?.ok_or(Error::NoHypothesis(id))?;
        let after = Hypothesis {
            state,
            changed_at: now,
            ..before.clone()
        };
        hypotheses::save_move(conn, &before, &after, &Actor::from(&caller.actor())).await?;
        Ok(pb::MoveHypothesisResponse {
            hypothesis: Some(convert::case::hypothesis(&after)),
        })
    };
    Ok(command(&api.db, &caller, &request, move_it).await?)
}
