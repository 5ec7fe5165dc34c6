use crate::domain::matching::{BuiltIn, Kind, Verdict};

/// Suspended workers are not matched (O10).
pub(super) const STEP: BuiltIn = BuiltIn {
    name: "active",
    kind: Kind::Requirement,
    summary: "Rejects suspended workers.",
    judge: |_, candidates| {
        candidates
            .iter()
            .map(|candidate| {
                if candidate.sample.active {
                    Verdict::Pass("active".into())
                } else {
                    Verdict::Reject("suspended".into())
                }
            })
            .collect()
    },
};
