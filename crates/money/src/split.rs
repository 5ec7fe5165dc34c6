use crate::{Error, Money};

impl Money {
    /// Splits the amount in proportion to `weights`, by the largest remainder method: each part is
    /// rounded down to a whole minor unit, then the remaining units go one each to the parts with
    /// the largest remainders, and to the earlier part if remainders are equal.
    ///
    /// The parts always sum to the whole, and each differs from its exact share by less than one
    /// minor unit. A negative amount is split like its absolute value.
    pub fn split(self, weights: &[u64]) -> Result<Vec<Self>, Error> {
        let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
        if total == 0 {
            return Err(Error::NoWeight);
        }
        let whole = u128::from(self.minor_units().unsigned_abs());
        let exact = |weight: &u64| whole * u128::from(*weight);
        let mut parts: Vec<u128> = weights.iter().map(|weight| exact(weight) / total).collect();
        let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
        // A stable sort: equal remainders stay in the caller's order.
        by_remainder.sort_by_key(|index| std::cmp::Reverse(exact(&weights[*index]) % total));
        let remaining = whole - parts.iter().sum::<u128>();
        // There are fewer remaining units than parts with a remainder, so that no part without a
        // remainder gets one.
        for (_, index) in (0..remaining).zip(by_remainder) {
            parts[index] += 1;
        }
        let sign = i128::from(self.minor_units().signum());
        parts
            .into_iter()
            .map(|part| {
                let signed = i128::try_from(part).map_err(|_| Error::Overflow)? * sign;
                let minor_units = i64::try_from(signed).map_err(|_| Error::Overflow)?;
                Ok(Self::new(minor_units, self.currency()))
            })
            .collect()
    }
}
