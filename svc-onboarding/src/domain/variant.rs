//! Variants of a test set, among which candidates are distributed (H6).

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::ids::{ApplicationId, HypothesisId, TestSetId, VacancyId};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    pub test_set: TestSetId,
    /// How often it is chosen, relative to the other variants. 0: never.
    pub weight: u32,
    /// The hypothesis that it tests.
    pub hypothesis: Option<HypothesisId>,
}

/// The variant of a candidate: random by weight, and always the same for one application.
///
/// The digest includes the vacancy, so that choices in different vacancies are independent.
pub fn choose(variants: &[Variant], vacancy: VacancyId, application: ApplicationId) -> Option<&Variant> {
    let total: u64 = variants.iter().map(|variant| u64::from(variant.weight)).sum();
    if total == 0 {
        return None;
    }
    let digest = Sha256::new()
        .chain_update(vacancy.0)
        .chain_update(application.0)
        .finalize();
    let mut ticket = digest.first_chunk().copied().map(u64::from_be_bytes)? % total;
    variants.iter().find(|variant| {
        let weight = u64::from(variant.weight);
        let hit = ticket < weight;
        ticket = ticket.saturating_sub(weight);
        hit
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn chosen(variants: &[Variant], vacancy: u128, application: u128) -> Option<&Variant> {
        choose(
            variants,
            VacancyId(Uuid::from_u128(vacancy)),
            ApplicationId(Uuid::from_u128(application)),
        )
    }

    fn variants(weights: &[u32]) -> Vec<Variant> {
        weights
            .iter()
            .zip(1..)
            .map(|(weight, id)| Variant {
                test_set: TestSetId(Uuid::from_u128(id)),
                weight: *weight,
                hypothesis: None,
            })
            .collect()
    }

    fn shares(weights: &[u32]) -> Vec<u32> {
        let variants = variants(weights);
        let mut counts = vec![0; weights.len()];
        for application in 0..10_000 {
            let chosen = chosen(&variants, 9, application).unwrap();
            counts[variants.iter().position(|variant| variant == chosen).unwrap()] += 1;
        }
        counts
    }

    #[test]
    fn h6_variants_are_chosen_by_weight() {
        let counts = shares(&[1, 3, 0]);
        assert!((2_300..2_700).contains(&counts[0]), "{counts:?}");
        assert!((7_300..7_700).contains(&counts[1]), "{counts:?}");
        assert_eq!(counts[2], 0);
    }

    #[test]
    fn h6_a_candidate_keeps_their_variant() {
        let variants = variants(&[1, 1, 1]);
        let choice = || chosen(&variants, 9, 4);
        assert_eq!(choice(), choice());
    }

    #[test]
    fn h6_choices_in_different_vacancies_are_independent() {
        let variants = variants(&[1, 1]);
        let same = (0..1_000)
            .filter(|application| chosen(&variants, 1, *application) == chosen(&variants, 2, *application))
            .count();
        assert!((400..600).contains(&same), "{same}");
    }

    #[test]
    fn h6_without_weighted_variants_none_is_chosen() {
        assert_eq!(chosen(&[], 0, 0), None);
        assert_eq!(chosen(&variants(&[0, 0]), 0, 0), None);
    }
}
