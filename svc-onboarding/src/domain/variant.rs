//! Variants of a test set that run side by side (H6).

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A test set with the weight of its choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// The test set.
    pub test_set: Uuid,
    /// How often it is chosen against the others. 0 is never.
    pub weight: u32,
    /// The hypothesis that it tests, if any.
    pub hypothesis: Option<Uuid>,
}

/// The variant that a candidate gets: as random as a digest, by weight, and the same however often it is asked.
///
/// The vacancy is mixed in, so that luck in one vacancy tells nothing about the next.
pub fn choose(variants: &[Variant], vacancy: Uuid, application: Uuid) -> Option<&Variant> {
    let total: u64 = variants.iter().map(|variant| u64::from(variant.weight)).sum();
    if total == 0 {
        return None;
    }
    let digest = Sha256::new()
        .chain_update(vacancy.as_bytes())
        .chain_update(application.as_bytes())
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
    use super::*;

    fn variants(weights: &[u32]) -> Vec<Variant> {
        weights
            .iter()
            .zip(1..)
            .map(|(weight, id)| Variant {
                test_set: Uuid::from_u128(id),
                weight: *weight,
                hypothesis: None,
            })
            .collect()
    }

    fn shares(weights: &[u32]) -> Vec<u32> {
        let variants = variants(weights);
        let mut counts = vec![0; weights.len()];
        for application in 0..10_000 {
            let chosen = choose(&variants, Uuid::from_u128(9), Uuid::from_u128(application)).unwrap();
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
        let choice = || choose(&variants, Uuid::from_u128(9), Uuid::from_u128(4));
        assert_eq!(choice(), choice());
    }

    #[test]
    fn h6_luck_differs_between_vacancies() {
        let variants = variants(&[1, 1]);
        let same = (0..1_000)
            .filter(|application| {
                let application = Uuid::from_u128(*application);
                choose(&variants, Uuid::from_u128(1), application)
                    == choose(&variants, Uuid::from_u128(2), application)
            })
            .count();
        assert!((400..600).contains(&same), "{same}");
    }

    #[test]
    fn h6_no_variant_is_chosen_where_there_is_none() {
        assert_eq!(choose(&[], Uuid::nil(), Uuid::nil()), None);
        assert_eq!(choose(&variants(&[0, 0]), Uuid::nil(), Uuid::nil()), None);
    }
}
