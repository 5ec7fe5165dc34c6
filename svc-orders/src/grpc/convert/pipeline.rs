use std::time::Duration;

use conventions::wire::timestamp;
use orders_contract::v1 as pb;
use service_host::Refusal;

use crate::domain::matching::{Action, PipelineStep, Remote, RemoteFailure, Weight};
use crate::error::Error;
use crate::events::convert::actor;
use crate::store::pipelines::Saved;

pub(crate) fn to_step(step: &pb::PipelineStep) -> Result<PipelineStep, Error> {
    let weight = u32::try_from(step.weight).ok().and_then(Weight::thousandths);
    let weight = weight.ok_or_else(|| Refusal::invalid("steps.weight", "must be from 0 to 100000"))?;
    let Some(remote) = &step.remote else {
        return Ok(PipelineStep::built_in(&step.name, weight)?);
    };
    let on_failure = match remote.on_failure() {
        pb::RemoteFailurePolicy::Skip => RemoteFailure::Skip,
        pb::RemoteFailurePolicy::Hold => RemoteFailure::Hold,
        pb::RemoteFailurePolicy::Unspecified => {
            return Err(Refusal::invalid("steps.remote.on_failure", "must be skip or hold").into());
        }
    };
    let deadline = remote
        .deadline
        .and_then(|deadline| Duration::try_from(deadline).ok());
    let remote = Remote {
        endpoint: remote.endpoint.clone(),
        deadline: deadline.map_or(Duration::ZERO, to_the_millisecond),
        on_failure,
    };
    Ok(PipelineStep {
        name: step.name.clone(),
        weight,
        action: Action::Remote(remote),
    })
}

/// The database stores milliseconds.
fn to_the_millisecond(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

pub(crate) fn pipeline(saved: &Saved) -> pb::Pipeline {
    pb::Pipeline {
        name: saved.pipeline.name().to_owned(),
        version: saved.pipeline.version(),
        steps: saved.pipeline.steps().iter().map(step).collect(),
        saved_at: Some(timestamp(saved.at)),
        saved_by: Some(actor(saved.by)),
    }
}

fn step(step: &PipelineStep) -> pb::PipelineStep {
    let remote = match &step.action {
        Action::BuiltIn(_) => None,
        Action::Remote(remote) => Some(pb::RemoteStep {
            endpoint: remote.endpoint.clone(),
            deadline: prost_types::Duration::try_from(remote.deadline).ok(),
            on_failure: match remote.on_failure {
                RemoteFailure::Skip => pb::RemoteFailurePolicy::Skip,
                RemoteFailure::Hold => pb::RemoteFailurePolicy::Hold,
            }
            .into(),
        }),
    };
    pb::PipelineStep {
        name: step.name.clone(),
        weight: i32::try_from(step.weight.as_thousandths()).unwrap_or(i32::MAX),
        remote,
    }
}
