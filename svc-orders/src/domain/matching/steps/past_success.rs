use crate::domain::matching::{BuiltIn, Kind, Score, Verdict};

/// The share of completed orders, smoothed by one completed and one failed order: a new worker
/// starts at one half, and a single failure does not exclude a worker.
pub(super) const STEP: BuiltIn = BuiltIn {
    name: "past_success",
    kind: Kind::Score,
    summary: "Scores the smoothed share of completed orders.",
    judge: |_, candidates| {
        candidates
            .iter()
            .map(|candidate| {
                let (completed, failed) = (candidate.sample.record.completed, candidate.sample.record.failed);
                let ended = u64::from(completed) + u64::from(failed);
                let score = Score::ratio(u64::from(completed) + 1, ended + 2);
                Verdict::Score(score, format!("completed {completed} of {ended}").into())
            })
            .collect()
    },
};
