use money::{Money, Ratio};
use proptest::prelude::*;
use uuid::Uuid;

use super::{entry, rub};
use crate::domain::rules::{bonus, settlement};
use crate::domain::{
    AttemptKind, ClientId, Closing, CompanyAccount, Ending, LineReason, OrderEnd, Owner, OwnerKind, Posting,
    Rules, Transaction, WorkerId,
};

const CLIENT: ClientId = ClientId(Uuid::from_u128(1));
const WORKER: WorkerId = WorkerId(Uuid::from_u128(2));

fn rules() -> Rules {
    Rules {
        worker_share: Ratio::percent(60),
        fine: rub(4_000),
    }
}

fn end(price: i64, ending: Ending) -> OrderEnd {
    OrderEnd {
        client: CLIENT,
        worker: WORKER,
        price: rub(price),
        ending,
    }
}

fn of(postings: &[Posting], owner: &Owner) -> Money {
    let amounts = postings.iter().filter(|posting| posting.owner == *owner);
    Money::sum(rub(0).currency(), amounts.map(|posting| posting.amount)).unwrap()
}

fn company(account: CompanyAccount) -> Owner {
    Owner::Company(account)
}

#[test]
fn b3_a_completed_order_costs_the_client_the_price_and_earns_the_worker_sixty_per_cent() {
    let postings = rules().settle(end(10_000, Ending::Completed)).unwrap();
    assert_eq!(of(&postings, &Owner::Client(CLIENT)), rub(10_000));
    assert_eq!(of(&postings, &Owner::Worker(WORKER)), rub(-6_000));
    assert_eq!(of(&postings, &company(CompanyAccount::Revenue)), rub(-10_000));
    assert_eq!(of(&postings, &company(CompanyAccount::WorkerPay)), rub(6_000));
}

#[test]
fn b3_an_order_cancelled_after_assignment_costs_the_client_the_price_and_earns_nobody_anything() {
    let postings = rules().settle(end(9_500, Ending::Cancelled)).unwrap();
    assert_eq!(of(&postings, &Owner::Client(CLIENT)), rub(9_500));
    assert_eq!(of(&postings, &company(CompanyAccount::Revenue)), rub(-9_500));
    assert_eq!(postings.len(), 2);
}

#[test]
fn b3_a_failed_order_costs_the_client_the_price_and_the_worker_a_fine() {
    let postings = rules().settle(end(10_000, Ending::Failed)).unwrap();
    assert_eq!(of(&postings, &Owner::Client(CLIENT)), rub(10_000));
    assert_eq!(of(&postings, &Owner::Worker(WORKER)), rub(4_000));
    assert_eq!(of(&postings, &company(CompanyAccount::Fines)), rub(-4_000));
    let fine = postings
        .iter()
        .find(|posting| posting.owner == Owner::Worker(WORKER));
    assert_eq!(fine.map(|posting| posting.reason), Some(LineReason::Fine));
}

#[test]
fn b3_a_share_of_half_a_unit_goes_to_the_even_neighbour() {
    let half = Rules {
        worker_share: Ratio::percent(50),
        ..rules()
    };
    for (price, earned) in [(1, 0), (3, 2), (5, 2), (7, 4)] {
        let postings = half.settle(end(price, Ending::Completed)).unwrap();
        assert_eq!(
            of(&postings, &Owner::Worker(WORKER)),
            rub(-earned),
            "half of {price}"
        );
    }
}

#[test]
fn b3_where_nothing_moves_there_is_nothing_to_post() {
    assert!(rules().settle(end(0, Ending::Completed)).unwrap().is_empty());
    assert!(rules().settle(end(0, Ending::Cancelled)).unwrap().is_empty());
    let only_the_fine = rules().settle(end(0, Ending::Failed)).unwrap();
    assert_eq!(only_the_fine.len(), 2);
}

#[test]
fn b4_a_bonus_is_owed_to_the_worker() {
    let postings = bonus(WORKER, rub(700)).unwrap();
    assert_eq!(of(&postings, &Owner::Worker(WORKER)), rub(-700));
    assert_eq!(of(&postings, &company(CompanyAccount::Bonuses)), rub(700));
}

#[test]
fn b5_a_client_who_owes_is_invoiced_and_one_who_does_not_is_carried_over() {
    let close = |amounts: &[i64]| closing(OwnerKind::Client, amounts);
    assert_eq!(close(&[10_000, 9_500]), Closing::Invoice(rub(19_500)));
    assert_eq!(close(&[10_000, -10_000]), Closing::CarryOver(rub(0)));
    assert_eq!(close(&[-1]), Closing::CarryOver(rub(-1)));
}

#[test]
fn b6_a_worker_is_paid_earnings_minus_fines_and_a_debt_is_carried_over() {
    let close = |amounts: &[i64]| closing(OwnerKind::Worker, amounts);
    assert_eq!(close(&[-6_000, 4_000]), Closing::Invoice(rub(2_000)));
    assert_eq!(close(&[-4_000, 4_000]), Closing::CarryOver(rub(0)));
    assert_eq!(close(&[4_000]), Closing::CarryOver(rub(-4_000)));
}

fn closing(kind: OwnerKind, amounts: &[i64]) -> Closing {
    Closing::of(kind, rub(0).currency(), amounts.iter().map(|amount| rub(*amount))).unwrap()
}

proptest! {
    #[test]
    fn b1_whatever_the_rules_post_balances(
        price in 1_i64..1_000_000_000_000,
        share in 0_i64..=10_000,
        fine in 0_i64..1_000_000,
        ending in prop::sample::select(vec![Ending::Completed, Ending::Cancelled, Ending::Failed]),
    ) {
        let rules = Rules { worker_share: Ratio::basis_points(share), fine: rub(fine) };
        let postings = rules.settle(end(price, ending)).unwrap();
        prop_assert_eq!(of(&postings, &Owner::Client(CLIENT)), rub(price));
        prop_assert!(Transaction::new(entry(), postings).is_ok());
    }

    #[test]
    fn b2_charging_and_paying_an_amount_leaves_no_balance(amount in 1_i64..1_000_000_000_000) {
        let charged = rules().settle(end(amount, Ending::Cancelled)).unwrap();
        let paid = settlement(AttemptKind::Charge, &Owner::Client(CLIENT), "card", rub(amount)).unwrap();
        let all: Vec<Posting> = charged.into_iter().chain(paid).collect();
        prop_assert_eq!(of(&all, &Owner::Client(CLIENT)), rub(0));
        let earned = bonus(WORKER, rub(amount)).unwrap();
        let paid_out = settlement(AttemptKind::Payout, &Owner::Worker(WORKER), "golden-hat", rub(amount)).unwrap();
        let all: Vec<Posting> = earned.into_iter().chain(paid_out).collect();
        prop_assert_eq!(of(&all, &Owner::Worker(WORKER)), rub(0));
    }
}
