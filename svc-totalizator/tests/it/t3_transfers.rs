//! T3: who gives how much to whom, with the fewest transfers. Pure.

use money::{Currency, Money};
use proptest::prelude::*;
use svc_totalizator::domain::pseudonym::Pseudonym;
use svc_totalizator::domain::transfers::{Net, Party, Transfer, fewest};

fn party(index: usize) -> Party {
    Party::Manager(Pseudonym::from_stored(format!("{index:02}")))
}

fn nets(units: &[i64]) -> Vec<Net> {
    units
        .iter()
        .enumerate()
        .map(|(index, units)| Net {
            party: party(index),
            receives: Money::new(*units, Currency::RUB),
        })
        .collect()
}

/// What everybody has after the transfers.
fn received(count: usize, transfers: &[Transfer]) -> Vec<i64> {
    (0..count)
        .map(|index| {
            let of = |side: fn(&Transfer) -> &Party| -> i64 {
                transfers
                    .iter()
                    .filter(|transfer| *side(transfer) == party(index))
                    .map(|transfer| transfer.amount.minor_units())
                    .sum()
            };
            of(|transfer| &transfer.to) - of(|transfer| &transfer.from)
        })
        .collect()
}

/// The fewest transfers by trying everything: the first who isn't even settles with each of the
/// others of the opposite sign in turn. (There is always a shortest settlement in which that
/// transfer makes the first one even.)
fn by_brute_force(units: &mut Vec<i64>, from: usize) -> usize {
    let Some(first) = (from..units.len()).find(|index| units[*index] != 0) else {
        return 0;
    };
    let mut best = usize::MAX;
    for other in first + 1..units.len() {
        if units[other].signum() == -units[first].signum() {
            let (before, moved) = (units[other], units[first]);
            units[other] += moved;
            best = best.min(1 + by_brute_force(units, first + 1));
            units[other] = before;
        }
    }
    best
}

#[test]
fn t3_two_pairs_settle_in_two_transfers_and_not_in_three() {
    // Filling one after the other as they come (3 → 5, 5 → 5, 5 → 3) would take three.
    let transfers = fewest(&nets(&[5, 3, -3, -5])).unwrap();
    assert_eq!(transfers.len(), 2);
    assert_eq!(received(4, &transfers), [5, 3, -3, -5]);
}

#[test]
fn t3_nothing_to_settle_needs_no_transfer() {
    assert_eq!(fewest(&nets(&[])).unwrap(), []);
    assert_eq!(fewest(&nets(&[0, 0, 0])).unwrap(), []);
}

#[test]
fn t3_nets_that_do_not_sum_to_zero_are_refused() {
    assert!(fewest(&nets(&[5, -4])).is_err());
    assert!(fewest(&nets(&[1; 17])).is_err());
}

/// Small numbers, so that zero-sum groups are common; the last party closes the sum.
fn balanced(most: usize) -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(-6..=6_i64, 0..most).prop_map(|mut units| {
        units.push(-units.iter().sum::<i64>());
        units
    })
}

proptest! {
    #[test]
    fn t3_after_the_transfers_everybody_is_even(units in balanced(15)) {
        let transfers = fewest(&nets(&units)).unwrap();
        prop_assert!(transfers.iter().all(|transfer| transfer.amount.is_positive() && transfer.from != transfer.to));
        prop_assert_eq!(received(units.len(), &transfers), units);
    }

    #[test]
    fn t3_no_settlement_needs_fewer_transfers(units in balanced(8)) {
        let transfers = fewest(&nets(&units)).unwrap();
        prop_assert_eq!(transfers.len(), by_brute_force(&mut units.clone(), 0));
    }
}
