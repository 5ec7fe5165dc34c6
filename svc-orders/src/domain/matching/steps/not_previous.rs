use crate::domain::matching::{BuiltIn, Kind, Verdict};

/// A repeat goes to another worker where there is one (O7); the run waives the step where there isn't.
pub(super) const STEP: BuiltIn = BuiltIn {
    name: "not_previous",
    kind: Kind::Filter,
    summary: "Rejects the worker of the order that this one repeats; waived when nobody else is left.",
    judge: |context, candidates| {
        candidates
            .iter()
            .map(|candidate| match context.task.previous == Some(candidate.sample.id) {
                true => Verdict::Reject("was to perform the order that this one repeats".into()),
                false => Verdict::Pass("another worker than before".into()),
            })
            .collect()
    },
};
