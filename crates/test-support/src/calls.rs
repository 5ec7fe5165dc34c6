//! Calls a service under test.

use std::net::SocketAddr;
use std::time::Duration;

use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tonic_types::StatusExt as _;

use crate::eventually;

/// Connects to a server that is starting.
///
/// # Panics
/// If the server does not listen within ten seconds.
pub async fn channel(address: SocketAddr) -> Channel {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address makes a URL");
    eventually(Duration::from_secs(10), async || endpoint.connect().await).await
}

/// A request that carries a token.
pub fn authorised<M>(message: M, token: &str) -> Request<M> {
    let mut request = Request::new(message);
    let value = format!("Bearer {token}").parse().expect("a token is ASCII");
    request.metadata_mut().insert("authorization", value);
    request
}

/// The stable reason of a refusal (`google.rpc.ErrorInfo`); empty if it has none.
pub fn reason_of(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .unwrap_or_default()
}
