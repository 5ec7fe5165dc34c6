//! Table `balances`: billing's accounts, as heard. Not the truth, its reflection; it says as of when (O8).

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

/// How an account stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// The client or worker.
    pub owner: Uuid,
    /// A client: what they owe. A worker: what they are owed.
    pub balance: Money,
    /// What was paid (out) so far.
    pub paid: Money,
    /// What the next closing will invoice (or pay out).
    pub due: Money,
    /// When that is.
    pub next_closing: DateTime<Utc>,
    /// When this was so.
    pub as_of: DateTime<Utc>,
    /// Billing's count of the account's changes.
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

/// Keeps the newest: an older version after a newer one changes nothing.
pub async fn keep(conn: &mut AsyncPgConnection, balance: &Balance) -> Result<(), Error> {
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

/// How the owner's account stood, if billing said so yet.
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
        let currency = row::currency(&row.currency)?;
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
