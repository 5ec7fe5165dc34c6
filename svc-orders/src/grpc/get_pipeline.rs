use orders_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use super::{Api, convert};
use crate::{Error, store};

/// One version of a pipeline.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetPipelineRequest>,
) -> Result<pb::GetPipelineResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let mut conn = api.db.connection().await?;
    let saved = store::pipelines::find(&mut conn, &request.name, version(request.version)).await?;
    Ok(pb::GetPipelineResponse {
        pipeline: Some(convert::pipeline(&saved)),
    })
}

/// The version that is asked for; the newest where it is 0.
pub(super) fn version(version: i64) -> Option<i64> {
    Some(version).filter(|version| *version > 0)
}
