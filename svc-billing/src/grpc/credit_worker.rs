//! A manager credits a worker (B4).

use billing_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, convert};
use crate::Error;
use crate::domain::{Cause, Entry, Transaction, WorkerId, rules};
use crate::store::journal::{self, Booked, Recorded};
use crate::wire;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::CreditWorkerRequest>,
) -> Result<pb::CreditWorkerResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let amount = wire::parse_money(request.amount.as_ref())?;
    if !amount.is_positive() {
        return Err(Error::AmountNotPositive);
    }
    let worker = WorkerId(wire::parse_id("worker_id", &request.worker_id)?);
    // The cause outlives the answers that `command` keeps for a week: it names the caller too.
    let request_id = wire::parse_id("request_id", &request.request_id)?;
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
                by: convert::author(&caller.actor()),
                occurred_at: now,
                booked_at: now,
            };
            let bonus = Transaction::new(entry, rules::bonus(worker, amount)?.to_vec())?;
            let recorded = match journal::book(conn, &api.settings, &bonus).await? {
                Booked::Now(id) => journal::find(conn, id).await?,
                Booked::Before => Some(recorded_before(conn, &bonus).await?),
            };
            Ok(pb::CreditWorkerResponse {
                transaction: recorded.as_ref().map(convert::transaction),
            })
        },
    )
    .await?;
    Ok(response)
}

/// What the same request booked, longer ago than answers are kept.
async fn recorded_before(conn: &mut AsyncPgConnection, bonus: &Transaction) -> Result<Recorded, Error> {
    journal::find_caused_by(conn, &bonus.entry().cause)
        .await?
        .filter(|recorded| recorded.says(bonus))
        .ok_or(Error::RequestIdReused)
}
