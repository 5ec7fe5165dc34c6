//! Whose id an id is. Mixing two of them up does not compile.

use std::fmt;

use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// An account of the ledger.
    AccountId,
    /// A client, as svc-orders knows them.
    ClientId,
    /// A worker, as svc-orders knows them.
    WorkerId,
    /// An order, as svc-orders knows it.
    OrderId,
    /// A transaction of the ledger.
    TransactionId,
    /// An invoice, of a client (asks for money) or a worker (announces a payout).
    InvoiceId,
    /// A period that was, or is being, closed.
    PeriodId,
    /// One attempt to charge or to pay out: the idempotency key that the provider gets.
    AttemptId,
}

/// A posting's place in the journal. Ascending, with gaps; not in the order of commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostingId(pub i64);

impl AttemptId {
    /// A fresh key.
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl Default for AttemptId {
    fn default() -> Self {
        Self::new()
    }
}
