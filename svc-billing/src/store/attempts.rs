//! Attempts to charge and to pay out: rows of work whose id is the provider's idempotency key.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use money::Money;
use service_host::telemetry;
use uuid::Uuid;

use super::invoices;
use super::schema::{accounts, attempts, invoices as invoice};
use crate::Error;
use crate::domain::{
    AccountId, Attempt, AttemptId, AttemptKind, AttemptStatus, Invoice, InvoiceId, Means, Owner,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = attempts)]
struct AttemptRow {
    id: Uuid,
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
    fn parse(self) -> Result<Attempt, Error> {
        Ok(Attempt {
            id: AttemptId(self.id),
            invoice: InvoiceId(self.invoice_id),
            account: AccountId(self.account_id),
            number: self.number.unsigned_abs(),
            status: self.status.parse()?,
            means: self
                .provider
                .zip(self.token)
                .map(|(provider, token)| Means { provider, token }),
            reference: self.reference,
            reason: self.reason,
            tries: self.tries.unsigned_abs(),
            due_at: self.due_at,
            finished_at: self.finished_at,
        })
    }
}

/// Writes down that an invoice is to be settled. None if an attempt is under way.
pub async fn create(
    conn: &mut AsyncPgConnection,
    kind: AttemptKind,
    invoice: &Invoice,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Option<Attempt>, Error> {
    let last: Option<i32> = attempts::table
        .filter(attempts::invoice_id.eq(invoice.id.0))
        .select(diesel::dsl::max(attempts::number))
        .first(conn)
        .await?;
    diesel::insert_into(attempts::table)
        .values((
            attempts::id.eq(AttemptId::new().0),
            attempts::kind.eq(kind.as_str()),
            attempts::invoice_id.eq(invoice.id.0),
            attempts::account_id.eq(invoice.account.0),
            attempts::number.eq(last.unwrap_or(0).saturating_add(1)),
            attempts::status.eq(AttemptStatus::Pending.as_str()),
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

/// A walk through what was due at one moment, the longest waiting first. Each attempt comes once, also one that stays as
/// it is: what can't be helped at the head of the queue does not keep what waits behind it.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    kind: AttemptKind,
    at: DateTime<Utc>,
    after: Option<(DateTime<Utc>, Uuid)>,
}

impl Due {
    /// What is due at this time.
    pub fn at(kind: AttemptKind, at: DateTime<Utc>) -> Self {
        Self {
            kind,
            at,
            after: None,
        }
    }

    /// The next attempts, at most `limit`, each with the trace in which it was written down; none at the end.
    pub async fn next(
        &mut self,
        conn: &mut AsyncPgConnection,
        limit: i64,
    ) -> QueryResult<Vec<(AttemptId, Option<String>)>> {
        let under_way = [AttemptStatus::Pending.as_str(), AttemptStatus::Accepted.as_str()];
        let mut query = attempts::table
            .filter(attempts::kind.eq(self.kind.as_str()))
            .filter(attempts::status.eq_any(under_way))
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

/// The attempt and its invoice, locked until the transaction ends. The invoice comes first: whoever starts a new attempt
/// holds the invoice too, so the two wait for each other instead of deadlocking.
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

/// Freezes the means, and says when to ask again should this try never report back.
pub async fn begin_try(
    conn: &mut AsyncPgConnection,
    id: AttemptId,
    means: &Means,
    again_at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(attempts::table.find(id.0))
        .set((
            attempts::provider.eq(&means.provider),
            attempts::token.eq(&means.token),
            attempts::tries.eq(attempts::tries + 1),
            attempts::due_at.eq(again_at),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// The outcome is not known: why. It stays due when its last try said.
pub async fn note(conn: &mut AsyncPgConnection, id: AttemptId, reason: &str) -> QueryResult<()> {
    diesel::update(attempts::table.find(id.0))
        .set(attempts::reason.eq(reason))
        .execute(conn)
        .await
        .map(drop)
}

/// The provider accepted, or is still at it: ask again then.
pub async fn accept(
    conn: &mut AsyncPgConnection,
    id: AttemptId,
    reference: &str,
    ask_at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(attempts::table.find(id.0))
        .set((
            attempts::status.eq(AttemptStatus::Accepted.as_str()),
            attempts::reference.eq(reference),
            attempts::reason.eq(""),
            attempts::due_at.eq(ask_at),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Money moved. A second success of the same invoice is refused by the database.
pub async fn succeed(
    conn: &mut AsyncPgConnection,
    id: AttemptId,
    reference: &str,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    finish(conn, id, AttemptStatus::Succeeded, "", now).await?;
    diesel::update(attempts::table.find(id.0))
        .set(attempts::reference.eq(reference))
        .execute(conn)
        .await
        .map(drop)
}

/// No money moved, for this reason.
pub async fn fail(
    conn: &mut AsyncPgConnection,
    id: AttemptId,
    reason: &str,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    finish(conn, id, AttemptStatus::Failed, reason, now).await
}

async fn finish(
    conn: &mut AsyncPgConnection,
    id: AttemptId,
    status: AttemptStatus,
    reason: &str,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(attempts::table.find(id.0))
        .set((
            attempts::status.eq(status.as_str()),
            attempts::reason.eq(reason),
            attempts::finished_at.eq(now),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// What a list of attempts is narrowed to.
#[derive(Debug, Default, Clone, Copy)]
pub struct Filter {
    /// Only of this account.
    pub account: Option<AccountId>,
    /// Only of this invoice.
    pub invoice: Option<InvoiceId>,
}

/// An attempt with what it is about.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The attempt.
    pub attempt: Attempt,
    /// Whose invoice it settles.
    pub owner: Owner,
    /// How much.
    pub amount: Money,
}

/// Attempts of one kind, newest first.
pub async fn list(
    conn: &mut AsyncPgConnection,
    kind: AttemptKind,
    filter: Filter,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Listed>, Error> {
    let mut query = attempts::table
        .inner_join(invoice::table)
        .inner_join(accounts::table)
        .filter(attempts::kind.eq(kind.as_str()))
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
        .map(|(row, kind, name, amount, currency)| {
            Ok(Listed {
                attempt: row.parse()?,
                owner: Owner::from_words(&kind, &name)?,
                amount: Money::new(amount, currency.parse()?),
            })
        })
        .collect()
}
