//! Accounts: opened once per owner, read with what the next closing would take.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use money::{Currency, Money};
use uuid::Uuid;

use super::schema::accounts;
use crate::Error;
use crate::domain::{Account, AccountId, Owner, OwnerKind};

#[derive(QueryableByName)]
struct AccountRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    owner_kind: String,
    #[diesel(sql_type = Text)]
    owner: String,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    balance: i64,
    #[diesel(sql_type = BigInt)]
    paid: i64,
    #[diesel(sql_type = BigInt)]
    open: i64,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Timestamptz)]
    changed_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    announced_closing: DateTime<Utc>,
}

const SELECT: &str = "SELECT id, owner_kind, owner, currency, balance, paid, version, changed_at, announced_closing, \
    (SELECT coalesce(sum(line.amount), 0)::bigint FROM open_lines line WHERE line.account_id = account.id) AS open \
    FROM accounts account";

impl AccountRow {
    fn parse(self) -> Result<Account, Error> {
        let currency: Currency = self.currency.parse()?;
        Ok(Account {
            id: AccountId(self.id),
            owner: Owner::from_words(&self.owner_kind, &self.owner)?,
            version: self.version,
            balance: Money::new(self.balance, currency),
            paid: Money::new(self.paid, currency),
            open: Money::new(self.open, currency),
            changed_at: self.changed_at,
            announced_closing: self.announced_closing,
        })
    }
}

fn parse_all(rows: Vec<AccountRow>) -> Result<Vec<Account>, Error> {
    rows.into_iter().map(AccountRow::parse).collect()
}

/// Opens the owner's account, unless it is open.
pub async fn open(
    conn: &mut AsyncPgConnection,
    owner: &Owner,
    currency: Currency,
    now: DateTime<Utc>,
) -> QueryResult<Option<AccountId>> {
    let id: Option<Uuid> = diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(Uuid::now_v7()),
            accounts::owner_kind.eq(owner.kind().as_str()),
            accounts::owner.eq(owner.name()),
            accounts::currency.eq(currency.code()),
            accounts::opened_at.eq(now),
            accounts::changed_at.eq(now),
        ))
        .on_conflict((accounts::owner_kind, accounts::owner))
        .do_nothing()
        .returning(accounts::id)
        .get_result(conn)
        .await
        .optional()?;
    Ok(id.map(AccountId))
}

/// The owner's account, if it is open.
pub async fn find(conn: &mut AsyncPgConnection, owner: &Owner) -> Result<Option<Account>, Error> {
    diesel::sql_query(format!("{SELECT} WHERE owner_kind = $1 AND owner = $2"))
        .bind::<Text, _>(owner.kind().as_str())
        .bind::<Text, _>(owner.name())
        .get_result::<AccountRow>(conn)
        .await
        .optional()?
        .map(AccountRow::parse)
        .transpose()
}

/// The owner's account, or the refusal that there is none.
pub async fn get(conn: &mut AsyncPgConnection, owner: &Owner) -> Result<Account, Error> {
    find(conn, owner).await?.ok_or_else(|| unknown(owner))
}

/// These accounts.
pub async fn get_all(conn: &mut AsyncPgConnection, ids: &[AccountId]) -> Result<Vec<Account>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = diesel::sql_query(format!("{SELECT} WHERE id = ANY($1) ORDER BY id"))
        .bind::<Array<SqlUuid>, _>(ids)
        .load(conn)
        .await?;
    parse_all(rows)
}

/// The company's own accounts, at most `limit`, by code: those after one if given.
pub async fn company(
    conn: &mut AsyncPgConnection,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Account>, Error> {
    let rows = diesel::sql_query(format!(
        "{SELECT} WHERE owner_kind = 'company' AND owner > $1 ORDER BY owner LIMIT $2"
    ))
    .bind::<Text, _>(after.unwrap_or_default())
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await?;
    parse_all(rows)
}

/// Accounts of one kind that were last announced with another next closing, or never: the next `limit` after one, by id.
pub async fn announced_otherwise(
    conn: &mut AsyncPgConnection,
    kind: OwnerKind,
    next_closing: DateTime<Utc>,
    after: AccountId,
    limit: i64,
) -> QueryResult<Vec<AccountId>> {
    let ids: Vec<Uuid> = accounts::table
        .filter(accounts::owner_kind.eq(kind.as_str()))
        // Two ranges, where "other than" could not use the index.
        .filter(
            accounts::announced_closing
                .lt(next_closing)
                .or(accounts::announced_closing.gt(next_closing)),
        )
        .filter(accounts::id.gt(after.0))
        .order(accounts::id)
        .limit(limit)
        .select(accounts::id)
        .load(conn)
        .await?;
    Ok(ids.into_iter().map(AccountId).collect())
}

/// Writes down which next closing the account was announced with.
pub async fn announced(
    conn: &mut AsyncPgConnection,
    id: AccountId,
    next_closing: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(accounts::table.find(id.0))
        .set(accounts::announced_closing.eq(next_closing))
        .execute(conn)
        .await
        .map(drop)
}

/// The ids of these owners' accounts, in their order. The company's accounts are opened as they are needed; a client's or
/// worker's must be there.
pub(super) async fn resolve(
    conn: &mut AsyncPgConnection,
    owners: &[&Owner],
    currency: Currency,
    now: DateTime<Utc>,
) -> Result<Vec<AccountId>, Error> {
    let mut ids = Vec::with_capacity(owners.len());
    for owner in owners {
        let id = match id_of(conn, owner).await? {
            Some(id) => id,
            None if owner.kind() == OwnerKind::Company => {
                open(conn, owner, currency, now).await?;
                id_of(conn, owner).await?.ok_or_else(|| unknown(owner))?
            }
            None => return Err(unknown(owner)),
        };
        ids.push(id);
    }
    Ok(ids)
}

async fn id_of(conn: &mut AsyncPgConnection, owner: &Owner) -> QueryResult<Option<AccountId>> {
    accounts::table
        .filter(accounts::owner_kind.eq(owner.kind().as_str()))
        .filter(accounts::owner.eq(owner.name()))
        .select(accounts::id)
        .first(conn)
        .await
        .optional()
        .map(|id| id.map(AccountId))
}

/// Locks the account until the transaction ends: nothing is posted to it, and nobody closes it, meanwhile.
pub async fn lock(conn: &mut AsyncPgConnection, id: AccountId) -> QueryResult<()> {
    let _: Uuid = accounts::table
        .find(id.0)
        .select(accounts::id)
        .for_no_key_update()
        .first(conn)
        .await?;
    Ok(())
}

/// Counts a change that no posting made, such as a closing.
pub async fn touch(conn: &mut AsyncPgConnection, id: AccountId, now: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(accounts::table.find(id.0))
        .set((
            accounts::version.eq(accounts::version + 1),
            accounts::changed_at.eq(now),
        ))
        .execute(conn)
        .await
        .map(drop)
}

fn unknown(owner: &Owner) -> Error {
    Error::AccountNotFound {
        kind: owner.kind().as_str(),
        owner: owner.name(),
    }
}
