//! B10: verifies the whole ledger.

use billing_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::Caller;
use tonic::Request;

use super::Api;
use crate::Error;
use crate::domain::seal::Hash;
use crate::use_cases::verify_ledger::verify_ledger;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::VerifyLedgerRequest>,
) -> Result<pb::VerifyLedgerResponse, Error> {
    Caller::of(&request)?;
    let expected = Hash::from_hex(&request.get_ref().expected_head);
    let report = api
        .db
        .transaction(async |conn: &mut AsyncPgConnection| verify_ledger(conn, expected).await)
        .await?;
    let finding = report.finding.as_ref();
    Ok(pb::VerifyLedgerResponse {
        intact: finding.is_none(),
        entries: report.entries,
        blocks: report.blocks,
        unsealed: report.unsealed,
        head: report.head.to_string(),
        finding: finding.map(ToString::to_string).unwrap_or_default(),
        transaction_id: finding
            .and_then(|finding| finding.transaction)
            .map(|id| id.to_string())
            .unwrap_or_default(),
    })
}
