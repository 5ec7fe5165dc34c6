//! T2: the pool is split exactly. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use money::{Currency, Money};
use proptest::prelude::*;
use svc_totalizator::domain::bet::{Bet, MOST_PARTICIPANTS, Refused, Wanted};
use svc_totalizator::domain::order::{Fact, Order, Outcome};
use svc_totalizator::domain::pseudonym::Key;
use svc_totalizator::domain::settlement::{Fate, Settlement, settle};
use svc_totalizator::domain::transfers::Party;
use uuid::Uuid;

const NOON: DateTime<Utc> = DateTime::from_timestamp_nanos(1_790_000_000_000_000_000);

fn rub(units: i64) -> Money {
    Money::new(units, Currency::RUB)
}

fn manager(number: u32) -> svc_totalizator::domain::pseudonym::Pseudonym {
    let key = Key::new("a key of at least thirty-two characters").unwrap();
    key.pseudonym(&Uuid::from_u128(u128::from(number)).to_string())
}

fn bet(number: u32, condition: Outcome, stake: i64) -> Bet {
    Bet {
        id: Uuid::from_u128(u128::from(number)),
        order: Uuid::nil(),
        manager: manager(number),
        condition,
        stake: rub(stake),
        number,
        placed_at: NOON - TimeDelta::hours(1),
    }
}

fn settled(bets: &[Bet], outcome: Outcome) -> Settlement {
    settle(bets, outcome, NOON, Currency::RUB).unwrap()
}

fn payouts(settlement: &Settlement) -> Vec<i64> {
    settlement
        .shares
        .iter()
        .map(|share| share.payout.minor_units())
        .collect()
}

#[test]
fn t2_the_remainder_goes_to_the_largest_fraction_then_to_the_earliest_bet() {
    use Outcome::{Completed, Failed};
    // A pool of 10 among stakes 1, 1, 1: 3⅓ each, the unit left over goes to the earliest.
    let bets = [
        bet(1, Completed, 1),
        bet(2, Completed, 1),
        bet(3, Completed, 1),
        bet(4, Failed, 7),
    ];
    assert_eq!(payouts(&settled(&bets, Completed)), [4, 3, 3, 0]);
    // A pool of 10 among 1 and 2: 3⅓ and 6⅔, the largest fraction wins over the earlier bet.
    let bets = [bet(1, Completed, 1), bet(2, Completed, 2), bet(3, Failed, 7)];
    assert_eq!(payouts(&settled(&bets, Completed)), [3, 7, 0]);
}

#[test]
fn t2_a_pool_that_nobody_won_goes_to_the_developers() {
    let bets = [bet(1, Outcome::Completed, 500), bet(2, Outcome::Failed, 250)];
    let settlement = settled(&bets, Outcome::NoShow);
    assert_eq!(payouts(&settlement), [0, 0]);
    assert_eq!(settlement.developers, rub(750));
    assert_eq!(settlement.transfers.len(), 2);
    assert!(
        settlement
            .transfers
            .iter()
            .all(|transfer| transfer.to == Party::Developers)
    );
}

#[test]
fn t1_a_no_show_is_not_also_a_failure() {
    let bets = [bet(1, Outcome::Failed, 100), bet(2, Outcome::NoShow, 100)];
    assert_eq!(payouts(&settled(&bets, Outcome::NoShow)), [0, 200]);
    assert_eq!(payouts(&settled(&bets, Outcome::Failed)), [200, 0]);
}

#[test]
fn t1_a_bet_that_was_taken_after_the_start_goes_back_and_takes_no_part() {
    let mut late = bet(3, Outcome::Completed, 1_000_000);
    late.placed_at = NOON;
    let settlement = settled(
        &[
            bet(1, Outcome::Completed, 100),
            bet(2, Outcome::Failed, 100),
            late,
        ],
        Outcome::Completed,
    );
    assert_eq!(payouts(&settlement), [200, 0, 1_000_000]);
    assert_eq!(settlement.shares[2].fate, Fate::TooLate);
    assert_eq!(settlement.transfers.len(), 1);
}

#[test]
fn t1_a_bet_is_taken_once_per_manager_of_fifteen_until_the_start() {
    let mut order = Order::new(Uuid::nil());
    order.learn(Fact::Open);
    let wanted = |number| Wanted {
        id: Uuid::from_u128(u128::from(number)),
        manager: manager(number),
        condition: Outcome::Completed,
        stake: rub(1),
    };
    let mut bets = Vec::new();
    for number in 1..=15 {
        bets.push(Bet::place(&order, &bets, wanted(number), NOON).unwrap());
    }
    assert_eq!(bets.len(), MOST_PARTICIPANTS);
    assert_eq!(Bet::place(&order, &bets, wanted(16), NOON), Err(Refused::Full));
    assert_eq!(
        Bet::place(&order, &bets, wanted(3), NOON),
        Err(Refused::AlreadyPlaced)
    );
    order.learn(Fact::Started(NOON));
    assert_eq!(Bet::place(&order, &[], wanted(1), NOON), Err(Refused::Closed));
}

#[test]
fn t4_an_outcome_once_known_stays_and_late_facts_add_nothing() {
    let mut order = Order::new(Uuid::nil());
    order.learn(Fact::Ended(Outcome::Completed, NOON));
    order.learn(Fact::Started(NOON - TimeDelta::hours(2)));
    order.learn(Fact::Open);
    order.learn(Fact::Ended(Outcome::Failed, NOON + TimeDelta::hours(2)));
    assert_eq!(order.outcome, Some(Outcome::Completed));
    assert_eq!(order.closed_at, Some(NOON - TimeDelta::hours(2)));
}

fn some_bets() -> impl Strategy<Value = Vec<Bet>> {
    prop::collection::vec(
        (0..4_usize, 1..=1_000_000_000_i64, any::<bool>()),
        0..=MOST_PARTICIPANTS,
    )
    .prop_map(|list| {
        list.into_iter()
            .zip(1..)
            .map(|((condition, stake, late), number)| {
                let mut bet = bet(number, Outcome::ALL[condition], stake);
                if late && number % 5 == 0 {
                    bet.placed_at = NOON + TimeDelta::seconds(1);
                }
                bet
            })
            .collect()
    })
}

fn an_outcome() -> impl Strategy<Value = Outcome> {
    (0..4_usize).prop_map(|index| Outcome::ALL[index])
}

proptest! {
    #[test]
    fn t2_paid_out_is_always_staked(bets in some_bets(), outcome in an_outcome()) {
        let settlement = settled(&bets, outcome);
        let staked: i64 = bets.iter().map(|bet| bet.stake.minor_units()).sum();
        let paid: i64 = payouts(&settlement).iter().sum();
        prop_assert_eq!(settlement.staked, rub(staked));
        prop_assert_eq!(paid + settlement.developers.minor_units(), staked);
    }

    #[test]
    fn t2_every_winner_has_the_exact_share_to_less_than_one_unit(bets in some_bets(), outcome in an_outcome()) {
        let settlement = settled(&bets, outcome);
        let stake = |fate: &dyn Fn(Fate) -> bool| -> i128 {
            settlement.shares.iter().filter(|share| fate(share.fate))
                .map(|share| i128::from(share.bet.stake.minor_units())).sum()
        };
        let pool = stake(&|fate| fate != Fate::TooLate);
        let won = stake(&|fate| fate == Fate::Won);
        for share in settlement.shares.iter().filter(|share| share.fate == Fate::Won) {
            let exact_times_won = pool * i128::from(share.bet.stake.minor_units());
            let difference = i128::from(share.payout.minor_units()) * won - exact_times_won;
            prop_assert!(difference.abs() < won, "off by a unit or more: {share:?}");
            prop_assert!(share.payout.minor_units() >= share.bet.stake.minor_units(), "a winner lost: {share:?}");
        }
    }

    #[test]
    fn t2_the_sequence_in_which_bets_are_read_changes_nothing(
        bets in some_bets().prop_flat_map(|bets| (Just(bets.clone()), Just(bets).prop_shuffle())),
        outcome in an_outcome(),
    ) {
        prop_assert_eq!(settled(&bets.0, outcome), settled(&bets.1, outcome));
    }

    #[test]
    fn t2_only_equal_fractions_depend_on_who_came_first(bets in some_bets(), outcome in an_outcome()) {
        let mut reversed = bets.clone();
        let last = u32::try_from(reversed.len()).unwrap() + 1;
        for bet in &mut reversed {
            bet.number = last - bet.number;
        }
        let forward = settled(&bets, outcome);
        let backward = settled(&reversed, outcome);
        for share in &forward.shares {
            let other = backward.shares.iter().find(|other| other.bet.id == share.bet.id).unwrap();
            let difference = share.payout.minor_units() - other.payout.minor_units();
            prop_assert!(difference.abs() <= 1);
        }
    }
}
