//! Bets. Written once.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::bet::Bet;
use crate::domain::order::Outcome;
use crate::domain::pseudonym::Pseudonym;
use crate::store::read::{count, known, money, number};
use crate::store::schema::bet;

/// A bet as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = bet)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct BetRow {
    id: Uuid,
    order_id: Uuid,
    manager: String,
    condition: String,
    stake: i64,
    currency: String,
    number: i32,
    placed_at: DateTime<Utc>,
    request_id: Uuid,
}

impl TryFrom<BetRow> for Bet {
    type Error = diesel::result::Error;

    fn try_from(row: BetRow) -> QueryResult<Self> {
        Ok(Self {
            id: row.id,
            order: row.order_id,
            condition: known(Outcome::from_word(&row.condition), &row.condition)?,
            stake: money(row.stake, &row.currency)?,
            number: count(row.number)?,
            placed_at: row.placed_at,
            manager: Pseudonym::from_stored(row.manager),
        })
    }
}

/// Where a page begins: after this time and this bet, newest first.
pub type After = (DateTime<Utc>, Uuid);

/// Which bets.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// On this order.
    pub order: Option<Uuid>,
    /// Of this manager.
    pub manager: Option<Pseudonym>,
}

/// Writes a new bet; `false` if this manager has used the request's id before.
pub async fn insert(conn: &mut AsyncPgConnection, placed: &Bet, request: Uuid) -> QueryResult<bool> {
    let row = BetRow {
        id: placed.id,
        order_id: placed.order,
        manager: placed.manager.as_str().to_owned(),
        condition: placed.condition.word().to_owned(),
        stake: placed.stake.minor_units(),
        currency: placed.stake.currency().code().to_owned(),
        number: number(placed.number)?,
        placed_at: placed.placed_at,
        request_id: request,
    };
    let inserted = diesel::insert_into(bet::table)
        .values(row)
        .on_conflict((bet::manager, bet::request_id))
        .do_nothing()
        .execute(conn)
        .await?;
    Ok(inserted == 1)
}

/// The bet that this manager placed with this request.
pub async fn of_request(
    conn: &mut AsyncPgConnection,
    manager: &Pseudonym,
    request: Uuid,
) -> QueryResult<Option<Bet>> {
    let row: Option<BetRow> = bet::table
        .filter(bet::manager.eq(manager.as_str()))
        .filter(bet::request_id.eq(request))
        .select(BetRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.map(Bet::try_from).transpose()
}

/// The bets on an order, by arrival.
pub async fn of_order(conn: &mut AsyncPgConnection, order: Uuid) -> QueryResult<Vec<Bet>> {
    let rows: Vec<BetRow> = bet::table
        .filter(bet::order_id.eq(order))
        .order(bet::number)
        .select(BetRow::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(Bet::try_from).collect()
}

/// A page of bets, newest first.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &Filter,
    after: Option<After>,
    limit: i64,
) -> QueryResult<Vec<Bet>> {
    let mut query = bet::table
        .select(BetRow::as_select())
        .order((bet::placed_at.desc(), bet::id.desc()))
        .limit(limit)
        .into_boxed();
    if let Some(order) = filter.order {
        query = query.filter(bet::order_id.eq(order));
    }
    if let Some(manager) = &filter.manager {
        query = query.filter(bet::manager.eq(manager.as_str()));
    }
    if let Some((at, id)) = after {
        query = query.filter(
            bet::placed_at
                .lt(at)
                .or(bet::placed_at.eq(at).and(bet::id.lt(id))),
        );
    }
    let rows: Vec<BetRow> = query.load(conn).await?;
    rows.into_iter().map(Bet::try_from).collect()
}
