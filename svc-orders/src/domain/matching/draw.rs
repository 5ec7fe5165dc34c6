use uuid::Uuid;

use super::score::Score;
use crate::domain::id::{OrderId, WorkerId};

/// A lot drawn for a worker, the same whenever it is drawn for this order. A name-based UUID is a hash that is written
/// down in a standard, so that anybody can replay it.
pub(super) fn lot(order: OrderId, worker: WorkerId) -> Score {
    let (high, _) = Uuid::new_v5(&order.0, worker.0.as_bytes()).as_u64_pair();
    Score::millionths(high % 1_000_001)
}
