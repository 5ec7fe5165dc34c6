use conventions::page::Page;
use orders_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use super::{Api, convert};
use crate::{Error, store};

/// Lists versions of pipelines, newest first.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListPipelinesRequest>,
) -> Result<pb::ListPipelinesResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let name = Some(request.name.as_str()).filter(|name| !name.is_empty());
    let list = if name.is_some() { "pipeline" } else { "pipelines" };
    let page = Page::read(list, request.page_size, &request.page_token)?;
    let mut conn = api.db.connection().await?;
    let mut saved = store::pipelines::list(&mut conn, name, page.after.clone(), page.limit()).await?;
    let next_page_token = page.cut(list, &mut saved, |saved| {
        (
            saved.at,
            saved.pipeline.name().to_owned(),
            saved.pipeline.version(),
        )
    });
    Ok(pb::ListPipelinesResponse {
        pipelines: saved.iter().map(convert::pipeline).collect(),
        next_page_token,
    })
}
