//! The whole ledger is proved (B10).

use billing_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use super::Api;
use crate::domain::seal::Hash;
use crate::{Error, audit};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::VerifyLedgerRequest>,
) -> Result<pb::VerifyLedgerResponse, Error> {
    Caller::of(&request)?;
    let expected = Hash::from_hex(&request.get_ref().expected_head);
    let report = audit::verify(&api.db, expected).await?;
    let finding = report.finding.as_ref();
    Ok(pb::VerifyLedgerResponse {
        intact: finding.is_none(),
        entries: report.entries,
        blocks: report.blocks,
        unsealed: report.unsealed,
        head: report.head.to_string(),
        finding: finding.map(|finding| finding.text.clone()).unwrap_or_default(),
        transaction_id: finding
            .and_then(|finding| finding.transaction)
            .map(|id| id.to_string())
            .unwrap_or_default(),
    })
}
