//! Who pays what when an order ends (B3), and bonuses (B4). The only place that knows.

use money::{Error, Money, Ratio};

use super::{ClientId, CompanyAccount, LineReason, Owner, Posting, WorkerId};

/// The company's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The worker's share of the price of a completed order. Default 60 %.
    pub worker_share: Ratio,
    /// The worker's fine for a failed order. Default 40.00.
    pub fine: Money,
}

/// How an order ended after a worker had been assigned. Before that there is no price, and nothing to settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The work is done.
    Completed,
    /// Cancelled before the work started.
    Cancelled,
    /// No-show, or reported as failed.
    Failed,
}

/// An order that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderEnd {
    /// Who ordered.
    pub client: ClientId,
    /// Who was assigned.
    pub worker: WorkerId,
    /// What was agreed. Not negative.
    pub price: Money,
    /// How it ended.
    pub ending: Ending,
}

impl Rules {
    /// The postings of an order that ended. None where there is nothing to move (a price of zero).
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

/// A manager's bonus to a worker.
pub fn bonus(worker: WorkerId, amount: Money) -> Result<[Posting; 2], Error> {
    let bonuses = Owner::Company(CompanyAccount::Bonuses);
    Posting::pair(bonuses, Owner::Worker(worker), amount, LineReason::Bonus)
}

/// A client's payment that came in through a gateway.
pub fn payment(client: ClientId, gateway: &str, amount: Money) -> Result<[Posting; 2], Error> {
    let clearing = Owner::Company(CompanyAccount::Clearing(gateway.to_owned()));
    Posting::pair(clearing, Owner::Client(client), amount, LineReason::Payment)
}

/// A worker's payout that a provider made.
pub fn payout(worker: WorkerId, provider: &str, amount: Money) -> Result<[Posting; 2], Error> {
    let clearing = Owner::Company(CompanyAccount::Clearing(provider.to_owned()));
    Posting::pair(Owner::Worker(worker), clearing, amount, LineReason::Payout)
}
