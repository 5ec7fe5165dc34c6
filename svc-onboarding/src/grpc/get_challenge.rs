use onboarding_contract::v1 as pb;
use service_host::field;
use tonic::Request;

use super::{Api, convert};
use crate::error::Error;

/// Uses neither the database nor the lane.
#[allow(clippy::unused_async, reason = "all handlers have the same signature")]
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetChallengeRequest>,
) -> Result<pb::GetChallengeResponse, Error> {
    let now = api.clock.now();
    api.gate.call(&request, now)?;
    let vacancy = field::id("vacancy_id", &request.get_ref().vacancy_id)?;
    let challenge = api.gate.challenge(vacancy, now);
    Ok(pb::GetChallengeResponse {
        challenge: challenge.text,
        difficulty_bits: challenge.difficulty.bits().into(),
        expires_at: Some(convert::timestamp(challenge.expires_at)),
    })
}
