//! An operator closes periods before the calendar does.

use billing_contract::v1 as pb;
use chrono::{DateTime, Utc};
use conventions::wire::moment;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, convert};
use crate::Error;
use crate::domain::OwnerKind;
use crate::store::periods;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ClosePeriodsRequest>,
) -> Result<pb::ClosePeriodsResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let kinds = match convert::parse_owner_kind(request.owner_kind()) {
        Some(kind) => vec![kind],
        None => vec![OwnerKind::Client, OwnerKind::Worker],
    };
    let response = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let now = api.clock.now();
            let ends_at = end(&request, now)?;
            let mut opened = Vec::new();
            for kind in &kinds {
                periods::open(conn, *kind, api.settings.calendar.ending_at(*kind, ends_at), now).await?;
                if let Some(row) = periods::ending_at(conn, *kind, ends_at).await? {
                    opened.push(convert::period(&row));
                }
            }
            Ok(pb::ClosePeriodsResponse { periods: opened })
        },
    )
    .await?;
    api.wakes.closing.notify_one();
    Ok(response)
}

/// The end of the periods, to the microsecond, because the database keeps no more.
fn end(request: &pb::ClosePeriodsRequest, now: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
    let end = match &request.up_to {
        None => now,
        Some(up_to) => moment(up_to).ok_or(Error::PeriodNotOver)?,
    };
    if end > now {
        Err(Error::PeriodNotOver)
    } else {
        Ok(end)
    }
}
