use crate::domain::matching::random_score::random_score;
use crate::domain::matching::{BuiltIn, Kind, Verdict};

/// See [`random_score`].
pub(super) const STEP: BuiltIn = BuiltIn {
    name: "random",
    kind: Kind::Score,
    summary: "Scores at random; the order's id is the seed, so that a run can be replayed.",
    judge: |context, candidates| {
        candidates
            .iter()
            .map(|candidate| {
                let score = random_score(context.task.order, candidate.sample.id);
                Verdict::Score(score, "random".into())
            })
            .collect()
    },
};
