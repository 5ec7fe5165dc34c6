use crate::domain::matching::{BuiltIn, Kind, Score, Verdict};
use crate::domain::worker::Record;

/// The mean rating of quality control, smoothed by two ratings of 3, from 0 (all ones) to 1 (all
/// fives).
pub(super) const STEP: BuiltIn = BuiltIn {
    name: "quality_rating",
    kind: Kind::Score,
    summary: "Scores the smoothed mean of quality control's ratings.",
    judge: |_, candidates| {
        candidates
            .iter()
            .map(|candidate| {
                let record = candidate.sample.record;
                let ratings = match record.rating_count {
                    0 => "not rated yet".to_owned(),
                    count => format!("{} points in {count} ratings", record.rating_sum),
                };
                Verdict::Score(mean(record), ratings.into())
            })
            .collect()
    },
};

fn mean(record: Record) -> Score {
    let (sum, count) = (
        u64::from(record.rating_sum) + 6,
        u64::from(record.rating_count) + 2,
    );
    // (sum / count − 1) / 4, without fractions; every rating is at least 1, so the sum is never
    // below the count.
    Score::ratio(sum.saturating_sub(count), 4 * count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m2_ratings_move_the_score_from_the_middle_to_their_mean() {
        let rated = |rating_sum, rating_count| {
            mean(Record {
                rating_sum,
                rating_count,
                ..Record::default()
            })
        };
        assert_eq!(rated(0, 0), Score::millionths(500_000));
        assert!(rated(5, 1) > rated(0, 0) && rated(1, 1) < rated(0, 0));
        assert!(rated(50, 10) > rated(5, 1) && rated(50, 10) < Score::ONE);
        assert!(rated(10, 10) < rated(1, 1));
    }
}
