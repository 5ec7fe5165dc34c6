use crate::domain::matching::{BuiltIn, Kind, Score, Verdict};
use crate::domain::worker::Traits;

/// The mean share of each needed trait that the worker has. A surplus in one trait does not make up
/// for a lack in another. A service type without needs fits every worker.
pub(super) const STEP: BuiltIn = BuiltIn {
    name: "traits_fit",
    kind: Kind::Score,
    summary: "Scores how well the worker's measured traits meet what the service type needs.",
    judge: |context, candidates| {
        let needs = &context.task.needs;
        candidates
            .iter()
            .map(|candidate| {
                let score = fit(needs, &candidate.sample.traits);
                Verdict::Score(
                    score,
                    format!("meets {score} of {} needed traits", needs.len()).into(),
                )
            })
            .collect()
    },
};

fn fit(needs: &Traits, traits: &Traits) -> Score {
    let needed: Vec<(u64, u64)> = needs
        .iter()
        .filter(|(_, need)| **need > 0)
        .map(|(name, need)| {
            (
                u64::from(*need),
                u64::from(traits.get(name).copied().unwrap_or(0)),
            )
        })
        .collect();
    if needed.is_empty() {
        return Score::ONE;
    }
    let met: u64 = needed
        .iter()
        .map(|(need, has)| u64::from(Score::ratio(*has, *need).as_millionths()))
        .sum();
    Score::millionths(met / needed.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traits(pairs: &[(&str, u8)]) -> Traits {
        pairs
            .iter()
            .map(|(name, score)| ((*name).to_owned(), *score))
            .collect()
    }

    #[test]
    fn m2_a_surplus_of_a_trait_adds_nothing_to_the_fit() {
        let needs = traits(&[("patience", 80), ("english", 40)]);
        assert_eq!(
            fit(&needs, &traits(&[("patience", 80), ("english", 40)])),
            Score::ONE
        );
        assert_eq!(
            fit(&needs, &traits(&[("patience", 100), ("english", 20)])),
            Score::millionths(750_000)
        );
        assert_eq!(
            fit(&needs, &traits(&[("patience", 80)])),
            Score::millionths(500_000)
        );
        assert_eq!(fit(&needs, &traits(&[("strength", 100)])), Score::ZERO);
        assert_eq!(fit(&traits(&[]), &traits(&[])), Score::ONE);
        assert_eq!(fit(&traits(&[("patience", 0)]), &traits(&[])), Score::ONE);
    }
}
