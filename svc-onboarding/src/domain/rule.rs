//! The rule by which a vacancy recommends candidates (H4). A manager decides.

use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumString};

use super::score::Score;

/// All conditions that are set must hold. Without conditions, every candidate is recommended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The lowest total score.
    pub minimum: Option<Score>,
    pub best: Option<Best>,
}

/// Among the best `percent` of the last `window` scored candidates, including this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Best {
    /// 1 to 100.
    pub percent: u8,
    /// At least 1.
    pub window: u32,
}

/// The result of a rule. The text is the word in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsRefStr, EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Recommendation {
    Admit,
    BelowMinimum,
    NotAmongBest,
}

impl Rule {
    /// Applies the rule to `score`, given the scores of earlier candidates, the latest first.
    ///
    /// Ties count for the candidate. Until the window is full, the share is taken of the candidates
    /// so far. It is rounded up, so that the best candidate of all is always among the best.
    pub fn recommend(&self, score: Score, earlier: &[Score]) -> Recommendation {
        if self.minimum.is_some_and(|minimum| score < minimum) {
            return Recommendation::BelowMinimum;
        }
        let Some(best) = self.best else {
            return Recommendation::Admit;
        };
        let others = &earlier[..earlier.len().min(best.earlier())];
        let better = others.iter().filter(|other| **other > score).count();
        let places = ((others.len() + 1) * usize::from(best.percent)).div_ceil(100);
        if better < places {
            Recommendation::Admit
        } else {
            Recommendation::NotAmongBest
        }
    }
}

impl Best {
    /// How many earlier candidates are compared.
    pub fn earlier(self) -> usize {
        usize::try_from(self.window.saturating_sub(1)).unwrap_or(usize::MAX)
    }
}

impl Recommendation {
    pub fn admits(self) -> bool {
        self == Self::Admit
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn score(value: i64) -> Score {
        Score::new(value).unwrap()
    }

    fn best(percent: u8, window: u32) -> Rule {
        Rule {
            minimum: None,
            best: Some(Best { percent, window }),
        }
    }

    #[test]
    fn h4_the_minimum_score_is_enough_and_a_lower_one_is_not() {
        let rule = Rule {
            minimum: Some(score(70)),
            best: None,
        };
        assert_eq!(rule.recommend(score(70), &[]), Recommendation::Admit);
        assert_eq!(rule.recommend(score(69), &[]), Recommendation::BelowMinimum);
    }

    #[test]
    fn h4_the_best_three_of_a_hundred_are_recommended() {
        let earlier: Vec<Score> = (0..99).map(score).collect();
        assert_eq!(best(3, 100).recommend(score(99), &earlier), Recommendation::Admit);
        assert_eq!(best(3, 100).recommend(score(97), &earlier), Recommendation::Admit);
        assert_eq!(best(3, 100).recommend(score(96), &earlier), Recommendation::Admit);
        assert_eq!(
            best(3, 100).recommend(score(95), &earlier),
            Recommendation::NotAmongBest
        );
    }

    #[test]
    fn h4_only_the_last_n_count() {
        let earlier = [score(10), score(20), score(90), score(95)];
        assert_eq!(best(1, 3).recommend(score(50), &earlier), Recommendation::Admit);
        assert_eq!(
            best(1, 4).recommend(score(50), &earlier),
            Recommendation::NotAmongBest
        );
    }

    #[test]
    fn h4_the_first_candidate_is_the_best_so_far() {
        assert_eq!(best(3, 100).recommend(Score::NONE, &[]), Recommendation::Admit);
    }

    #[test]
    fn h4_every_condition_must_hold() {
        let rule = Rule {
            minimum: Some(score(50)),
            best: Some(Best {
                percent: 10,
                window: 100,
            }),
        };
        assert_eq!(rule.recommend(score(49), &[]), Recommendation::BelowMinimum);
        assert_eq!(
            rule.recommend(score(60), &[score(61)]),
            Recommendation::NotAmongBest
        );
        assert_eq!(rule.recommend(score(61), &[score(60)]), Recommendation::Admit);
    }

    proptest! {
        #[test]
        fn h4_a_better_score_is_never_recommended_less(
            a in 0_i64..=100, b in 0_i64..=100, percent in 1_u8..=100, window in 1_u32..50,
            earlier in proptest::collection::vec(0_i64..=100, 0..60),
        ) {
            let earlier: Vec<Score> = earlier.into_iter().map(score).collect();
            let rule = best(percent, window);
            let (low, high) = (score(a.min(b)), score(a.max(b)));
            if rule.recommend(low, &earlier).admits() {
                prop_assert!(rule.recommend(high, &earlier).admits());
            }
        }
    }
}
