use orders_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use super::{Api, convert};
use crate::Error;
use crate::domain::matching::BUILT_IN;

/// Lists the built-in steps of pipelines (M2).
#[expect(clippy::unused_async, reason = "dispatch! awaits every handler")]
pub(super) async fn handle(
    _: &Api,
    request: Request<pb::ListBuiltInStepsRequest>,
) -> Result<pb::ListBuiltInStepsResponse, Error> {
    Caller::of(&request)?;
    let kind = request.get_ref().kind();
    let steps = BUILT_IN
        .iter()
        .filter(|step| kind == pb::StepKind::Unspecified || kind == convert::kind(step.kind))
        .map(|step| pb::BuiltInStep {
            name: step.name.to_owned(),
            kind: convert::kind(step.kind).into(),
            summary: step.summary.to_owned(),
        });
    Ok(pb::ListBuiltInStepsResponse {
        steps: steps.collect(),
    })
}
