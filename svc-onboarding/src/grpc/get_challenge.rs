use onboarding_contract::v1 as pb;
use tonic::Request;

use super::{Api, convert};
use crate::error::Error;

/// Touches neither database nor lane.
#[allow(clippy::unused_async, reason = "every call is handled the same way")]
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetChallengeRequest>,
) -> Result<pb::GetChallengeResponse, Error> {
    let now = api.clock.now();
    api.gate.call(&request, now)?;
    let vacancy = convert::id("vacancy_id", &request.get_ref().vacancy_id)?;
    let challenge = api.gate.challenge(vacancy, now);
    Ok(pb::GetChallengeResponse {
        challenge: challenge.text,
        difficulty_bits: challenge.difficulty.bits().into(),
        expires_at: Some(convert::timestamp(challenge.expires_at)),
    })
}
