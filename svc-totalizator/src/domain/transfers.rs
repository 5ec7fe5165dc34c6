//! Who gives how much to whom, with the fewest transfers (T3).
//!
//! A group of `n` parties whose nets sum to zero can always be settled with `n - 1` transfers, by
//! letting payers fill receivers one after the other. Conversely, the transfers of any settlement
//! connect the parties into groups, each of which sums to zero and takes at least one transfer
//! fewer than it has members. So the fewest transfers come from splitting the parties into *as many
//! zero-sum groups as possible*: `parties - groups`.
//!
//! The most groups are found by dynamic programming over subsets: removing one party after the
//! other from the full set, in the best sequence, passes through as many subsets that sum to zero
//! as there are groups. That is `2^n * n` steps: half a million for the fifteen who can take part.

use money::Money;

use crate::domain::pseudonym::Pseudonym;

/// The most parties with something to give or receive. Fifteen managers; the developers receive
/// only where nobody won, and then every other party gives.
pub const MOST_PARTIES: usize = 16;

/// Someone who gives or receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// A manager.
    Manager(Pseudonym),
    /// The developers.
    Developers,
}

/// What a party receives in the end, or gives, where it is negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Net {
    /// Who.
    pub party: Party,
    /// How much.
    pub receives: Money,
}

/// One transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Who gives.
    pub from: Party,
    /// Who receives.
    pub to: Party,
    /// Positive.
    pub amount: Money,
}

/// The fewest transfers after which everybody has received their net. `nets` sum to zero.
///
/// Always the same for the same nets in the same sequence.
///
/// # Errors
/// Only what money refuses: two currencies, or sums beyond 64 bits; and [`money::Error::Overflow`]
/// for more than [`MOST_PARTIES`] parties, or nets that don't sum to zero: neither can be settled.
pub fn fewest(nets: &[Net]) -> Result<Vec<Transfer>, money::Error> {
    let open: Vec<&Net> = nets.iter().filter(|net| !net.receives.is_zero()).collect();
    let Some(first) = open.first() else {
        return Ok(Vec::new());
    };
    let total = Money::sum(first.receives.currency(), open.iter().map(|net| net.receives))?;
    if open.len() > MOST_PARTIES || !total.is_zero() {
        return Err(money::Error::Overflow);
    }
    let units: Vec<i64> = open.iter().map(|net| net.receives.minor_units()).collect();
    let mut transfers = Vec::new();
    for group in most_zero_sum_groups(&units) {
        let members: Vec<&Net> = group.into_iter().map(|index| open[index]).collect();
        settle_group(&members, &mut transfers)?;
    }
    Ok(transfers)
}

/// The partition of `units` (which sum to zero) into as many zero-sum groups as possible, as
/// indexes.
fn most_zero_sum_groups(units: &[i64]) -> Vec<Vec<usize>> {
    let subsets = 1_usize << units.len();
    let mut sum = vec![0_i128; subsets];
    // The most zero-sum subsets that a sequence of removals from this subset down to nothing passes
    // through.
    let mut groups = vec![0_usize; subsets];
    // Which party to remove first on the best way down.
    let mut remove = vec![0_usize; subsets];
    for subset in 1..subsets {
        let lowest = subset.trailing_zeros() as usize;
        sum[subset] = sum[subset & (subset - 1)] + i128::from(units[lowest]);
        for index in (0..units.len()).filter(|index| subset & (1 << index) != 0) {
            let rest = groups[subset & !(1 << index)];
            if rest > groups[subset] || index == lowest {
                groups[subset] = rest;
                remove[subset] = index;
            }
        }
        groups[subset] += usize::from(sum[subset] == 0);
    }
    // Walking the best way down, a group ends wherever what is left sums to zero.
    let mut partition = Vec::new();
    let mut group = Vec::new();
    let mut left = subsets - 1;
    while left != 0 {
        group.push(remove[left]);
        left &= !(1 << remove[left]);
        if sum[left] == 0 {
            group.sort_unstable();
            partition.push(std::mem::take(&mut group));
        }
    }
    partition
}

/// Lets each payer fill the receivers one after the other: every transfer finishes a payer or a
/// receiver, the last one both.
fn settle_group(group: &[&Net], transfers: &mut Vec<Transfer>) -> Result<(), money::Error> {
    let mut receivers: Vec<(&Party, Money)> = Vec::new();
    for net in group.iter().filter(|net| net.receives.is_positive()) {
        receivers.push((&net.party, net.receives));
    }
    let mut receivers = receivers.into_iter().peekable();
    for net in group.iter().filter(|net| net.receives.is_negative()) {
        let mut owes = net.receives.checked_neg()?;
        while owes.is_positive()
            && let Some((to, wants)) = receivers.peek_mut()
        {
            let amount = if owes.minor_units() < wants.minor_units() {
                owes
            } else {
                *wants
            };
            transfers.push(Transfer {
                from: net.party.clone(),
                to: (*to).clone(),
                amount,
            });
            owes = owes.checked_sub(amount)?;
            *wants = wants.checked_sub(amount)?;
            if wants.is_zero() {
                receivers.next();
            }
        }
    }
    Ok(())
}
