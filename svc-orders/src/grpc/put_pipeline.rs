use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::caller::actor;
use super::{Api, convert};
use crate::domain::matching::Pipeline;
use crate::store::pipelines::Saved;
use crate::{Error, store};

/// Saves a new version of a pipeline; queued orders are matched by it (M1).
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::PutPipelineRequest>,
) -> Result<pb::PutPipelineResponse, Error> {
    let caller = Caller::of(&request)?;
    let by = actor(&caller)?;
    let request = request.into_inner();
    let steps = request
        .steps
        .iter()
        .map(convert::to_step)
        .collect::<Result<Vec<_>, _>>()?;
    let pipeline = Pipeline::new(
        request.name.clone(),
        request.base_version.saturating_add(1),
        steps,
    )?;
    let now = api.clock.now();
    let put = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let newest = store::pipelines::newest_version(conn, &request.name).await?;
        if newest != request.base_version {
            return Err(Error::PipelineChanged { newest });
        }
        let saved = Saved {
            pipeline: pipeline.clone(),
            at: now,
            by,
        };
        store::pipelines::save(conn, &saved).await?;
        tracing::info!(
            pipeline.name = pipeline.name(),
            pipeline.version = pipeline.version(),
            "a version of a pipeline was saved"
        );
        Ok(pb::PutPipelineResponse {
            pipeline: Some(convert::pipeline(&saved)),
        })
    };
    Ok(command(&api.db, &caller, &request, put).await?)
}
