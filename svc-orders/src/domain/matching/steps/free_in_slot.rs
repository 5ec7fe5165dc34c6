use crate::domain::matching::{BuiltIn, Kind, Verdict};

/// A worker never has two overlapping orders (O5). The database refuses an overlap in any case;
/// this step avoids assignments that it would refuse.
pub(super) const STEP: BuiltIn = BuiltIn {
    name: "free_in_slot",
    kind: Kind::Requirement,
    summary: "Rejects workers who have another order in the slot.",
    judge: |context, candidates| {
        let slot = context.task.slot;
        candidates
            .iter()
            .map(
                |candidate| match candidate.sample.busy.iter().find(|busy| busy.overlaps(slot)) {
                    None => Verdict::Pass("free in the slot".into()),
                    Some(busy) => Verdict::Reject(format!("busy {busy:?}").into()),
                },
            )
            .collect()
    },
};
