use orders_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use super::{Api, convert};
use crate::Error;
use crate::domain::matching::BUILT_IN;

/// M2: the steps that a pipeline can be made of.
#[expect(clippy::unused_async, reason = "dispatch! awaits every handler")]
pub(super) async fn handle(
    _: &Api,
    request: Request<pb::ListBuiltInStepsRequest>,
) -> Result<pb::ListBuiltInStepsResponse, Error> {
    Caller::of(&request)?;
    let wanted = request.get_ref().kind();
    let steps = BUILT_IN
        .iter()
        .filter(|step| wanted == pb::StepKind::Unspecified || wanted == convert::kind(step.kind))
        .map(|step| pb::BuiltInStep {
            name: step.name.to_owned(),
            kind: convert::kind(step.kind).into(),
            summary: step.summary.to_owned(),
        });
    Ok(pb::ListBuiltInStepsResponse {
        steps: steps.collect(),
    })
}
