use orders_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use super::{Api, convert};
use crate::{Error, store};

/// Returns a version of a pipeline.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetPipelineRequest>,
) -> Result<pb::GetPipelineResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let mut conn = api.db.connection().await?;
    let saved = store::pipelines::get(&mut conn, &request.name, version(request.version)).await?;
    Ok(pb::GetPipelineResponse {
        pipeline: Some(convert::pipeline(&saved)),
    })
}

/// The requested version; 0 requests the newest.
pub(super) fn version(version: i64) -> Option<i64> {
    Some(version).filter(|version| *version > 0)
}
