//! The postings of orders that ended (B3), bonuses (B4), payments and payouts.

use money::{Error, Money, Ratio};

use super::{AttemptKind, ClientId, CompanyAccount, LineReason, Owner, Posting, WorkerId};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The worker's share of the price of a completed order. Default 60 %.
    pub worker_share: Ratio,
    /// The worker's fine for a failed order. Default 40.00.
    pub fine: Money,
}

/// How an order ended after a worker had been assigned. An order that ends earlier has no price,
/// and nothing is posted for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Completed,
    /// Before the work started.
    Cancelled,
    /// A no-show, or reported as failed.
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderEnd {
    pub client: ClientId,
    pub worker: WorkerId,
    /// Not negative.
    pub price: Money,
    pub ending: Ending,
}

impl Rules {
    /// The postings of an order that ended. Amounts of zero are not posted, so there may be none.
    ///
    /// | ending | client | worker |
    /// |---|---|---|
    /// | completed | pays the price | earns the share, rounded half to even |
    /// | cancelled | pays the price | nothing |
    /// | failed | pays the price | is fined |
    pub fn settle(&self, end: OrderEnd) -> Result<Vec<Posting>, Error> {
        let client = Owner::Client(end.client);
        let worker = Owner::Worker(end.worker);
        let mut postings = Vec::with_capacity(4);
        let mut moved = |debit, credit, amount: Money, reason| {
            if !amount.is_zero() {
                postings.extend(Posting::pair(debit, credit, amount, reason)?);
            }
            Ok::<_, Error>(())
        };
        let revenue = Owner::Company(CompanyAccount::Revenue);
        match end.ending {
            Ending::Completed => {
                let earned = end.price.share_half_to_even(self.worker_share)?;
                let pay = Owner::Company(CompanyAccount::WorkerPay);
                moved(client, revenue, end.price, LineReason::OrderCompleted)?;
                moved(pay, worker, earned, LineReason::OrderCompleted)?;
            }
            Ending::Cancelled => moved(client, revenue, end.price, LineReason::OrderCancelled)?,
            Ending::Failed => {
                let fines = Owner::Company(CompanyAccount::Fines);
                moved(client, revenue, end.price, LineReason::OrderFailed)?;
                moved(worker, fines, self.fine, LineReason::Fine)?;
            }
        }
        Ok(postings)
    }
}

pub fn bonus(worker: WorkerId, amount: Money) -> Result<[Posting; 2], Error> {
    let bonuses = Owner::Company(CompanyAccount::Bonuses);
    Posting::pair(bonuses, Owner::Worker(worker), amount, LineReason::Bonus)
}

/// A payment by a client that a gateway collected, or a payout to a worker that a provider made.
pub fn settlement(
    kind: AttemptKind,
    owner: &Owner,
    provider: &str,
    amount: Money,
) -> Result<[Posting; 2], Error> {
    let clearing = Owner::Company(CompanyAccount::Clearing(provider.to_owned()));
    match kind {
        AttemptKind::Charge => Posting::pair(clearing, owner.clone(), amount, LineReason::Payment),
        AttemptKind::Payout => Posting::pair(owner.clone(), clearing, amount, LineReason::Payout),
    }
}
