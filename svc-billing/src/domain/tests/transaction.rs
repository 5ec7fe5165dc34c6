use money::{Error, Money};
use proptest::prelude::*;
use uuid::Uuid;

use super::{entry, rub};
use crate::domain::{ClientId, LineReason, Owner, Posting, Transaction, Unbalanced};

fn posting(amount: Money) -> Posting {
    Posting {
        owner: Owner::Client(ClientId(Uuid::nil())),
        amount,
        reason: LineReason::Bonus,
    }
}

fn refusal(amounts: &[Money]) -> Option<Unbalanced> {
    Transaction::new(entry(), amounts.iter().copied().map(posting).collect()).err()
}

#[test]
fn b1_a_transaction_has_two_postings_or_more_that_sum_to_zero() {
    assert_eq!(refusal(&[]), Some(Unbalanced::TooFew));
    assert_eq!(refusal(&[rub(0)]), Some(Unbalanced::TooFew));
    assert_eq!(refusal(&[rub(5), rub(-4)]), Some(Unbalanced::Sum(rub(1))));
    assert_eq!(refusal(&[rub(0), rub(0)]), Some(Unbalanced::Zero));
    assert_eq!(refusal(&[rub(5), rub(-2), rub(-3)]), None);
}

#[test]
fn g1_a_transaction_knows_one_currency() {
    let dollar = Money::new(-5, "USD".parse().unwrap());
    assert!(matches!(
        refusal(&[rub(5), dollar]),
        Some(Unbalanced::Money(Error::CurrencyMismatch { .. }))
    ));
}

proptest! {
    #[test]
    fn b1_a_reversal_takes_back_exactly_what_was_posted(amounts in prop::collection::vec(1_i64..1_000_000_000, 1..10)) {
        let total: i64 = amounts.iter().sum();
        let mut postings: Vec<Posting> = amounts.into_iter().map(|amount| posting(rub(amount))).collect();
        postings.push(posting(rub(-total)));
        let mistake = Transaction::new(entry(), postings).unwrap();
        let reversal = Transaction::reversing(entry(), mistake.postings()).unwrap();
        for (wrong, opposite) in mistake.postings().iter().zip(reversal.postings()) {
            prop_assert_eq!(wrong.amount.checked_add(opposite.amount), Ok(rub(0)));
            prop_assert_eq!(opposite.reason, LineReason::Reversal);
        }
    }
}
