//! A manager credits a worker (B4).

use billing_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command, field};
use tonic::Request;

use super::{Api, convert};
use crate::Error;
use crate::domain::{Cause, Entry, Transaction, rules};
use crate::store::journal::{self, Recorded};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::CreditWorkerRequest>,
) -> Result<pb::CreditWorkerResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let amount = convert::parse_money(request.amount.as_ref())?;
    if !amount.is_positive() {
        return Err(Error::AmountNotPositive);
    }
    let worker = field::id("worker_id", &request.worker_id)?;
    // `command` keeps answers for a week. The cause is kept for ever, so it contains the caller
    // too.
    let request_id = field::id("request_id", &request.request_id)?;
    let response = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let now = api.clock.now();
            let entry = Entry {
                cause: Cause::request(caller.subject(), request_id),
                order: None,
                note: request.reason.clone(),
                by: (&caller.actor()).into(),
                occurred_at: now,
                booked_at: now,
            };
            let bonus = Transaction::new(entry, rules::bonus(worker, amount)?.to_vec())?;
            let recorded = match journal::book(conn, &api.settings, &bonus).await? {
                Some(id) => journal::find(conn, id).await?,
                None => Some(recorded_before(conn, &bonus).await?),
            };
            Ok(pb::CreditWorkerResponse {
                transaction: recorded.as_ref().map(convert::transaction),
            })
        },
    )
    .await?;
    Ok(response)
}

/// The transaction of an earlier request with this id, whose answer is no longer kept.
async fn recorded_before(conn: &mut AsyncPgConnection, bonus: &Transaction) -> Result<Recorded, Error> {
    journal::find_caused_by(conn, &bonus.entry().cause)
        .await?
        .filter(|recorded| recorded.matches(bonus))
        .ok_or(Error::RequestIdReused)
}
