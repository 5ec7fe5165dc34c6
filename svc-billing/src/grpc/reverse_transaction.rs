//! B1: a mistake is reversed.

use billing_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command, field};
use tonic::Request;

use super::{Api, convert};
use crate::Error;
use crate::domain::{Cause, Entry, LineReason, Posting, Transaction, TransactionId};
use crate::store::journal::{self, Recorded};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ReverseTransactionRequest>,
) -> Result<pb::ReverseTransactionResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id: TransactionId = field::id("transaction_id", &request.transaction_id)?;
    let response = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let mistake = journal::find(conn, id)
                .await?
                .ok_or(Error::TransactionNotFound(id.0))?;
            let now = api.clock.now();
            let entry = Entry {
                cause: Cause::reversal_of(id.0),
                order: mistake.entry.order,
                note: request.reason.clone(),
                by: (&caller.actor()).into(),
                occurred_at: now,
                booked_at: now,
            };
            let reversal = Transaction::reversing(entry, &reversible(mistake)?)?;
            let Some(reversal) = journal::book(conn, &api.settings, &reversal).await? else {
                return Err(Error::AlreadyReversed(id.0));
            };
            let recorded = journal::find(conn, reversal).await?;
            Ok(pb::ReverseTransactionResponse {
                transaction: recorded.as_ref().map(convert::transaction),
            })
        },
    )
    .await?;
    Ok(response)
}

/// The postings of a transaction that may be reversed. Payments and payouts moved real money, which
/// no entry can move back. A reversal of a reversal would hide the mistake.
fn reversible(mistake: Recorded) -> Result<Vec<Posting>, Error> {
    let postings: Vec<Posting> = mistake.postings.into_iter().map(|line| line.posting).collect();
    let is_final = |posting: &Posting| {
        matches!(
            posting.reason,
            LineReason::Payment | LineReason::Payout | LineReason::Reversal
        )
    };
    if postings.iter().any(is_final) {
        return Err(Error::NotReversible(mistake.id.0));
    }
    Ok(postings)
}
