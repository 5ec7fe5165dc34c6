use std::time::Duration;

use conventions::page::Page;
use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, Database, Refusal, command};
use tonic::Request;

use super::caller::actor;
use super::convert;
use crate::domain::matching::{Action, BUILT_IN, Pipeline, PipelineStep, Remote, RemoteFailure, Weight};
use crate::store::pipelines::Saved;
use crate::{Error, clock, store, wire};

/// M1: a new version of a pipeline. Orders that wait are tried by it.
pub(super) async fn put(
    db: &Database,
    request: Request<pb::PutPipelineRequest>,
) -> Result<pb::PutPipelineResponse, Error> {
    let caller = Caller::of(&request)?;
    let by = actor(&caller)?;
    let request = request.into_inner();
    let steps = request.steps.iter().map(to_step).collect::<Result<Vec<_>, _>>()?;
    let pipeline = Pipeline::new(
        request.name.clone(),
        request.base_version.saturating_add(1),
        steps,
    )?;
    let put = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let newest = store::pipelines::newest_version(conn, &request.name).await?;
        if newest != request.base_version {
            return Err(Error::PipelineChanged { newest });
        }
        let saved = Saved {
            pipeline: pipeline.clone(),
            at: clock::now(),
            by,
        };
        store::pipelines::save(conn, &saved).await?;
        store::match_queue::want_all(conn).await?;
        tracing::info!(
            pipeline.name = pipeline.name(),
            pipeline.version = pipeline.version(),
            "saved"
        );
        Ok(pb::PutPipelineResponse {
            pipeline: Some(to_pb(&saved)),
        })
    };
    Ok(command(db, &caller, &request, put).await?)
}

/// One version of a pipeline.
pub(super) async fn get(
    db: &Database,
    request: Request<pb::GetPipelineRequest>,
) -> Result<pb::GetPipelineResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let mut conn = db.connection().await?;
    let saved = store::pipelines::find(&mut conn, &request.name, version(request.version)).await?;
    Ok(pb::GetPipelineResponse {
        pipeline: Some(to_pb(&saved)),
    })
}

/// Versions of pipelines, newest first.
pub(super) async fn list(
    db: &Database,
    request: Request<pb::ListPipelinesRequest>,
) -> Result<pb::ListPipelinesResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let name = Some(request.name.as_str()).filter(|name| !name.is_empty());
    let list = if name.is_some() { "pipeline" } else { "pipelines" };
    let page = Page::read(list, request.page_size, &request.page_token)?;
    let mut conn = db.connection().await?;
    let mut saved = store::pipelines::list(&mut conn, name, page.after.clone(), page.limit()).await?;
    let next_page_token = page.cut(list, &mut saved, |saved| {
        (
            saved.at,
            saved.pipeline.name().to_owned(),
            saved.pipeline.version(),
        )
    });
    Ok(pb::ListPipelinesResponse {
        pipelines: saved.iter().map(to_pb).collect(),
        next_page_token,
    })
}

/// M2: the steps that a pipeline can be made of.
pub(super) fn built_in_steps(
    request: &Request<pb::ListBuiltInStepsRequest>,
) -> Result<pb::ListBuiltInStepsResponse, Error> {
    Caller::of(request)?;
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

/// The version that is asked for; the newest where it is 0.
pub(super) fn version(version: i64) -> Option<i64> {
    Some(version).filter(|version| *version > 0)
}

fn to_step(step: &pb::PipelineStep) -> Result<PipelineStep, Error> {
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

fn to_pb(saved: &Saved) -> pb::Pipeline {
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
