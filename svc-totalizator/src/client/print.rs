//! Answers as text, or as JSON with `--json`.

use std::fmt::Write as _;

use conventions::types;
use money::{Currency, Money};
use serde_json::{Value, json};
use totalizator_contract::v1 as pb;

pub(super) fn bets(bets: &[pb::Bet], as_json: bool) -> String {
    if as_json {
        return line(&json!({ "bets": bets.iter().map(bet_value).collect::<Vec<_>>() }));
    }
    let mut text = String::new();
    for bet in bets {
        let _ = writeln!(
            text,
            "{}  order {}  {:<9}  {:>14}  {}",
            bet.bet_id,
            bet.order_id,
            condition(bet.condition()),
            amount(bet.stake.as_ref()),
            party(bet.manager.as_ref()),
        );
    }
    if bets.is_empty() {
        text.push_str("no bets\n");
    }
    text
}

pub(super) fn pool(pool: &pb::Pool, as_json: bool) -> String {
    if as_json {
        let stakes: Vec<Value> = pool
            .stakes
            .iter()
            .map(|stakes| {
                json!({ "condition": condition(stakes.condition()), "staked": minor(stakes.staked.as_ref()),
                    "bets": stakes.bets })
            })
            .collect();
        return line(
            &json!({ "order_id": pool.order_id, "open": pool.open, "staked": minor(pool.staked.as_ref()),
            "participants": pool.participants, "stakes": stakes, "outcome": condition(pool.outcome()) }),
        );
    }
    let state = match pool.outcome() {
        pb::Condition::Unspecified if pool.open => "open".to_owned(),
        pb::Condition::Unspecified => "closed, work is under way".to_owned(),
        outcome => format!("over: {}", condition(outcome)),
    };
    let mut text = format!(
        "order {}  {state}  {} staked by {}\n",
        pool.order_id,
        amount(pool.staked.as_ref()),
        pool.participants
    );
    for stakes in &pool.stakes {
        let _ = writeln!(
            text,
            "  {:<9}  {:>14}  {} bets",
            condition(stakes.condition()),
            amount(stakes.staked.as_ref()),
            stakes.bets
        );
    }
    text
}

pub(super) fn settlement(settlement: &pb::Settlement, as_json: bool) -> String {
    if as_json {
        return line(&settlement_value(settlement));
    }
    let mut text = format!(
        "order {}  {}  {} staked\n",
        settlement.order_id,
        condition(settlement.outcome()),
        amount(settlement.staked.as_ref())
    );
    for share in &settlement.shares {
        let bet = share.bet.clone().unwrap_or_default();
        let _ = writeln!(
            text,
            "  {}  {:<9}  staked {:>14}  {}: {:>14}",
            party(bet.manager.as_ref()),
            condition(bet.condition()),
            amount(bet.stake.as_ref()),
            fate(share.fate()),
            amount(share.payout.as_ref()),
        );
    }
    if settlement
        .developers
        .as_ref()
        .is_some_and(|money| money.minor_units > 0)
    {
        let _ = writeln!(
            text,
            "  nobody was right: the developers have {}",
            amount(settlement.developers.as_ref())
        );
    }
    for transfer in &settlement.transfers {
        let _ = writeln!(
            text,
            "{} gives {} to {}",
            party(transfer.from.as_ref()),
            amount(transfer.amount.as_ref()),
            party(transfer.to.as_ref())
        );
    }
    text
}

fn settlement_value(settlement: &pb::Settlement) -> Value {
    let shares: Vec<Value> = settlement
        .shares
        .iter()
        .map(|share| {
            json!({ "bet": share.bet.as_ref().map(bet_value), "fate": fate(share.fate()),
                "payout": minor(share.payout.as_ref()) })
        })
        .collect();
    let transfers: Vec<Value> = settlement
        .transfers
        .iter()
        .map(|transfer| {
            json!({ "from": party(transfer.from.as_ref()), "to": party(transfer.to.as_ref()),
                "amount": minor(transfer.amount.as_ref()) })
        })
        .collect();
    json!({ "order_id": settlement.order_id, "outcome": condition(settlement.outcome()),
        "staked": minor(settlement.staked.as_ref()), "developers": minor(settlement.developers.as_ref()),
        "shares": shares, "transfers": transfers })
}

fn bet_value(bet: &pb::Bet) -> Value {
    json!({ "bet_id": bet.bet_id, "order_id": bet.order_id, "manager": party(bet.manager.as_ref()),
        "condition": condition(bet.condition()), "stake": minor(bet.stake.as_ref()), "number": bet.number })
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}

fn minor(money: Option<&types::Money>) -> i64 {
    money.map_or(0, |money| money.minor_units)
}

fn amount(money: Option<&types::Money>) -> String {
    let Some(money) = money else {
        return "nothing".to_owned();
    };
    match money.currency_code.parse::<Currency>() {
        Ok(currency) => Money::new(money.minor_units, currency).to_string(),
        Err(_) => format!("{} {}", money.minor_units, money.currency_code),
    }
}

fn party(party: Option<&pb::Party>) -> String {
    match party {
        Some(party) if party.developers => "the developers".to_owned(),
        Some(party) if party.you => format!("{} (you)", party.pseudonym),
        Some(party) => party.pseudonym.clone(),
        None => "nobody".to_owned(),
    }
}

fn condition(condition: pb::Condition) -> &'static str {
    match condition {
        pb::Condition::Completed => "completed",
        pb::Condition::Failed => "failed",
        pb::Condition::Cancelled => "cancelled",
        pb::Condition::NoShow => "no_show",
        pb::Condition::Unspecified => "",
    }
}

fn fate(fate: pb::Fate) -> &'static str {
    match fate {
        pb::Fate::Won => "won",
        pb::Fate::Lost => "lost",
        pb::Fate::TooLate => "too late",
        pb::Fate::Unspecified => "",
    }
}
