use crate::domain::matching::random_score::random_score;
use crate::domain::matching::{BuiltIn, Candidate, Context, Kind, Verdict};

/// The highest total wins. A random score decides between equals; their ids would always favour the
/// same worker.
pub(super) const STEP: BuiltIn = BuiltIn {
    name: "best_of",
    kind: Kind::Select,
    summary: "Selects the worker with the highest weighted sum of scores; a random score decides between equals.",
    judge: |context, candidates| {
        let best = candidates.iter().max_by_key(|candidate| rank(context, candidate));
        let best = best.map(|candidate| candidate.sample.id);
        candidates
            .iter()
            .map(|candidate| {
                if best == Some(candidate.sample.id) {
                    Verdict::Pass("the highest total".into())
                } else {
                    Verdict::Reject("another worker has a higher total".into())
                }
            })
            .collect()
    },
};

fn rank(context: &Context<'_>, candidate: &Candidate<'_>) -> impl Ord + use<> {
    let id = candidate.sample.id;
    (candidate.total, random_score(context.task.order, id), id)
}
