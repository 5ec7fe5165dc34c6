//! Settled pools. Written once, and erased whole.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use money::{Currency, Money};
use uuid::Uuid;

use crate::domain::bet::Bet;
use crate::domain::order::Outcome;
use crate::domain::pseudonym::Pseudonym;
use crate::domain::settlement::{Fate, Settlement, Share};
use crate::domain::transfers::{Party, Transfer};
use crate::store::bets::BetRow;
use crate::store::read::{known, money};
use crate::store::schema::{bet, known_order, settlement, share, transfer};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = settlement)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct SettlementRow {
    order_id: Uuid,
    outcome: String,
    staked: i64,
    developers: i64,
    currency: String,
    settled_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = share)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct ShareRow {
    bet_id: Uuid,
    order_id: Uuid,
    fate: String,
    payout: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = transfer)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct TransferRow {
    order_id: Uuid,
    position: i32,
    giver: Option<String>,
    receiver: Option<String>,
    amount: i64,
}

/// Writes a settlement; `false` if the order is settled already.
pub async fn insert(
    conn: &mut AsyncPgConnection,
    order: Uuid,
    settled: &Settlement,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let row = SettlementRow {
        order_id: order,
        outcome: settled.outcome.word().to_owned(),
        staked: settled.staked.minor_units(),
        developers: settled.developers.minor_units(),
        currency: settled.staked.currency().code().to_owned(),
        settled_at: now,
    };
    let inserted = diesel::insert_into(settlement::table)
        .values(row)
        .on_conflict(settlement::order_id)
        .do_nothing()
        .execute(conn)
        .await?;
    if inserted == 0 {
        return Ok(false);
    }
    let shares: Vec<ShareRow> = settled
        .shares
        .iter()
        .map(|share| ShareRow {
            bet_id: share.bet.id,
            order_id: order,
            fate: share.fate.word().to_owned(),
            payout: share.payout.minor_units(),
        })
        .collect();
    diesel::insert_into(share::table)
        .values(shares)
        .execute(conn)
        .await?;
    let transfers: Vec<TransferRow> = settled
        .transfers
        .iter()
        .zip(1..)
        .map(|(transfer, position)| TransferRow {
            order_id: order,
            position,
            giver: stored(&transfer.from),
            receiver: stored(&transfer.to),
            amount: transfer.amount.minor_units(),
        })
        .collect();
    if !transfers.is_empty() {
        diesel::insert_into(transfer::table)
            .values(transfers)
            .execute(conn)
            .await?;
    }
    Ok(true)
}

/// An order's settlement, and when it was made.
pub async fn find(
    conn: &mut AsyncPgConnection,
    order: Uuid,
) -> QueryResult<Option<(Settlement, DateTime<Utc>)>> {
    let row: Option<SettlementRow> = settlement::table
        .find(order)
        .select(SettlementRow::as_select())
        .first(conn)
        .await
        .optional()?;
    let Some(row) = row else {
        return Ok(None);
    };
    let shares: Vec<(BetRow, ShareRow)> = bet::table
        .inner_join(share::table)
        .filter(bet::order_id.eq(order))
        .order(bet::number)
        .select((BetRow::as_select(), ShareRow::as_select()))
        .load(conn)
        .await?;
    let transfers: Vec<TransferRow> = transfer::table
        .filter(transfer::order_id.eq(order))
        .order(transfer::position)
        .select(TransferRow::as_select())
        .load(conn)
        .await?;
    let staked = money(row.staked, &row.currency)?;
    let currency = staked.currency();
    let shares: QueryResult<Vec<Share>> = shares
        .into_iter()
        .map(|(bet, share)| {
            Ok(Share {
                bet: Bet::try_from(bet)?,
                fate: known(Fate::from_word(&share.fate), &share.fate)?,
                payout: Money::new(share.payout, currency),
            })
        })
        .collect();
    let settled = Settlement {
        outcome: known(Outcome::from_word(&row.outcome), &row.outcome)?,
        staked,
        shares: shares?,
        developers: Money::new(row.developers, currency),
        transfers: transfers.into_iter().map(|row| read(row, currency)).collect(),
    };
    Ok(Some((settled, row.settled_at)))
}

/// Erases settlements from before `before` with their bets and orders, at most `limit`; says how
/// many.
pub async fn erase(conn: &mut AsyncPgConnection, before: DateTime<Utc>, limit: i64) -> QueryResult<usize> {
    let old: Vec<Uuid> = settlement::table
        .filter(settlement::settled_at.lt(before))
        .order(settlement::settled_at)
        .limit(limit)
        .select(settlement::order_id)
        .load(conn)
        .await?;
    diesel::delete(transfer::table.filter(transfer::order_id.eq_any(&old)))
        .execute(conn)
        .await?;
    diesel::delete(share::table.filter(share::order_id.eq_any(&old)))
        .execute(conn)
        .await?;
    // Bets before settlements: the table lets go of settled bets only.
    diesel::delete(bet::table.filter(bet::order_id.eq_any(&old)))
        .execute(conn)
        .await?;
    diesel::delete(settlement::table.filter(settlement::order_id.eq_any(&old)))
        .execute(conn)
        .await?;
    diesel::delete(known_order::table.filter(known_order::id.eq_any(&old)))
        .execute(conn)
        .await
}

fn stored(party: &Party) -> Option<String> {
    match party {
        Party::Manager(pseudonym) => Some(pseudonym.as_str().to_owned()),
        Party::Developers => None,
    }
}

fn read(row: TransferRow, currency: Currency) -> Transfer {
    let party = |name: Option<String>| {
        name.map_or(Party::Developers, |name| {
            Party::Manager(Pseudonym::from_stored(name))
        })
    };
    Transfer {
        from: party(row.giver),
        to: party(row.receiver),
        amount: Money::new(row.amount, currency),
    }
}
