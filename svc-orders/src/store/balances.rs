//! Table `balances`: svc-billing's accounts, reflected from its events. A balance may be outdated;
//! it states the time as of which it was true (O8).

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::query_dsl::methods::FilterDsl as _;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use money::Money;
use uuid::Uuid;

use super::row;
use super::schema::balances;
use crate::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// A client or a worker.
    pub owner: Uuid,
    /// The sum that a client owes, or that a worker is owed.
    pub balance: Money,
    /// The sum that a client has paid, or that a worker was paid, so far.
    pub paid: Money,
    /// The sum that the next closing will invoice, or pay out.
    pub due: Money,
    pub next_closing: DateTime<Utc>,
    pub as_of: DateTime<Utc>,
    /// Grows with every change of the account in svc-billing.
    pub version: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = balances, check_for_backend(diesel::pg::Pg))]
struct BalanceRow {
    owner_id: Uuid,
    balance_minor: i64,
    paid_minor: i64,
    due_minor: i64,
    currency: String,
    next_closing: DateTime<Utc>,
    as_of: DateTime<Utc>,
    version: i64,
}

/// Records the balance, unless a newer version is recorded already.
pub async fn record(conn: &mut AsyncPgConnection, balance: &Balance) -> Result<(), Error> {
    let row = BalanceRow {
        owner_id: balance.owner,
        balance_minor: balance.balance.minor_units(),
        paid_minor: balance.paid.minor_units(),
        due_minor: balance.due.minor_units(),
        currency: balance.balance.currency().code().to_owned(),
        next_closing: balance.next_closing,
        as_of: balance.as_of,
        version: balance.version,
    };
    diesel::insert_into(balances::table)
        .values(row)
        .on_conflict(balances::owner_id)
        .do_update()
        .set((
            balances::balance_minor.eq(excluded(balances::balance_minor)),
            balances::paid_minor.eq(excluded(balances::paid_minor)),
            balances::due_minor.eq(excluded(balances::due_minor)),
            balances::currency.eq(excluded(balances::currency)),
            balances::next_closing.eq(excluded(balances::next_closing)),
            balances::as_of.eq(excluded(balances::as_of)),
            balances::version.eq(excluded(balances::version)),
        ))
        .filter(balances::version.lt(excluded(balances::version)))
        .execute(conn)
        .await?;
    Ok(())
}

/// `None` until svc-billing has published the owner's account.
pub async fn find(conn: &mut AsyncPgConnection, owner: Uuid) -> Result<Option<Balance>, Error> {
    let row: Option<BalanceRow> = balances::table
        .find(owner)
        .select(BalanceRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.map(Balance::try_from).transpose()
}

impl TryFrom<BalanceRow> for Balance {
    type Error = Error;

    fn try_from(row: BalanceRow) -> Result<Self, Error> {
        let currency = row::parse("currency", &row.currency)?;
        Ok(Self {
            owner: row.owner_id,
            balance: Money::new(row.balance_minor, currency),
            paid: Money::new(row.paid_minor, currency),
            due: Money::new(row.due_minor, currency),
            next_closing: row.next_closing,
            as_of: row.as_of,
            version: row.version,
        })
    }
}
