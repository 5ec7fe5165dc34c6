use crate::domain::matching::{BuiltIn, Kind, Verdict};

/// A repeat goes to another worker (O7), unless only the previous worker can come: then the run
/// waives this filter.
pub(super) const STEP: BuiltIn = BuiltIn {
    name: "not_previous",
    kind: Kind::Filter,
    summary: "Rejects the worker of the order that this one repeats; waived if no other worker is available.",
    judge: |context, candidates| {
        candidates
            .iter()
            .map(|candidate| {
                if context.task.previous == Some(candidate.sample.id) {
                    Verdict::Reject("was to perform the order that this one repeats".into())
                } else {
                    Verdict::Pass("another worker than before".into())
                }
            })
            .collect()
    },
};
