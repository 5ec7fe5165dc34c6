//! The call `ListTemplates`.

use notify_contract::v1 as pb;

use super::convert;
use crate::domain::routing::ROUTES;

pub(super) fn handle(request: &pb::ListTemplatesRequest) -> pb::ListTemplatesResponse {
    let asked = |event: &str| request.event_type.is_empty() || request.event_type == event;
    let routes = ROUTES
        .iter()
        .filter(|route| asked(route.event))
        .map(convert::route);
    pb::ListTemplatesResponse {
        routes: routes.collect(),
    }
}
