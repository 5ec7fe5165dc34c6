conventions::ids! {
    AccountId,
    ClientId,
    WorkerId,
    OrderId,
    TransactionId,
    /// An invoice asks a client for money, or announces a payout to a worker.
    InvoiceId,
    PeriodId,
    /// An attempt to charge or to pay out. The provider gets it as the idempotency key.
    AttemptId,
}

/// A posting's place in the journal. Ascending with gaps; transactions may commit in another order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostingId(pub i64);
