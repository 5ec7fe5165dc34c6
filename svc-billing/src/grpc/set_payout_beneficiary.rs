//! A worker names a beneficiary. Failed payouts are made again.

use billing_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command, field};
use tonic::Request;

use super::{Api, convert};
use crate::Error;
use crate::domain::{AttemptKind, Means, Owner};
use crate::gateways::GoldenHat;
use crate::store::{accounts, attempts, details, invoices};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::SetPayoutBeneficiaryRequest>,
) -> Result<pb::SetPayoutBeneficiaryResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let owner = Owner::Worker(field::id("worker_id", &request.worker_id)?);
    let means = Means {
        provider: GoldenHat::KIND.to_owned(),
        token: request.beneficiary.clone(),
    };
    let response = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let now = api.clock.now();
            let account = accounts::get(conn, &owner).await?;
            details::put(conn, account.id, &means, &(&caller.actor()).into(), now).await?;
            for id in invoices::with_failed_payout(conn, account.id).await? {
                let invoice = invoices::lock(conn, id).await?;
                attempts::create(conn, AttemptKind::Payout, &invoice, now, now).await?;
            }
            Ok(pb::SetPayoutBeneficiaryResponse {
                account: Some(convert::account(&account, Some(&means), &api.settings, now)?),
            })
        },
    )
    .await?;
    api.wakes.payouts.notify_one();
    Ok(response)
}
