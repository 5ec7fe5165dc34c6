//! B5–B7: closes accounts, each in its own transaction: an invoice with its charge or payout, or
//! carried over.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use money::Money;
use service_host::{Database, telemetry};
use tracing::Instrument as _;
use uuid::Uuid;

use super::Wakes;
use crate::Error;
use crate::domain::{AccountId, AttemptKind, Closing, PostingId, Settings};
use crate::store::invoices::{self, AccountClosing};
use crate::store::periods::Unfinished;
use crate::store::{accounts, periods};

const BATCH: i64 = 200;

/// Closes all accounts of open periods. A run that was cut off is continued by the next one.
pub async fn run(db: &Database, settings: &Settings, wakes: &Wakes, now: DateTime<Utc>) -> Result<(), Error> {
    let unfinished = periods::unfinished(&mut *db.connection().await?).await?;
    let mut result = Ok(());
    for period in unfinished {
        let span = telemetry::resumed("close period", period.traceparent.as_deref());
        let closed = close_period(db, settings, &period, now).instrument(span).await;
        result = result.and(closed);
        // Also after a failure: the accounts that were closed have charges and payouts that are
        // due.
        match AttemptKind::for_owner(period.kind) {
            AttemptKind::Charge => wakes.charges.notify_one(),
            AttemptKind::Payout => wakes.payouts.notify_one(),
        }
    }
    result
}

/// The period stays open for accounts that could not be closed.
async fn close_period(
    db: &Database,
    settings: &Settings,
    period: &Unfinished,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    close_all(db, settings, period, now).await?;
    periods::finish(&mut *db.connection().await?, period.id, now).await?;
    tracing::info!(period.id = %period.id, owner = <&str>::from(period.kind), "the period is closed");
    Ok(())
}

async fn close_all(
    db: &Database,
    settings: &Settings,
    period: &Unfinished,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let mut result = Ok(());
    let mut last = AccountId(Uuid::nil());
    loop {
        let due = periods::accounts_to_close(&mut *db.connection().await?, period, last, BATCH).await?;
        let Some(end) = due.last() else {
            return result;
        };
        last = *end;
        for account in due {
            let closed = db
                .transaction(async |conn: &mut AsyncPgConnection| {
                    close(conn, settings, period, account, now).await
                })
                .await;
            result = result.and(closed);
        }
    }
}

async fn close(
    conn: &mut AsyncPgConnection,
    settings: &Settings,
    period: &Unfinished,
    id: AccountId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    accounts::lock(conn, id).await?;
    let Some(account) = accounts::get_all(conn, &[id]).await?.pop() else {
        return Ok(());
    };
    let open = periods::open_lines(conn, id, period.period.ends_at).await?;
    if open.is_empty() {
        return Ok(());
    }
    let currency = account.balance.currency();
    let amounts = open.iter().map(|(_, amount)| Money::new(*amount, currency));
    let closing = Closing::of(account.owner.kind(), currency, amounts)?;
    let lines: Vec<PostingId> = open.iter().map(|(id, _)| *id).collect();
    let account_closing = AccountClosing {
        settings,
        account: &account,
        period: (period.id, period.period),
        closing,
        lines: &lines,
        now,
    };
    invoices::close(conn, &account_closing).await
}
