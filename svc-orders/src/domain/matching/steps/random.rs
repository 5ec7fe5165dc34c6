use crate::domain::matching::draw::lot;
use crate::domain::matching::{BuiltIn, Kind, Verdict};

/// Chance, seeded by the order, so that the same run gives the same lots.
pub(super) const STEP: BuiltIn = BuiltIn {
    name: "random",
    kind: Kind::Score,
    summary: "Scores by lot; the order's id is the seed, so that a run can be replayed.",
    judge: |context, candidates| {
        candidates
            .iter()
            .map(|candidate| {
                let score = lot(context.task.order, candidate.sample.id);
                Verdict::Score(score, "drawn by lot".into())
            })
            .collect()
    },
};
