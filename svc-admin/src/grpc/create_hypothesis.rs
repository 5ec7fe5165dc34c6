//! Puts a hypothesis on the board (rule A4).

use admin_contract::v1 as pb;
use conventions::Actor;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, convert};
use crate::domain::hypothesis::{Hypothesis, State};
use crate::domain::ids::HypothesisId;
use crate::error::Error;
use crate::store::hypotheses;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::CreateHypothesisRequest>,
) -> Result<pb::CreateHypothesisResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, api.clock.now());
    let request = request.into_inner();
    let create = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let hypothesis = Hypothesis {
            id: HypothesisId::generate(),
            text: request.text.clone(),
            state: State::Open,
            case_ids: vec![],
            created_at: now,
            created_by: Actor::from(&caller.actor()),
            changed_at: now,
        };
        hypotheses::insert(conn, &hypothesis).await?;
        Ok(pb::CreateHypothesisResponse {
            hypothesis: Some(convert::case::hypothesis(&hypothesis)),
        })
    };
    Ok(command(&api.db, &caller, &request, create).await?)
}
