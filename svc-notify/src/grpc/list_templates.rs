use notify_contract::v1 as pb;
use tonic::Request;

use super::{Api, convert};
use crate::domain::routing::ROUTES;
use crate::error::Error;

#[expect(clippy::unused_async, reason = "dispatch! awaits every handler")]
pub(super) async fn handle(
    _: &Api,
    request: Request<pb::ListTemplatesRequest>,
) -> Result<pb::ListTemplatesResponse, Error> {
    let event_type = &request.get_ref().event_type;
    let routes = ROUTES
        .iter()
        .filter(|route| event_type.is_empty() || event_type == route.event)
        .map(convert::route);
    Ok(pb::ListTemplatesResponse {
        routes: routes.collect(),
    })
}
