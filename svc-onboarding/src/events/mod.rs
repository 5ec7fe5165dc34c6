//! Listeners to events of other services, and the conversion of this service's own events.

pub(crate) mod convert;
mod on_manager;
mod on_order_ended;
mod on_test_set;
mod on_vacancy;

pub use on_manager::OnManager;
pub use on_order_ended::{OnOrderCompleted, OnOrderFailed};
pub use on_test_set::OnTestSet;
pub use on_vacancy::OnVacancy;
