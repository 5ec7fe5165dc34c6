//! Ids as types.

conventions::ids! {
    CaseId,
    ClientId,
    /// The id of an entry of any kind.
    EntryId,
    HypothesisId,
    OrderId,
    WorkerId,
}
