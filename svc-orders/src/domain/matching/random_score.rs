use uuid::Uuid;

use super::score::Score;
use crate::domain::ids::{OrderId, WorkerId};

/// A pseudo-random score, always the same for one order and worker, so that a run can be replayed.
/// A name-based UUID (version 5) is a standard hash: other programs can compute the same score.
pub(super) fn random_score(order: OrderId, worker: WorkerId) -> Score {
    let (high, _) = Uuid::new_v5(&order.0, worker.0.as_bytes()).as_u64_pair();
    Score::millionths(high % 1_000_001)
}
