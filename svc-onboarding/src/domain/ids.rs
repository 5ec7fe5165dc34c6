//! Ids, each of its own type.

conventions::ids! {
    ApplicationId,
    VacancyId,
    TestSetId,
    TestId,
    HypothesisId,
    WorkerId,
    ManagerId,
    OrderId,
}
