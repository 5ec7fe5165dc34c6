//! The price of an order (O6): one function behind a name. Another formula is another line in
//! [`FORMULAS`].

use money::{Error, Money, Ratio};

/// Always `base − discount = total`, all three in one currency, none negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// The price of the service type's version.
    pub base: Money,
    pub discount: Money,
    /// The discount in per cent of the base, 0..=100.
    pub discount_percent: u8,
    /// What the client pays.
    pub total: Money,
}

/// Computes the price from the base price and the sum that the client has paid so far.
pub type Formula = fn(base: Money, paid_so_far: Money) -> Result<Price, Error>;

/// The default of the setting `ARTEL_PRICING`.
pub const DEFAULT: &str = "loyalty";

/// All formulas by name.
pub const FORMULAS: &[(&str, Formula)] = &[(DEFAULT, loyalty)];

pub fn formula(name: &str) -> Option<Formula> {
    FORMULAS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, formula)| *formula)
}

/// One step of the discount, in units of the currency (not minor units).
const STEP_UNITS: i64 = 10_000;
const FIRST_STEP_PERCENT: u8 = 5;
const MAX_PERCENT: u8 = 12;

/// The base price less the loyalty discount. The discount is rounded to the minor unit, half to
/// even.
pub fn loyalty(base: Money, paid_so_far: Money) -> Result<Price, Error> {
    // Compared only to refuse two currencies: a discount earned in one is not given in another.
    base.compare(paid_so_far)?;
    let discount_percent = loyalty_percent(paid_so_far);
    let discount = base.share_half_to_even(Ratio::percent(discount_percent.into()))?;
    let total = base.checked_sub(discount)?;
    Ok(Price {
        base,
        discount,
        discount_percent,
        total,
    })
}

/// 5 % over 10 000 units paid so far, one per cent more for every further 10 000, at most 12 %.
pub fn loyalty_percent(paid_so_far: Money) -> u8 {
    let step = STEP_UNITS * 10_i64.pow(paid_so_far.currency().minor_digits());
    let paid = paid_so_far.minor_units();
    if paid <= step {
        return 0;
    }
    let further = u8::try_from((paid - step) / step).unwrap_or(u8::MAX);
    FIRST_STEP_PERCENT.saturating_add(further).min(MAX_PERCENT)
}

#[cfg(test)]
mod tests {
    use money::Currency;
    use proptest::prelude::*;

    use super::*;

    fn rub(minor_units: i64) -> Money {
        Money::new(minor_units, Currency::RUB)
    }

    #[test]
    fn o6_the_discount_follows_from_the_sum_paid_so_far() {
        let steps = [
            (0, 0),
            (-500_000_000, 0),
            (1_000_000, 0),
            (1_000_001, 5),
            (1_999_999, 5),
            (2_000_000, 6),
            (2_999_999, 6),
            (3_000_000, 7),
            (7_999_999, 11),
            (8_000_000, 12),
            (900_000_000_000, 12),
            (i64::MAX, 12),
        ];
        for (paid, percent) in steps {
            assert_eq!(loyalty_percent(rub(paid)), percent, "after {paid} kopecks");
        }
    }

    #[test]
    fn o6_the_price_is_the_base_less_the_discount() {
        let price = loyalty(rub(10_000), rub(1_000_001)).unwrap();
        assert_eq!(
            price,
            Price {
                base: rub(10_000),
                discount: rub(500),
                discount_percent: 5,
                total: rub(9_500)
            }
        );
        let undiscounted = loyalty(rub(10_000), rub(0)).unwrap();
        assert_eq!(undiscounted.total, rub(10_000));
    }

    #[test]
    fn g1_half_a_minor_unit_of_discount_goes_to_the_even_neighbour() {
        // 5 % of 0.10 is half a kopeck, of 0.30 one and a half.
        assert_eq!(loyalty(rub(10), rub(1_000_001)).unwrap().discount, rub(0));
        assert_eq!(loyalty(rub(30), rub(1_000_001)).unwrap().discount, rub(2));
    }

    #[test]
    fn g1_a_base_and_a_sum_paid_in_two_currencies_have_no_price() {
        let dollars = Money::new(0, "USD".parse().unwrap());
        assert!(matches!(
            loyalty(rub(1), dollars),
            Err(Error::CurrencyMismatch { .. })
        ));
    }

    #[test]
    fn o6_a_unit_is_a_unit_in_every_currency() {
        let yen: Currency = "JPY".parse().unwrap();
        assert_eq!(loyalty_percent(Money::new(10_000, yen)), 0);
        assert_eq!(loyalty_percent(Money::new(10_001, yen)), 5);
    }

    proptest! {
        #[test]
        fn o6_base_less_discount_is_the_total_and_never_below_88_per_cent(
            base in 0_i64..1_000_000_000_000,
            paid in any::<i64>(),
        ) {
            let price = loyalty(rub(base), rub(paid)).unwrap();
            prop_assert_eq!(price.total.checked_add(price.discount), Ok(price.base));
            prop_assert!(!price.discount.is_negative() && !price.total.is_negative());
            // Half a minor unit of rounding: 2 · 100 · total ≥ 2 · 88 · base − 100.
            let (total, base) = (i128::from(price.total.minor_units()), i128::from(base));
            prop_assert!(200 * total >= 176 * base - 100);
        }

        #[test]
        fn o6_a_client_who_has_paid_more_never_pays_a_higher_price(
            base in 0_i64..1_000_000_000, less in 0_i64..20_000_000, more in 0_i64..20_000_000,
        ) {
            let (less, more) = (less.min(more), less.max(more));
            let before = loyalty(rub(base), rub(less)).unwrap().total.minor_units();
            let after = loyalty(rub(base), rub(more)).unwrap().total.minor_units();
            prop_assert!(after <= before);
        }
    }
}
