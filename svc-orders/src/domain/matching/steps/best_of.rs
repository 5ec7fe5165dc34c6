use crate::domain::matching::draw::lot;
use crate::domain::matching::{BuiltIn, Candidate, Context, Kind, Verdict};

/// The highest total wins. Equals draw lots, so that nobody wins ties by an accident of ids.
pub(super) const STEP: BuiltIn = BuiltIn {
    name: "best_of",
    kind: Kind::Select,
    summary: "Selects the worker with the highest weighted sum of scores; equals draw lots.",
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
    (candidate.total, lot(context.task.order, id), id)
}
