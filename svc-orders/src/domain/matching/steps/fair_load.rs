use crate::domain::matching::{BuiltIn, Kind, Score, Verdict};

/// One for a worker without orders in the window, zero for the worker with the most orders.
pub(super) const STEP: BuiltIn = BuiltIn {
    name: "fair_load",
    kind: Kind::Score,
    summary: "Scores how few orders the worker was assigned lately, compared with the others.",
    judge: |_, candidates| {
        let most = candidates
            .iter()
            .map(|candidate| candidate.sample.load)
            .max()
            .unwrap_or(0);
        candidates
            .iter()
            .map(|candidate| {
                let load = candidate.sample.load;
                let score = Score::ratio(u64::from(load), u64::from(most)).inverse();
                Verdict::Score(score, format!("{load} orders lately, the most is {most}").into())
            })
            .collect()
    },
};
