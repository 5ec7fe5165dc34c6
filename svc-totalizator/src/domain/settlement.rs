//! How a pool is split (T2).
//!
//! Every stake that was placed in time goes into the pool; the pool goes to those whose condition
//! came true, in proportion to their stakes, in whole minor units, the remainder by largest
//! fraction, then earliest bet. Nobody right: the developers have it.
//!
//! Facts travel by events, so a bet may be taken in the moment between the order's start and
//! hearing of it. Such a bet came too late by T1 and takes no part: its stake goes back. That keeps
//! the other invariant too: paid out = staked, always.

use chrono::{DateTime, Utc};
use money::{Currency, Money};

use crate::domain::bet::Bet;
use crate::domain::order::Outcome;
use crate::domain::transfers::{self, Net, Party, Transfer};

/// What became of a bet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Its condition came true.
    Won,
    /// Another condition came true.
    Lost,
    /// It was taken after betting had ended; the stake goes back.
    TooLate,
}

impl Fate {
    /// The word by which it is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Won => "won",
            Self::Lost => "lost",
            Self::TooLate => "too_late",
        }
    }

    /// The fate that a stored word means.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Won, Self::Lost, Self::TooLate]
            .into_iter()
            .find(|fate| fate.word() == word)
    }
}

/// One bet's share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The bet.
    pub bet: Bet,
    /// What became of it.
    pub fate: Fate,
    /// What comes back for it, the own stake included.
    pub payout: Money,
}

/// A settled pool. `sum of payouts + developers = sum of stakes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// How the order ended.
    pub outcome: Outcome,
    /// All that was staked, late bets included.
    pub staked: Money,
    /// By arrival.
    pub shares: Vec<Share>,
    /// What the developers have: the pool that nobody won.
    pub developers: Money,
    /// Who gives how much to whom: as few transfers as can be.
    pub transfers: Vec<Transfer>,
}

/// Splits the pool of an order that ended as `outcome`, and took bets until `closed_at`.
///
/// The bets may come in any sequence: their numbers decide.
///
/// # Errors
/// Only what money refuses: bets in two currencies, or sums beyond 64 bits.
pub fn settle(
    bets: &[Bet],
    outcome: Outcome,
    closed_at: DateTime<Utc>,
    currency: Currency,
) -> Result<Settlement, money::Error> {
    let mut bets = bets.to_vec();
    bets.sort_by_key(|bet| bet.number);
    let (in_time, fates): (Vec<bool>, Vec<Fate>) = bets
        .iter()
        .map(
            |bet| match (bet.placed_at < closed_at, bet.condition == outcome) {
                (false, _) => (false, Fate::TooLate),
                (true, true) => (true, Fate::Won),
                (true, false) => (true, Fate::Lost),
            },
        )
        .unzip();
    let staked = Money::sum(currency, bets.iter().map(|bet| bet.stake))?;
    let played = bets.iter().zip(&in_time).filter(|(_, in_time)| **in_time);
    let pool = Money::sum(currency, played.map(|(bet, _)| bet.stake))?;
    let weights: Vec<u64> = bets
        .iter()
        .zip(&fates)
        .map(|(bet, fate)| match fate {
            Fate::Won => bet.stake.minor_units().unsigned_abs(),
            Fate::Lost | Fate::TooLate => 0,
        })
        .collect();
    let (winnings, developers) = if weights.iter().all(|weight| *weight == 0) {
        (vec![Money::zero(currency); bets.len()], pool)
    } else {
        // `split` gives the units left over to the largest fractions and, on a tie, to the earlier:
        // bets are sorted by arrival. Weights of zero receive nothing.
        (pool.split(&weights)?, Money::zero(currency))
    };
    let shares: Vec<Share> = bets
        .into_iter()
        .zip(fates)
        .zip(winnings)
        .map(|((bet, fate), winning)| Share {
            payout: if fate == Fate::TooLate { bet.stake } else { winning },
            bet,
            fate,
        })
        .collect();
    let transfers = transfers::fewest(&nets(&shares, developers)?)?;
    Ok(Settlement {
        outcome,
        staked,
        shares,
        developers,
        transfers,
    })
}

fn nets(shares: &[Share], developers: Money) -> Result<Vec<Net>, money::Error> {
    let mut nets = Vec::with_capacity(shares.len() + 1);
    for share in shares {
        nets.push(Net {
            party: Party::Manager(share.bet.manager.clone()),
            receives: share.payout.checked_sub(share.bet.stake)?,
        });
    }
    nets.push(Net {
        party: Party::Developers,
        receives: developers,
    });
    Ok(nets)
}
