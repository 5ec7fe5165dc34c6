//! One call to the service: connected, with a token, its refusals in one line.

use std::time::Duration;

use anyhow::Context as _;
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use totalizator_contract::v1::totalizator_service_client::TotalizatorServiceClient;

/// The service, and who asks it.
pub(super) struct Session<'a> {
    pub(super) api: TotalizatorServiceClient<Channel>,
    token: Option<&'a str>,
}

impl<'a> Session<'a> {
    pub(super) async fn open(address: &str, token: Option<&'a str>) -> anyhow::Result<Self> {
        let channel = Endpoint::from_shared(address.to_owned())
            .with_context(|| format!("{address} is not an address such as http://127.0.0.1:17107"))?
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(15))
            .connect()
            .await
            .with_context(|| format!("nobody answers at {address}"))?;
        Ok(Self {
            api: TotalizatorServiceClient::new(channel),
            token: token.filter(|token| !token.is_empty()),
        })
    }

    pub(super) fn authorised<M>(&self, message: M) -> anyhow::Result<Request<M>> {
        let token = self
            .token
            .context("a manager's token is needed: give --token, or set ARTEL_TOKEN")?;
        let mut request = Request::new(message);
        let value: MetadataValue<_> = format!("Bearer {token}").parse().context("not a token")?;
        request.metadata_mut().insert("authorization", value);
        Ok(request)
    }
}

/// What the service said, with the reason that programs know it by.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn refused(status: Status) -> anyhow::Error {
    use tonic_types::StatusExt as _;
    let reason = status
        .get_details_error_info()
        .map(|info| format!(" ({})", info.reason))
        .unwrap_or_default();
    anyhow::anyhow!("{}{reason}", status.message())
}
