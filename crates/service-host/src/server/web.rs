//! CORS for pages that call by gRPC-Web from another origin.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{Any, CorsLayer};

use super::Error;

/// Allows pages of `origins` to call. Without origins there is no CORS layer, and browsers allow no
/// calls.
pub(super) fn cors(origins: &[String]) -> Result<Option<CorsLayer>, Error> {
    if origins.is_empty() {
        return Ok(None);
    }
    let name = HeaderName::from_static;
    let layer = CorsLayer::new()
        .allow_methods([Method::POST])
        .allow_headers([
            header::CONTENT_TYPE,
            header::AUTHORIZATION,
            name("grpc-timeout"),
            name("traceparent"),
            name("tracestate"),
            name("x-grpc-web"),
            name("x-user-agent"),
        ])
        // Without these headers, a page sees that a call failed but not the reason.
        .expose_headers([
            name("grpc-status"),
            name("grpc-message"),
            name("grpc-status-details-bin"),
        ])
        .max_age(Duration::from_hours(1));
    if origins.iter().any(|origin| origin == "*") {
        return Ok(Some(layer.allow_origin(Any)));
    }
    let origins = origins
        .iter()
        .map(|origin| HeaderValue::from_str(origin).map_err(|_| Error::Origin(origin.clone())))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Some(layer.allow_origin(origins)))
}
