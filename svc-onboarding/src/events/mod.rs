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

use admin_contract::v1 as admin;
use messaging::Consumer;
use orders_contract::v1 as orders;

/// Adds every listener of this service.
pub fn listen(consumer: Consumer) -> Consumer {
    consumer
        .on::<admin::VacancyState, _>(OnVacancy)
        .on::<admin::TestSetState, _>(OnTestSet)
        .on::<admin::ManagerState, _>(OnManager)
        .on::<orders::OrderCompleted, _>(OnOrderCompleted)
        .on::<orders::OrderFailed, _>(OnOrderFailed)
}
