//! Accounts, with the sum of their open lines.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use messaging::{Change, Events};
use money::Currency;
use uuid::Uuid;

use super::row;
use super::schema::accounts;
use crate::Error;
use crate::domain::{Account, AccountId, Calendar, Owner, OwnerKind, Settings};
use crate::events::convert;

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

const SELECT: &str = "SELECT id, owner_kind, owner, currency, balance, paid, version, changed_at, \
    announced_closing, \
    (SELECT coalesce(sum(line.amount), 0)::bigint FROM open_lines line WHERE line.account_id = account.id) AS open \
    FROM accounts account";

impl AccountRow {
    fn parse(self) -> QueryResult<Account> {
        Ok(Account {
            id: AccountId(self.id),
            owner: row::owner(&self.owner_kind, &self.owner)?,
            version: self.version,
            balance: row::money(self.balance, &self.currency)?,
            paid: row::money(self.paid, &self.currency)?,
            open: row::money(self.open, &self.currency)?,
            changed_at: self.changed_at,
            announced_closing: self.announced_closing,
        })
    }
}

fn parse_all(rows: Vec<AccountRow>) -> QueryResult<Vec<Account>> {
    rows.into_iter().map(AccountRow::parse).collect()
}

struct Opening<'a> {
    settings: &'a Settings,
    owner: &'a Owner,
    now: DateTime<Utc>,
}

impl Change for Opening<'_> {
    type Written = Vec<Account>;
    type Error = Error;

    async fn write(&self, conn: &mut AsyncPgConnection) -> Result<Vec<Account>, Error> {
        let opened = insert(conn, self.owner, self.settings.currency, self.now).await?;
        let ids: Vec<AccountId> = opened.into_iter().collect();
        Ok(announced(conn, &self.settings.calendar, &ids, self.now).await?)
    }

    fn events(&self, opened: &Vec<Account>) -> Result<Events, Error> {
        convert::events(opened, &[])
    }
}

/// Opens the account of a client or worker, unless it is open.
pub async fn open(
    conn: &mut AsyncPgConnection,
    settings: &Settings,
    owner: &Owner,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let opening = Opening { settings, owner, now };
    messaging::save(conn, &opening).await.map(drop)
}

async fn insert(
    conn: &mut AsyncPgConnection,
    owner: &Owner,
    currency: Currency,
    now: DateTime<Utc>,
) -> QueryResult<Option<AccountId>> {
    let id: Option<Uuid> = diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(AccountId::generate().0),
            accounts::owner_kind.eq(<&str>::from(owner.kind())),
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

struct Announcement<'a> {
    settings: &'a Settings,
    id: AccountId,
    now: DateTime<Utc>,
}

impl Change for Announcement<'_> {
    type Written = Vec<Account>;
    type Error = Error;

    async fn write(&self, conn: &mut AsyncPgConnection) -> Result<Vec<Account>, Error> {
        touch(conn, self.id, self.now).await?;
        Ok(announced(conn, &self.settings.calendar, &[self.id], self.now).await?)
    }

    fn events(&self, accounts: &Vec<Account>) -> Result<Events, Error> {
        convert::events(accounts, &[])
    }
}

/// Announces an account with its current next closing.
pub async fn announce(
    conn: &mut AsyncPgConnection,
    settings: &Settings,
    id: AccountId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let announcement = Announcement { settings, id, now };
    messaging::save(conn, &announcement).await.map(drop)
}

/// The account of this owner, if it is open.
pub async fn find(conn: &mut AsyncPgConnection, owner: &Owner) -> QueryResult<Option<Account>> {
    diesel::sql_query(format!("{SELECT} WHERE owner_kind = $1 AND owner = $2"))
        .bind::<Text, _>(<&str>::from(owner.kind()))
        .bind::<Text, _>(owner.name())
        .get_result::<AccountRow>(conn)
        .await
        .optional()?
        .map(AccountRow::parse)
        .transpose()
}

/// The account of this owner.
///
/// # Errors
/// [`Error::AccountNotFound`] if it is not open.
pub async fn get(conn: &mut AsyncPgConnection, owner: &Owner) -> Result<Account, Error> {
    find(conn, owner).await?.ok_or_else(|| unknown(owner))
}

/// The accounts with these ids.
pub async fn get_all(conn: &mut AsyncPgConnection, ids: &[AccountId]) -> QueryResult<Vec<Account>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = diesel::sql_query(format!("{SELECT} WHERE id = ANY($1) ORDER BY id"))
        .bind::<Array<SqlUuid>, _>(ids)
        .load(conn)
        .await?;
    parse_all(rows)
}

/// The next `limit` company accounts, by code.
pub async fn company(
    conn: &mut AsyncPgConnection,
    after: Option<&str>,
    limit: i64,
) -> QueryResult<Vec<Account>> {
    let rows = diesel::sql_query(format!(
        "{SELECT} WHERE owner_kind = 'company' AND owner > $1 ORDER BY owner LIMIT $2"
    ))
    .bind::<Text, _>(after.unwrap_or_default())
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await?;
    parse_all(rows)
}

/// The next `limit` accounts, by id, whose last announcement does not show this next closing.
pub async fn announced_otherwise(
    conn: &mut AsyncPgConnection,
    kind: OwnerKind,
    next_closing: DateTime<Utc>,
    after: AccountId,
    limit: i64,
) -> QueryResult<Vec<AccountId>> {
    let ids: Vec<Uuid> = accounts::table
        .filter(accounts::owner_kind.eq(<&str>::from(kind)))
        // Two ranges, because `<>` does not use the index.
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

/// Reads the accounts of clients and workers among `ids` in order to announce them, and stores the
/// next closing that the announcement shows. Company accounts are not announced.
pub(super) async fn announced(
    conn: &mut AsyncPgConnection,
    calendar: &Calendar,
    ids: &[AccountId],
    now: DateTime<Utc>,
) -> QueryResult<Vec<Account>> {
    let mut found = get_all(conn, ids).await?;
    found.retain(|account| account.owner.kind() != OwnerKind::Company);
    for account in &mut found {
        let next_closing = calendar.next_closing(account.owner.kind(), now);
        if next_closing != account.announced_closing {
            account.announced_closing = next_closing;
            diesel::update(accounts::table.find(account.id.0))
                .set(accounts::announced_closing.eq(next_closing))
                .execute(conn)
                .await?;
        }
    }
    Ok(found)
}

/// The ids of these owners' accounts, in the same order. Opens missing company accounts.
///
/// # Errors
/// [`Error::AccountNotFound`] if a client or worker has no account.
pub(super) async fn resolve(
    conn: &mut AsyncPgConnection,
    owners: &[&Owner],
    currency: Currency,
    now: DateTime<Utc>,
) -> Result<Vec<AccountId>, Error> {
    let mut ids = Vec::with_capacity(owners.len());
    for owner in owners {
        let mut id = id_of(conn, owner).await?;
        if id.is_none() && owner.kind() == OwnerKind::Company {
            insert(conn, owner, currency, now).await?;
            id = id_of(conn, owner).await?;
        }
        ids.push(id.ok_or_else(|| unknown(owner))?);
    }
    Ok(ids)
}

async fn id_of(conn: &mut AsyncPgConnection, owner: &Owner) -> QueryResult<Option<AccountId>> {
    accounts::table
        .filter(accounts::owner_kind.eq(<&str>::from(owner.kind())))
        .filter(accounts::owner.eq(owner.name()))
        .select(accounts::id)
        .first(conn)
        .await
        .optional()
        .map(|id| id.map(AccountId))
}

/// Locks the account until the transaction ends, so that nothing is posted to it and no other
/// replica closes it.
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
pub(super) async fn touch(
    conn: &mut AsyncPgConnection,
    id: AccountId,
    now: DateTime<Utc>,
) -> QueryResult<()> {
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
        kind: owner.kind().into(),
        owner: owner.name(),
    }
}
