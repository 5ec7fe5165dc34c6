//! Accounts are closed, each in a transaction of its own: an invoice and its charge or payout, or carried over (B5–B7).

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use money::Money;
use service_host::{Database, telemetry};
use tracing::Instrument as _;
use uuid::Uuid;

use super::Wakes;
use crate::Error;
use crate::domain::{
    AccountId, AttemptKind, Closing, Line, OwnerKind, Period, PeriodId, PostingId, Settings,
};
use crate::events::publish;
use crate::store::periods::Unfinished;
use crate::store::{accounts, attempts, invoices, journal, periods};

const BATCH: i64 = 200;

/// Closes whatever open periods have left to close. Cut off anywhere, it goes on where it was the next time. A period that
/// can't be finished does not keep the others; its error comes back.
pub async fn run(db: &Database, settings: &Settings, wakes: &Wakes, now: DateTime<Utc>) -> Result<(), Error> {
    let unfinished = periods::unfinished(&mut *db.connection().await?).await?;
    let mut result = Ok(());
    for Unfinished {
        id,
        kind,
        period,
        traceparent,
    } in unfinished
    {
        let span = telemetry::resumed("close period", traceparent.as_deref());
        let closed = close_period(db, settings, (id, kind, period), now)
            .instrument(span)
            .await;
        result = result.and(closed);
        // Also after a failure: the accounts that were closed have their charges and payouts due now.
        match kind {
            OwnerKind::Client => wakes.charges.notify_one(),
            OwnerKind::Worker | OwnerKind::Company => wakes.payouts.notify_one(),
        }
    }
    result
}

async fn close_period(
    db: &Database,
    settings: &Settings,
    (id, kind, period): (PeriodId, OwnerKind, Period),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    close_all(db, settings, (id, kind, period), now).await?;
    periods::finish(&mut *db.connection().await?, id, now).await?;
    tracing::info!(period.id = %id, owner = kind.as_str(), "the period is closed");
    Ok(())
}

/// An account that can't be closed does not keep the others; its error comes back, and the period stays open for it.
async fn close_all(
    db: &Database,
    settings: &Settings,
    (id, kind, period): (PeriodId, OwnerKind, Period),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let mut result = Ok(());
    let mut last = AccountId(Uuid::nil());
    loop {
        let due =
            periods::accounts_to_close(&mut *db.connection().await?, id, kind, period, last, BATCH).await?;
        let Some(end) = due.last() else {
            return result;
        };
        last = *end;
        for account in due {
            let closed = db
                .transaction(async |conn: &mut AsyncPgConnection| {
                    close(conn, settings, (id, period), account, now).await
                })
                .await;
            result = result.and(closed);
        }
    }
}

async fn close(
    conn: &mut AsyncPgConnection,
    settings: &Settings,
    (period_id, period): (PeriodId, Period),
    id: AccountId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    accounts::lock(conn, id).await?;
    let Some(account) = accounts::get_all(conn, &[id]).await?.pop() else {
        return Ok(());
    };
    let lines = periods::open_lines(conn, id, period.ends_at).await?;
    if lines.is_empty() {
        return Ok(());
    }
    let currency = account.balance.currency();
    let (taken, amounts): (Vec<PostingId>, Vec<Line>) = lines
        .into_iter()
        .map(|(id, amount)| {
            (
                id,
                Line {
                    amount: Money::new(amount, currency),
                },
            )
        })
        .unzip();
    let kind = account.owner.kind();
    let closing = Closing::of(kind, currency, &amounts)?;
    let (Closing::Invoice(total) | Closing::CarryOver(total)) = closing;
    if !periods::claim(conn, period_id, id, total, now).await? {
        return Ok(());
    }
    let Closing::Invoice(amount) = closing else {
        return Ok(());
    };
    let draft = invoices::Draft {
        account: &account,
        period: (period_id, period),
        amount,
        lines: &taken,
        zone: settings.calendar.zone,
    };
    let invoice = invoices::issue(conn, &draft, now).await?;
    let way = match kind {
        OwnerKind::Client => AttemptKind::Charge,
        OwnerKind::Worker | OwnerKind::Company => AttemptKind::Payout,
    };
    attempts::create(conn, way, &invoice, now, now).await?;
    publish::invoice_issued(conn, &invoice).await?;
    accounts::touch(conn, id, now).await?;
    journal::announce(conn, settings, &[id], now).await
}
