//! What is published, and what is listened to: one file per kind.

mod on_manager;
mod on_order_ended;
mod on_test_set;
mod on_vacancy;
mod publish;

pub use on_manager::OnManager;
pub use on_order_ended::{OnOrderCompleted, OnOrderFailed};
pub use on_test_set::OnTestSet;
pub use on_vacancy::OnVacancy;
pub(crate) use publish::{person, publish, traits};
