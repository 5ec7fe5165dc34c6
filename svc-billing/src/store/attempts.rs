//! Attempts to charge and to pay out. Each row is work for a job; its id is the provider's
//! idempotency key.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use messaging::{Change, Events};
use money::Money;
use service_host::telemetry;
use uuid::Uuid;

use super::schema::{accounts, attempts, invoices as invoice};
use super::{invoices, journal, row};
use crate::Error;
use crate::domain::{
    Account, AccountId, Attempt, AttemptId, AttemptKind, AttemptStatus, Finished, Invoice, InvoiceId, Means,
    Owner, Settings,
};
use crate::events::convert;

#[derive(Queryable, Selectable)]
#[diesel(table_name = attempts)]
struct AttemptRow {
    id: Uuid,
    kind: String,
    invoice_id: Uuid,
    account_id: Uuid,
    number: i32,
    status: String,
    provider: Option<String>,
    token: Option<String>,
    reference: String,
    reason: String,
    tries: i32,
    due_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

impl AttemptRow {
    fn parse(self) -> QueryResult<Attempt> {
        let means = self.provider.zip(self.token);
        Ok(Attempt {
            id: AttemptId(self.id),
            kind: row::parse(&self.kind)?,
            invoice: InvoiceId(self.invoice_id),
            account: AccountId(self.account_id),
            number: self.number.unsigned_abs(),
            status: row::parse(&self.status)?,
            means: means.map(|(provider, token)| Means { provider, token }),
            reference: self.reference,
            reason: self.reason,
            tries: self.tries.unsigned_abs(),
            due_at: self.due_at,
            finished_at: self.finished_at,
        })
    }
}

/// Creates the next attempt of an invoice. `None` if one is pending.
pub async fn create(
    conn: &mut AsyncPgConnection,
    kind: AttemptKind,
    invoice: &Invoice,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<Option<Attempt>> {
    let last: Option<i32> = attempts::table
        .filter(attempts::invoice_id.eq(invoice.id.0))
        .select(diesel::dsl::max(attempts::number))
        .first(conn)
        .await?;
    diesel::insert_into(attempts::table)
        .values((
            attempts::id.eq(AttemptId::generate().0),
            attempts::kind.eq(<&str>::from(kind)),
            attempts::invoice_id.eq(invoice.id.0),
            attempts::account_id.eq(invoice.account.0),
            attempts::number.eq(last.unwrap_or(0).saturating_add(1)),
            attempts::status.eq(<&str>::from(AttemptStatus::Pending)),
            attempts::due_at.eq(due_at),
            attempts::created_at.eq(now),
            attempts::traceparent.eq(telemetry::trace_context()),
        ))
        .on_conflict_do_nothing()
        .returning(AttemptRow::as_select())
        .get_result(conn)
        .await
        .optional()?
        .map(AttemptRow::parse)
        .transpose()
}

/// A cursor over the attempts that were due at one time, the longest due first. Returns each
/// attempt once, also one that stays due, so that failing attempts do not block those behind them.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    kind: AttemptKind,
    at: DateTime<Utc>,
    after: Option<(DateTime<Utc>, Uuid)>,
}

impl Due {
    pub fn at(kind: AttemptKind, at: DateTime<Utc>) -> Self {
        Self {
            kind,
            at,
            after: None,
        }
    }

    /// The next `limit` attempts, each with the trace in which it was created. Empty at the end.
    pub async fn next(
        &mut self,
        conn: &mut AsyncPgConnection,
        limit: i64,
    ) -> QueryResult<Vec<(AttemptId, Option<String>)>> {
        let unfinished = [AttemptStatus::Pending, AttemptStatus::Accepted].map(<&str>::from);
        let mut query = attempts::table
            .filter(attempts::kind.eq(<&str>::from(self.kind)))
            .filter(attempts::status.eq_any(unfinished))
            .filter(attempts::due_at.le(self.at))
            .order((attempts::due_at, attempts::id))
            .limit(limit)
            .select((attempts::due_at, attempts::id, attempts::traceparent))
            .into_boxed();
        if let Some((due_at, id)) = self.after {
            let later = attempts::due_at.gt(due_at);
            query = query.filter(later.or(attempts::due_at.eq(due_at).and(attempts::id.gt(id))));
        }
        let found: Vec<(DateTime<Utc>, Uuid, Option<String>)> = query.load(conn).await?;
        self.after = found.last().map(|(due_at, id, _)| (*due_at, *id));
        let attempts = found.into_iter();
        Ok(attempts
            .map(|(_, id, traceparent)| (AttemptId(id), traceparent))
            .collect())
    }
}

/// Locks an attempt and its invoice until the transaction ends. The invoice is locked first, as by
/// everything that creates attempts, because otherwise the two could deadlock.
pub async fn lock(conn: &mut AsyncPgConnection, id: AttemptId) -> Result<(Attempt, Invoice), Error> {
    let invoice: Uuid = attempts::table
        .find(id.0)
        .select(attempts::invoice_id)
        .first(conn)
        .await?;
    let invoice = invoices::lock(conn, InvoiceId(invoice)).await?;
    let attempt = attempts::table
        .find(id.0)
        .select(AttemptRow::as_select())
        .for_no_key_update()
        .first(conn)
        .await?
        .parse()?;
    Ok((attempt, invoice))
}

/// Stores the means before a request is sent, and when to send it again if its outcome stays
/// unknown.
pub async fn begin_try(
    conn: &mut AsyncPgConnection,
    id: AttemptId,
    means: &Means,
    retry_at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(attempts::table.find(id.0))
        .set((
            attempts::provider.eq(&means.provider),
            attempts::token.eq(&means.token),
            attempts::tries.eq(attempts::tries + 1),
            attempts::due_at.eq(retry_at),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Stores why the outcome is unknown. The attempt stays due at the time that [`begin_try`] stored.
pub async fn record_unknown(conn: &mut AsyncPgConnection, id: AttemptId, reason: &str) -> QueryResult<()> {
    diesel::update(attempts::table.find(id.0))
        .set(attempts::reason.eq(reason))
        .execute(conn)
        .await
        .map(drop)
}

/// The provider accepted the payout, or has not made it yet. Its status is requested at `ask_at`.
pub async fn accept(
    conn: &mut AsyncPgConnection,
    id: AttemptId,
    reference: &str,
    ask_at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(attempts::table.find(id.0))
        .set((
            attempts::status.eq(<&str>::from(AttemptStatus::Accepted)),
            attempts::reference.eq(reference),
            attempts::reason.eq(""),
            attempts::due_at.eq(ask_at),
        ))
        .execute(conn)
        .await
        .map(drop)
}

struct Finish<'a> {
    settings: &'a Settings,
    finished: &'a Finished,
}

impl Change for Finish<'_> {
    type Written = Vec<Account>;
    type Error = Error;

    /// Attempt and invoice must be locked by [`lock`]. The database refuses a second success of one
    /// invoice.
    async fn write(&self, conn: &mut AsyncPgConnection) -> Result<Vec<Account>, Error> {
        let Finished {
            attempt,
            invoice,
            booking,
            retry_at,
            ..
        } = self.finished;
        diesel::update(attempts::table.find(attempt.id.0))
            .set((
                attempts::status.eq(<&str>::from(attempt.status)),
                attempts::reference.eq(&attempt.reference),
                attempts::reason.eq(&attempt.reason),
                attempts::finished_at.eq(attempt.finished_at),
            ))
            .execute(conn)
            .await?;
        invoices::set_status(conn, invoice).await?;
        if let (Some(retry_at), Some(now)) = (retry_at, attempt.finished_at) {
            create(conn, attempt.kind, invoice, *retry_at, now).await?;
        }
        match booking {
            Some(booking) => {
                let booked = journal::write(conn, self.settings, booking).await?;
                Ok(booked.map_or_else(Vec::new, |(_, accounts)| accounts))
            }
            None => Ok(Vec::new()),
        }
    }

    fn events(&self, accounts: &Vec<Account>) -> Result<Events, Error> {
        convert::events(accounts, &self.finished.events)
    }
}

/// Saves the outcome of an attempt, everything that follows from it, and their events.
pub async fn finish(
    conn: &mut AsyncPgConnection,
    settings: &Settings,
    finished: &Finished,
) -> Result<(), Error> {
    messaging::save(conn, &Finish { settings, finished })
        .await
        .map(drop)
}

#[derive(Debug, Default, Clone, Copy)]
pub struct Filter {
    pub account: Option<AccountId>,
    pub invoice: Option<InvoiceId>,
}

#[derive(Debug, Clone)]
pub struct Listed {
    pub attempt: Attempt,
    /// The owner of the invoice.
    pub owner: Owner,
    /// The amount of the invoice.
    pub amount: Money,
}

/// Attempts of one kind, newest first.
pub async fn list(
    conn: &mut AsyncPgConnection,
    kind: AttemptKind,
    filter: Filter,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Listed>> {
    let mut query = attempts::table
        .inner_join(invoice::table)
        .inner_join(accounts::table)
        .filter(attempts::kind.eq(<&str>::from(kind)))
        .select((
            AttemptRow::as_select(),
            accounts::owner_kind,
            accounts::owner,
            invoice::amount,
            invoice::currency,
        ))
        .order(attempts::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(account) = filter.account {
        query = query.filter(attempts::account_id.eq(account.0));
    }
    if let Some(invoice) = filter.invoice {
        query = query.filter(attempts::invoice_id.eq(invoice.0));
    }
    if let Some(before) = before {
        query = query.filter(attempts::id.lt(before));
    }
    let rows: Vec<(AttemptRow, String, String, i64, String)> = query.load(conn).await?;
    rows.into_iter()
        .map(|(attempt, kind, name, amount, currency)| {
            Ok(Listed {
                attempt: attempt.parse()?,
                owner: row::owner(&kind, &name)?,
                amount: row::money(amount, &currency)?,
            })
        })
        .collect()
}
