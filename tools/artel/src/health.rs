//! Health of a server.

use std::time::Duration;

use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::failure::Error;
use crate::mesh::connect;

/// Queries a server's health: overall (`part` empty) or of one dependency.
pub async fn check(address: &str, part: &str) -> Result<bool, Error> {
    let mut request = tonic::Request::new(HealthCheckRequest {
        service: part.to_owned(),
    });
    request.set_timeout(Duration::from_secs(3));
    let answer = HealthClient::new(connect(address)?).check(request).await;
    let answer = answer
        .map_err(|status| Error::Call {
            what: format!("health of {address}"),
            status: Box::new(status),
        })?
        .into_inner();
    Ok(answer.status() == ServingStatus::Serving)
}
