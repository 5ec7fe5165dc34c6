//! Wire ⇄ domain.

use chrono::{DateTime, Utc};
pub(super) use conventions::wire::money;
use conventions::wire::timestamp;
use service_host::Refusal;
use totalizator_contract::v1 as pb;
use uuid::Uuid;

use crate::domain::bet::Bet;
use crate::domain::order::Outcome;
use crate::domain::pseudonym::Pseudonym;
use crate::domain::settlement::{Fate, Settlement};
use crate::domain::transfers::{Party, Transfer};

/// A condition that has passed validation.
pub(super) fn outcome(condition: pb::Condition) -> Result<Outcome, Refusal> {
    match condition {
        pb::Condition::Completed => Ok(Outcome::Completed),
        pb::Condition::Failed => Ok(Outcome::Failed),
        pb::Condition::Cancelled => Ok(Outcome::Cancelled),
        pb::Condition::NoShow => Ok(Outcome::NoShow),
        pb::Condition::Unspecified => Err(Refusal::invalid("condition", "must be one of the four")),
    }
}

pub(super) fn condition(outcome: Outcome) -> pb::Condition {
    match outcome {
        Outcome::Completed => pb::Condition::Completed,
        Outcome::Failed => pb::Condition::Failed,
        Outcome::Cancelled => pb::Condition::Cancelled,
        Outcome::NoShow => pb::Condition::NoShow,
    }
}

pub(super) fn bet(bet: &Bet, you: &Pseudonym) -> pb::Bet {
    pb::Bet {
        bet_id: bet.id.to_string(),
        order_id: bet.order.to_string(),
        manager: Some(manager(&bet.manager, you)),
        condition: condition(bet.condition).into(),
        stake: Some(money(bet.stake)),
        // At most fifteen.
        number: i32::try_from(bet.number).unwrap_or(i32::MAX),
        placed_at: Some(timestamp(bet.placed_at)),
    }
}

pub(super) fn settlement(
    order: Uuid,
    settled: &Settlement,
    at: DateTime<Utc>,
    you: &Pseudonym,
) -> pb::Settlement {
    pb::Settlement {
        order_id: order.to_string(),
        outcome: condition(settled.outcome).into(),
        staked: Some(money(settled.staked)),
        shares: settled
            .shares
            .iter()
            .map(|share| pb::Share {
                bet: Some(bet(&share.bet, you)),
                fate: fate(share.fate).into(),
                payout: Some(money(share.payout)),
            })
            .collect(),
        developers: Some(money(settled.developers)),
        transfers: settled
            .transfers
            .iter()
            .map(|transfer| self::transfer(transfer, you))
            .collect(),
        settled_at: Some(timestamp(at)),
    }
}

fn transfer(transfer: &Transfer, you: &Pseudonym) -> pb::Transfer {
    pb::Transfer {
        from: Some(party(&transfer.from, you)),
        to: Some(party(&transfer.to, you)),
        amount: Some(money(transfer.amount)),
    }
}

fn party(party: &Party, you: &Pseudonym) -> pb::Party {
    match party {
        Party::Manager(pseudonym) => manager(pseudonym, you),
        Party::Developers => pb::Party {
            developers: true,
            ..pb::Party::default()
        },
    }
}

fn manager(pseudonym: &Pseudonym, you: &Pseudonym) -> pb::Party {
    pb::Party {
        pseudonym: pseudonym.to_string(),
        developers: false,
        you: pseudonym == you,
    }
}

fn fate(fate: Fate) -> pb::Fate {
    match fate {
        Fate::Won => pb::Fate::Won,
        Fate::Lost => pb::Fate::Lost,
        Fate::TooLate => pb::Fate::TooLate,
    }
}
