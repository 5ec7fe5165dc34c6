//! Pipelines, from the wire and to it.

use std::time::Duration;

use orders_contract::v1 as pb;
use service_host::Refusal;

use crate::domain::matching::{Action, PipelineStep, Remote, RemoteFailure, Weight};
use crate::store::pipelines::Saved;
use crate::{Error, wire};

pub(crate) fn to_step(step: &pb::PipelineStep) -> Result<PipelineStep, Error> {
    let weight = u32::try_from(step.weight).ok().and_then(Weight::thousandths);
    let weight = weight.ok_or_else(|| Refusal::invalid("steps.weight", "from 0 to 100000"))?;
    let Some(remote) = &step.remote else {
        return Ok(PipelineStep::built_in(&step.name, weight)?);
    };
    let on_failure = match remote.on_failure() {
        pb::RemoteFailurePolicy::Skip => RemoteFailure::Skip,
        pb::RemoteFailurePolicy::Hold => RemoteFailure::Hold,
        pb::RemoteFailurePolicy::Unspecified => {
            return Err(Refusal::invalid("steps.remote.on_failure", "say skip or hold").into());
        }
    };
    let deadline = remote
        .deadline
        .and_then(wire::time_delta)
        .and_then(|deadline| deadline.to_std().ok());
    let remote = Remote {
        endpoint: remote.endpoint.clone(),
        deadline: deadline.unwrap_or(Duration::ZERO),
        on_failure,
    };
    Ok(PipelineStep {
        name: step.name.clone(),
        weight,
        action: Action::Remote(remote),
    })
}

pub(crate) fn pipeline(saved: &Saved) -> pb::Pipeline {
    pb::Pipeline {
        name: saved.pipeline.name().to_owned(),
        version: saved.pipeline.version(),
        steps: saved.pipeline.steps().iter().map(step).collect(),
        saved_at: Some(wire::timestamp(saved.at)),
        saved_by: Some(wire::actor(saved.by)),
    }
}

fn step(step: &PipelineStep) -> pb::PipelineStep {
    let remote = match &step.action {
        Action::BuiltIn(_) => None,
        Action::Remote(remote) => Some(pb::RemoteStep {
            endpoint: remote.endpoint.clone(),
            deadline: chrono::TimeDelta::from_std(remote.deadline)
                .ok()
                .map(wire::duration),
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
