//! G1: integer minor units in one currency, no floats, rounding half to even.

use std::cmp::Ordering;

use money::{Currency, Error, Money, Ratio};
use proptest::prelude::*;

fn rub(minor_units: i64) -> Money {
    Money::new(minor_units, Currency::RUB)
}

fn usd(minor_units: i64) -> Money {
    Money::new(minor_units, "USD".parse().unwrap())
}

#[test]
fn g1_amounts_in_two_currencies_cannot_be_combined() {
    let mismatch = Error::CurrencyMismatch {
        left: Currency::RUB,
        right: usd(0).currency(),
    };
    assert_eq!(rub(1).checked_add(usd(1)), Err(mismatch.clone()));
    assert_eq!(rub(1).checked_sub(usd(1)), Err(mismatch.clone()));
    assert_eq!(rub(1).compare(usd(1)), Err(mismatch.clone()));
    assert_eq!(Money::sum(Currency::RUB, [rub(1), usd(1)]), Err(mismatch));
    assert_ne!(rub(1), usd(1));
}

#[test]
fn g1_an_overflow_is_an_error() {
    assert_eq!(rub(i64::MAX).checked_add(rub(1)), Err(Error::Overflow));
    assert_eq!(rub(i64::MIN).checked_sub(rub(1)), Err(Error::Overflow));
    assert_eq!(rub(i64::MIN).checked_neg(), Err(Error::Overflow));
    assert_eq!(
        rub(i64::MAX).share_half_to_even(Ratio::percent(101)),
        Err(Error::Overflow)
    );
    assert_eq!(Ratio::new(1, 0), Err(Error::ZeroDenominator));
}

#[test]
fn g1_a_half_is_rounded_to_even() {
    let half = Ratio::new(1, 2).unwrap();
    let halves = [(1, 0), (3, 2), (5, 2), (7, 4), (-1, 0), (-3, -2), (-5, -2)];
    for (whole, expected) in halves {
        assert_eq!(
            rub(whole).share_half_to_even(half),
            Ok(rub(expected)),
            "half of {whole}"
        );
    }
    assert_eq!(rub(10_000).share_half_to_even(Ratio::percent(60)), Ok(rub(6_000)));
    assert_eq!(rub(1).share_half_to_even(Ratio::percent(51)), Ok(rub(1)));
    assert_eq!(rub(1).share_half_to_even(Ratio::percent(49)), Ok(rub(0)));
    assert_eq!(
        rub(999).share_half_to_even(Ratio::basis_points(1_250)),
        Ok(rub(125))
    );
    assert_eq!(Ratio::percent(60), Ratio::basis_points(6_000));
}

#[test]
fn g1_amounts_are_displayed_and_parsed_in_decimal() {
    let yen: Currency = "JPY".parse().unwrap();
    assert_eq!(rub(10_000).to_string(), "100.00 RUB");
    assert_eq!(rub(-5).to_string(), "-0.05 RUB");
    assert_eq!(rub(i64::MIN).to_string(), "-92233720368547758.08 RUB");
    assert_eq!(Money::new(1_200, yen).to_string(), "1200 JPY");
    assert_eq!(Money::parse("40", Currency::RUB), Ok(rub(4_000)));
    assert_eq!(Money::parse("0.5", Currency::RUB), Ok(rub(50)));
    for wrong in [
        "", "-", ".5", "1.", "1.005", "+1", "1e3", "1 000", "１", "--1", "1.0.0",
    ] {
        assert_eq!(
            Money::parse(wrong, Currency::RUB),
            Err(Error::NotAnAmount(wrong.into(), Currency::RUB))
        );
    }
    assert_eq!(
        Money::parse("1.0", yen),
        Err(Error::NotAnAmount("1.0".into(), yen))
    );
    assert_eq!(
        Money::parse("99999999999999999999", Currency::RUB),
        Err(Error::Overflow)
    );
}

#[test]
fn g1_remaining_units_go_to_the_largest_remainder_then_to_the_earlier_part() {
    let parts = |whole: i64, weights: &[u64]| {
        rub(whole)
            .split(weights)
            .unwrap()
            .iter()
            .map(|part| part.minor_units())
            .collect::<Vec<_>>()
    };
    assert_eq!(parts(100, &[1, 1, 1]), [34, 33, 33]);
    assert_eq!(parts(101, &[1, 1, 1]), [34, 34, 33]);
    assert_eq!(parts(10, &[1, 2, 4]), [1, 3, 6]);
    assert_eq!(parts(-100, &[1, 1, 1]), [-34, -33, -33]);
    assert_eq!(parts(5, &[0, 7]), [0, 5]);
    assert_eq!(parts(i64::MIN, &[1]), [i64::MIN]);
    assert_eq!(rub(5).split(&[0, 0]), Err(Error::NoWeight));
    assert_eq!(rub(5).split(&[]), Err(Error::NoWeight));
}

proptest! {
    #[test]
    fn g1_the_parts_of_a_split_sum_to_the_whole_and_stay_within_a_unit_of_their_share(
        whole in any::<i64>(),
        weights in prop::collection::vec(any::<u64>(), 1..40),
    ) {
        let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
        prop_assume!(total > 0);
        let parts = rub(whole).split(&weights).unwrap();
        let sum: i128 = parts.iter().map(|part| i128::from(part.minor_units())).sum();
        prop_assert_eq!(sum, i128::from(whole));
        for (part, weight) in parts.iter().zip(&weights) {
            // |part · total − whole · weight| < total, checked by quotients, because the products could
            // overflow 128 bits.
            let (numerator, weight) = (i128::from(whole), i128::from(*weight));
            let floor = (numerator.abs() * weight) / total;
            let size = i128::from(part.minor_units()).abs();
            prop_assert!(size == floor || size == floor + 1);
        }
    }

    #[test]
    fn g1_addition_and_subtraction_are_exact(a in any::<i64>(), b in any::<i64>()) {
        match rub(a).checked_add(rub(b)) {
            Ok(sum) => prop_assert_eq!(sum.checked_sub(rub(b)), Ok(rub(a))),
            Err(error) => {
                prop_assert_eq!(error, Error::Overflow);
                prop_assert!(a.checked_add(b).is_none());
            }
        }
        prop_assert_eq!(rub(a).compare(rub(b)), Ok(a.cmp(&b)));
        prop_assert_eq!(rub(a).compare(rub(b)).map(Ordering::reverse), rub(b).compare(rub(a)));
    }

    #[test]
    fn g1_a_rounded_share_is_off_by_half_a_unit_at_most_and_symmetric(
        whole in -1_000_000_000_000_i64..1_000_000_000_000,
        numerator in -10_000_i64..10_000,
        denominator in 1_u64..100_000,
    ) {
        let ratio = Ratio::new(numerator, denominator).unwrap();
        let share = rub(whole).share_half_to_even(ratio).unwrap();
        let exact = i128::from(whole) * i128::from(numerator);
        let off = (i128::from(share.minor_units()) * i128::from(denominator) - exact).abs();
        prop_assert!(off * 2 <= i128::from(denominator));
        if off * 2 == i128::from(denominator) {
            prop_assert_eq!(share.minor_units() % 2, 0);
        }
        prop_assert_eq!(rub(-whole).share_half_to_even(ratio), share.checked_neg());
    }

    #[test]
    fn g1_a_displayed_amount_is_parsed_to_the_same_amount(minor_units in any::<i64>(), code in prop::sample::select(vec!["RUB", "JPY", "KWD", "CLF"])) {
        let currency: Currency = code.parse().unwrap();
        let money = Money::new(minor_units, currency);
        let text = money.to_string();
        let amount = text.strip_suffix(code).unwrap().trim_end();
        prop_assert_eq!(Money::parse(amount, currency), Ok(money));
    }

    #[test]
    fn g1_hostile_text_is_refused_without_a_panic(text in ".{0,40}") {
        let _ = Money::parse(&text, Currency::RUB);
        let _ = text.parse::<Currency>();
    }
}
