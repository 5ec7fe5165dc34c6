//! Invoices. The closing of an account issues one over the account's open lines.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use messaging::{Change, Events};
use money::Money;
use uuid::Uuid;

use super::schema::{accounts as account, closings, invoices, periods};
use super::{accounts, attempts, row};
use crate::Error;
use crate::domain::invoice::{self, Status};
use crate::domain::{
    Account, AccountId, AttemptKind, Closing, Event, Invoice, InvoiceId, OwnerKind, Period, PeriodId,
    PostingId, Settings,
};
use crate::events::convert;

/// The closing of one account in one period.
#[derive(Debug)]
pub struct AccountClosing<'a> {
    pub settings: &'a Settings,
    /// Must be locked.
    pub account: &'a Account,
    pub period: (PeriodId, Period),
    pub closing: Closing,
    /// The open lines that the closing adds up.
    pub lines: &'a [PostingId],
    pub now: DateTime<Utc>,
}

/// Closes the account: issues an invoice with its first attempt, or carries the lines over. Does
/// nothing if another replica has closed the account.
pub async fn close(conn: &mut AsyncPgConnection, closing: &AccountClosing<'_>) -> Result<(), Error> {
    messaging::save(conn, closing).await.map(drop)
}

impl Change for AccountClosing<'_> {
    /// `None`: no invoice was issued.
    type Written = Option<(Invoice, Vec<Account>)>;
    type Error = Error;

    async fn write(&self, conn: &mut AsyncPgConnection) -> Result<Self::Written, Error> {
        if !self.claim(conn).await? {
            return Ok(None);
        }
        let Closing::Invoice(amount) = self.closing else {
            return Ok(None);
        };
        let invoice = self.issue(conn, amount).await?;
        let kind = AttemptKind::for_owner(invoice.owner.kind());
        attempts::create(conn, kind, &invoice, self.now, self.now).await?;
        accounts::touch(conn, invoice.account, self.now).await?;
        let calendar = &self.settings.calendar;
        let changed = accounts::announced(conn, calendar, &[invoice.account], self.now).await?;
        Ok(Some((invoice, changed)))
    }

    fn events(&self, written: &Self::Written) -> Result<Events, Error> {
        match written {
            Some((invoice, accounts)) => convert::events(accounts, &[Event::InvoiceIssued(invoice.clone())]),
            None => Ok(Events::none()),
        }
    }
}

impl AccountClosing<'_> {
    /// `false` if the account was closed in this period before.
    async fn claim(&self, conn: &mut AsyncPgConnection) -> QueryResult<bool> {
        let claimed = diesel::insert_into(closings::table)
            .values((
                closings::period_id.eq(self.period.0.0),
                closings::account_id.eq(self.account.id.0),
                closings::total.eq(self.closing.total().minor_units()),
                closings::closed_at.eq(self.now),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await?;
        Ok(claimed == 1)
    }

    async fn issue(&self, conn: &mut AsyncPgConnection, amount: Money) -> Result<Invoice, Error> {
        #[derive(QueryableByName)]
        struct Next {
            #[diesel(sql_type = BigInt)]
            next: i64,
        }
        let Next { next } = diesel::sql_query("SELECT nextval('invoice_numbers') AS next")
            .get_result(conn)
            .await?;
        let (period_id, period) = self.period;
        let (owner, zone) = (&self.account.owner, self.settings.calendar.zone);
        let invoice = Invoice {
            id: InvoiceId::generate(),
            number: invoice::number(owner.kind(), next, self.now, zone),
            account: self.account.id,
            owner: owner.clone(),
            period,
            amount,
            line_count: i32::try_from(self.lines.len()).map_err(|_| money::Error::Overflow)?,
            status: Status::Issued,
            issued_at: self.now,
            paid_at: None,
        };
        diesel::insert_into(invoices::table)
            .values((
                invoices::id.eq(invoice.id.0),
                invoices::sequence.eq(next),
                invoices::number.eq(&invoice.number),
                invoices::account_id.eq(invoice.account.0),
                invoices::period_id.eq(period_id.0),
                invoices::amount.eq(amount.minor_units()),
                invoices::currency.eq(amount.currency().code()),
                invoices::line_count.eq(invoice.line_count),
                invoices::status.eq(<&str>::from(invoice.status)),
                invoices::issued_at.eq(self.now),
            ))
            .execute(conn)
            .await?;
        diesel::sql_query(
            "WITH taken AS (DELETE FROM open_lines WHERE posting_id = ANY($1) RETURNING posting_id) \
             INSERT INTO invoice_lines (posting_id, invoice_id) SELECT posting_id, $2 FROM taken",
        )
        .bind::<Array<BigInt>, _>(self.lines.iter().map(|id| id.0).collect::<Vec<i64>>())
        .bind::<SqlUuid, _>(invoice.id.0)
        .execute(conn)
        .await?;
        Ok(invoice)
    }
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

fn parse((invoice, kind, name, starts_at, ends_at): Joined) -> QueryResult<(i64, Invoice)> {
    let parsed = Invoice {
        id: InvoiceId(invoice.id),
        number: invoice.number,
        account: AccountId(invoice.account_id),
        owner: row::owner(&kind, &name)?,
        period: Period { starts_at, ends_at },
        amount: row::money(invoice.amount, &invoice.currency)?,
        line_count: invoice.line_count,
        status: row::parse(&invoice.status)?,
        issued_at: invoice.issued_at,
        paid_at: invoice.paid_at,
    };
    Ok((invoice.sequence, parsed))
}

macro_rules! joined {
    () => {
        invoices::table
            .inner_join(account::table)
            .inner_join(periods::table)
            .select((
                InvoiceRow::as_select(),
                account::owner_kind,
                account::owner,
                periods::starts_at,
                periods::ends_at,
            ))
    };
}

/// # Errors
/// [`Error::InvoiceNotFound`].
pub async fn get(conn: &mut AsyncPgConnection, id: InvoiceId) -> Result<Invoice, Error> {
    let found: Option<Joined> = joined!()
        .filter(invoices::id.eq(id.0))
        .first(conn)
        .await
        .optional()?;
    let (_, invoice) = parse(found.ok_or(Error::InvoiceNotFound(id.0))?)?;
    Ok(invoice)
}

/// The invoice, locked until the transaction ends.
///
/// # Errors
/// [`Error::InvoiceNotFound`].
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

#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// The id of a client or worker.
    pub owner: Option<String>,
    pub kind: Option<OwnerKind>,
    pub status: Option<Status>,
}

/// The next `limit` invoices with their places in the list, newest first.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<(i64, Invoice)>> {
    let mut query = joined!()
        .order(invoices::sequence.desc())
        .limit(limit)
        .into_boxed();
    if let Some(owner) = &filter.owner {
        query = query.filter(account::owner.eq(owner));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(account::owner_kind.eq(<&str>::from(kind)));
    }
    if let Some(status) = filter.status {
        query = query.filter(invoices::status.eq(<&str>::from(status)));
    }
    if let Some(before) = before {
        query = query.filter(invoices::sequence.lt(before));
    }
    let rows: Vec<Joined> = query.load(conn).await?;
    rows.into_iter().map(parse).collect()
}

/// The invoices of an account whose payout failed, oldest first.
pub async fn with_failed_payout(
    conn: &mut AsyncPgConnection,
    account: AccountId,
) -> QueryResult<Vec<InvoiceId>> {
    let ids: Vec<Uuid> = invoices::table
        .filter(invoices::account_id.eq(account.0))
        .filter(invoices::status.eq(<&str>::from(Status::PayoutFailed)))
        .order(invoices::sequence)
        .select(invoices::id)
        .load(conn)
        .await?;
    Ok(ids.into_iter().map(InvoiceId).collect())
}

/// Stores the status if it has changed. The database refuses to change a paid invoice.
pub(super) async fn set_status(conn: &mut AsyncPgConnection, invoice: &Invoice) -> QueryResult<()> {
    let status = <&str>::from(invoice.status);
    diesel::update(invoices::table.find(invoice.id.0))
        .filter(invoices::status.ne(status))
        .set((invoices::status.eq(status), invoices::paid_at.eq(invoice.paid_at)))
        .execute(conn)
        .await
        .map(drop)
}
