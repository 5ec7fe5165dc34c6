use crate::{Error, Money};

impl Money {
    /// Splits the amount in proportion to `weights`, in whole minor units, by largest remainder: each part is first cut
    /// down to whole units, then the units left over go one each to the parts that lost most, on a tie to the earlier.
    ///
    /// The parts always sum to the whole, and each differs from its exact share by less than one minor unit. A negative
    /// amount is split as its absolute value, so that splitting a debt mirrors splitting a gain.
    pub fn split(self, weights: &[u64]) -> Result<Vec<Self>, Error> {
        let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
        if total == 0 {
            return Err(Error::NoWeight);
        }
        let whole = u128::from(self.minor_units().unsigned_abs());
        let exact = |weight: &u64| whole * u128::from(*weight);
        let mut parts: Vec<u128> = weights.iter().map(|weight| exact(weight) / total).collect();
        let mut losers: Vec<usize> = (0..weights.len()).collect();
        // A stable sort: equal remainders stay in the caller's order.
        losers.sort_by_key(|index| std::cmp::Reverse(exact(&weights[*index]) % total));
        let left_over = whole - parts.iter().sum::<u128>();
        // Fewer units are left over than there are parts with a remainder, so nobody without one receives any.
        for (_, index) in (0..left_over).zip(losers) {
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
