//! A stake on how an order will end.

use chrono::{DateTime, Utc};
use money::Money;
use uuid::Uuid;

use crate::domain::order::{Order, Outcome};
use crate::domain::pseudonym::Pseudonym;

/// The most managers who take part in one pool (T1).
pub const MOST_PARTICIPANTS: usize = 15;
/// The highest stake, in minor units: fifteen of them stay far within 64 bits.
pub const HIGHEST_STAKE: i64 = 1_000_000_000;

/// A bet. Never changed, never withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bet {
    /// Its id.
    pub id: Uuid,
    /// On which order.
    pub order: Uuid,
    /// Whose, under the only name known here.
    pub manager: Pseudonym,
    /// How the order will end.
    pub condition: Outcome,
    /// Positive.
    pub stake: Money,
    /// Its place in the order of arrival, from 1: "earliest bet" means the lowest number.
    pub number: u32,
    /// When it was taken.
    pub placed_at: DateTime<Utc>,
}

/// Why a bet isn't taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Work has begun, or the order is over.
    #[error("the order takes no more bets")]
    Closed,
    /// This manager has bet on this order; a stake can't be changed, not even by another one.
    #[error("there is a bet of yours on this order, and it can't be changed")]
    AlreadyPlaced,
    /// The pool has as many participants as it may have.
    #[error("{MOST_PARTICIPANTS} managers have bet on this order, more can't take part")]
    Full,
    /// Nothing or less was staked.
    #[error("a stake is positive")]
    NotPositive,
    /// More than [`HIGHEST_STAKE`] was staked.
    #[error("a stake is at most {HIGHEST_STAKE} minor units")]
    TooHigh,
    /// The stake is in another currency than the deployment's.
    #[error("stakes are in {0}")]
    Currency(money::Currency),
}

/// What a manager wants to stake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The new bet's id.
    pub id: Uuid,
    /// Whose it will be.
    pub manager: Pseudonym,
    /// How the order will end.
    pub condition: Outcome,
    /// How much.
    pub stake: Money,
}

impl Bet {
    /// Takes a bet on `order`, beside those that it has.
    pub fn place(order: &Order, bets: &[Self], wanted: Wanted, now: DateTime<Utc>) -> Result<Self, Refused> {
        if !order.takes_bets() {
            return Err(Refused::Closed);
        }
        if !wanted.stake.is_positive() {
            return Err(Refused::NotPositive);
        }
        if wanted.stake.minor_units() > HIGHEST_STAKE {
            return Err(Refused::TooHigh);
        }
        if bets.iter().any(|bet| bet.manager == wanted.manager) {
            return Err(Refused::AlreadyPlaced);
        }
        if bets.len() >= MOST_PARTICIPANTS {
            return Err(Refused::Full);
        }
        let last = bets.iter().map(|bet| bet.number).max().unwrap_or(0);
        Ok(Self {
            id: wanted.id,
            order: order.id,
            manager: wanted.manager,
            condition: wanted.condition,
            stake: wanted.stake,
            number: last + 1,
            placed_at: now,
        })
    }
}
