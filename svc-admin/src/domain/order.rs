//! Orders as quality control sees them.

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum State {
    Placed,
    Assigned,
    InProgress,
    Completed,
    Cancelled,
    Failed,
}
