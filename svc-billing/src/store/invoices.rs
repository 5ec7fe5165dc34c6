//! Invoices: issued with their lines, settled once.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use money::Money;
use uuid::Uuid;

use super::schema::{accounts, invoices, periods};
use crate::Error;
use crate::domain::invoice::{self, Status};
use crate::domain::{Account, AccountId, Invoice, InvoiceId, Owner, OwnerKind, Period, PeriodId, PostingId};

/// What an invoice is issued from.
#[derive(Debug)]
pub struct Draft<'a> {
    /// The account, locked.
    pub account: &'a Account,
    /// The period, with its closing claimed.
    pub period: (PeriodId, Period),
    /// The sum of the lines, as the owner sees it. Positive.
    pub amount: Money,
    /// The lines: open until now.
    pub lines: &'a [PostingId],
    /// The company's time zone, for the year in the number.
    pub zone: Tz,
}

/// Issues an invoice over lines, which are open no longer.
pub async fn issue(
    conn: &mut AsyncPgConnection,
    draft: &Draft<'_>,
    now: DateTime<Utc>,
) -> Result<Invoice, Error> {
    #[derive(QueryableByName)]
    struct Next {
        #[diesel(sql_type = BigInt)]
        next: i64,
    }
    let Next { next } = diesel::sql_query("SELECT nextval('invoice_numbers') AS next")
        .get_result(conn)
        .await?;
    let (period_id, period) = draft.period;
    let invoice = Invoice {
        id: InvoiceId(Uuid::now_v7()),
        number: invoice::number(draft.account.owner.kind(), next, now, draft.zone),
        account: draft.account.id,
        owner: draft.account.owner.clone(),
        period,
        amount: draft.amount,
        line_count: i32::try_from(draft.lines.len()).map_err(|_| money::Error::Overflow)?,
        status: Status::Issued,
        issued_at: now,
        paid_at: None,
    };
    diesel::insert_into(invoices::table)
        .values((
            invoices::id.eq(invoice.id.0),
            invoices::sequence.eq(next),
            invoices::number.eq(&invoice.number),
            invoices::account_id.eq(invoice.account.0),
            invoices::period_id.eq(period_id.0),
            invoices::amount.eq(invoice.amount.minor_units()),
            invoices::currency.eq(invoice.amount.currency().code()),
            invoices::line_count.eq(invoice.line_count),
            invoices::status.eq(invoice.status.as_str()),
            invoices::issued_at.eq(now),
        ))
        .execute(conn)
        .await?;
    take_lines(conn, invoice.id, draft.lines).await?;
    Ok(invoice)
}

async fn take_lines(
    conn: &mut AsyncPgConnection,
    invoice: InvoiceId,
    lines: &[PostingId],
) -> QueryResult<()> {
    diesel::sql_query(
        "WITH taken AS (DELETE FROM open_lines WHERE posting_id = ANY($1) RETURNING posting_id) \
         INSERT INTO invoice_lines (posting_id, invoice_id) SELECT posting_id, $2 FROM taken",
    )
    .bind::<Array<BigInt>, _>(lines.iter().map(|id| id.0).collect::<Vec<i64>>())
    .bind::<SqlUuid, _>(invoice.0)
    .execute(conn)
    .await
    .map(drop)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = invoices)]
struct InvoiceRow {
    id: Uuid,
    sequence: i64,
    number: String,
    account_id: Uuid,
    amount: i64,
    currency: String,
    line_count: i32,
    status: String,
    issued_at: DateTime<Utc>,
    paid_at: Option<DateTime<Utc>>,
}

type Joined = (InvoiceRow, String, String, DateTime<Utc>, DateTime<Utc>);

fn parse((row, kind, name, starts_at, ends_at): Joined) -> Result<(i64, Invoice), Error> {
    let invoice = Invoice {
        id: InvoiceId(row.id),
        number: row.number,
        account: AccountId(row.account_id),
        owner: Owner::from_words(&kind, &name)?,
        period: Period { starts_at, ends_at },
        amount: Money::new(row.amount, row.currency.parse()?),
        line_count: row.line_count,
        status: row.status.parse()?,
        issued_at: row.issued_at,
        paid_at: row.paid_at,
    };
    Ok((row.sequence, invoice))
}

macro_rules! joined {
    () => {
        invoices::table
            .inner_join(accounts::table)
            .inner_join(periods::table)
            .select((
                InvoiceRow::as_select(),
                accounts::owner_kind,
                accounts::owner,
                periods::starts_at,
                periods::ends_at,
            ))
    };
}

/// The invoice, if there is one.
pub async fn find(conn: &mut AsyncPgConnection, id: InvoiceId) -> Result<Option<Invoice>, Error> {
    let row: Option<Joined> = joined!()
        .filter(invoices::id.eq(id.0))
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(parse).transpose()?.map(|(_, invoice)| invoice))
}

/// The invoice, or the refusal that there is none.
pub async fn get(conn: &mut AsyncPgConnection, id: InvoiceId) -> Result<Invoice, Error> {
    find(conn, id).await?.ok_or(Error::InvoiceNotFound(id.0))
}

/// The invoice, locked until the transaction ends.
pub async fn lock(conn: &mut AsyncPgConnection, id: InvoiceId) -> Result<Invoice, Error> {
    let _: Option<Uuid> = invoices::table
        .find(id.0)
        .select(invoices::id)
        .for_no_key_update()
        .first(conn)
        .await
        .optional()?;
    get(conn, id).await
}

/// What a list of invoices is narrowed to.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only this client's or worker's, by id.
    pub owner: Option<String>,
    /// Only clients' or workers'.
    pub kind: Option<OwnerKind>,
    /// Only in this state.
    pub status: Option<Status>,
}

/// Invoices with their places in the list, newest first.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<(i64, Invoice)>, Error> {
    let mut query = joined!()
        .order(invoices::sequence.desc())
        .limit(limit)
        .into_boxed();
    if let Some(owner) = &filter.owner {
        query = query.filter(accounts::owner.eq(owner));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(accounts::owner_kind.eq(kind.as_str()));
    }
    if let Some(status) = filter.status {
        query = query.filter(invoices::status.eq(status.as_str()));
    }
    if let Some(before) = before {
        query = query.filter(invoices::sequence.lt(before));
    }
    let rows: Vec<Joined> = query.load(conn).await?;
    rows.into_iter().map(parse).collect()
}

/// An account's invoices whose payout failed, oldest first.
pub async fn unpaid_out(conn: &mut AsyncPgConnection, account: AccountId) -> QueryResult<Vec<InvoiceId>> {
    let ids: Vec<Uuid> = invoices::table
        .filter(invoices::account_id.eq(account.0))
        .filter(invoices::status.eq(Status::PayoutFailed.as_str()))
        .order(invoices::sequence)
        .select(invoices::id)
        .load(conn)
        .await?;
    Ok(ids.into_iter().map(InvoiceId).collect())
}

/// Moves an invoice on. Paid is final: the database refuses to leave it.
pub async fn set_status(
    conn: &mut AsyncPgConnection,
    id: InvoiceId,
    status: Status,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let paid_at = (status == Status::Paid).then_some(now);
    diesel::update(invoices::table.find(id.0))
        .set((
            invoices::status.eq(status.as_str()),
            invoices::paid_at.eq(paid_at),
        ))
        .execute(conn)
        .await
        .map(drop)
}
