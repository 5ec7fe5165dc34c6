//! Every bet that was taken is in its order's settlement once; what is paid out is what was staked
//! (T2), split as the rule says, by the order's own end (T4).

use std::collections::BTreeMap;

use artel::failure::Error;
use artel::story::list;
use serde_json::Value;

use super::books::{Books, Ended, word};
use super::findings::Findings;
use crate::chaos::bookmaker::{Bookmaker, Stake};

pub async fn audit(books: &Books<'_>, bookmaker: &Bookmaker, found: &mut Findings) -> Result<(), Error> {
    let mut pools: BTreeMap<String, Vec<Stake>> = BTreeMap::new();
    for stake in bookmaker.taken() {
        pools.entry(stake.order_id.clone()).or_default().push(stake);
    }
    for (order_id, stakes) in pools {
        let settlement = bookmaker.settlement(&stakes[0].manager_id, &order_id).await?;
        is_right(&books.orders[&order_id], &stakes, &settlement, found);
    }
    Ok(())
}

fn is_right(order: &Ended, stakes: &[Stake], settlement: &Value, found: &mut Findings) {
    let outcome = outcome(order);
    found.expect(
        &order.id,
        "the outcome of its pool",
        &word(settlement, "outcome"),
        &outcome,
    );
    // Each manager of the run bets once on an order, one after the other, so that bets come in the
    // sequence of their stakes.
    let shares: Vec<(&str, i64, i64)> = list(settlement, "/shares")
        .iter()
        .map(|share| {
            (
                word(&share["bet"], "condition"),
                number(&share["bet"], "stake"),
                number(share, "payout"),
            )
        })
        .collect();
    let payouts = split(stakes, outcome);
    let should: Vec<(&str, i64, i64)> = stakes
        .iter()
        .zip(&payouts)
        .map(|(stake, payout)| (stake.condition, stake.minor_units, *payout))
        .collect();
    found.expect(&order.id, "the shares in its pool", &shares, &should);
    let paid: i64 =
        shares.iter().map(|(_, _, payout)| payout).sum::<i64>() + number(settlement, "developers");
    found.expect(
        &order.id,
        "paid out, beside staked",
        &paid,
        &number(settlement, "staked"),
    );
}

fn outcome(order: &Ended) -> &'static str {
    match (order.state.as_str(), order.failure.as_str()) {
        ("COMPLETED", _) => "completed",
        ("CANCELLED", _) => "cancelled",
        (_, "NO_SHOW") => "no_show",
        _ => "failed",
    }
}

/// In proportion to the winners' stakes, in whole minor units; the rest by largest fraction, then
/// earliest bet.
fn split(stakes: &[Stake], outcome: &str) -> Vec<i64> {
    let pool: i64 = stakes.iter().map(|stake| stake.minor_units).sum();
    let weight = |stake: &Stake| {
        if stake.condition == outcome {
            stake.minor_units
        } else {
            0
        }
    };
    let won: i64 = stakes.iter().map(weight).sum();
    if won == 0 {
        return vec![0; stakes.len()];
    }
    let mut payouts: Vec<i64> = stakes.iter().map(|stake| pool * weight(stake) / won).collect();
    let mut by_fraction: Vec<usize> = (0..stakes.len()).collect();
    by_fraction.sort_by_key(|at| -(pool * weight(&stakes[*at]) % won));
    let rest = pool - payouts.iter().sum::<i64>();
    for at in by_fraction
        .into_iter()
        .take(usize::try_from(rest).unwrap_or_default())
    {
        payouts[at] += 1;
    }
    payouts
}

fn number(value: &Value, name: &str) -> i64 {
    value[name].as_i64().unwrap_or_default()
}
