//! What this service says to others, and what it hears from them.

mod on_account;
mod on_application_approved;
mod on_kit;
mod on_quality_case_closed;
mod on_service_type;
pub mod publish;

use messaging::{Consumer, Stop};
use money::Currency;
use uuid::Uuid;

use crate::Error;

/// Adds everything that this service listens to.
pub fn listen(consumer: Consumer, currency: Currency) -> Consumer {
    use consumables_contract::v1::{KitCancelled, KitCollecting, KitIssued, KitReady, KitRequested};
    consumer
        .on::<admin_contract::v1::ServiceTypeState, _>(on_service_type::OnServiceType { currency })
        .on::<admin_contract::v1::QualityCaseClosed, _>(on_quality_case_closed::OnQualityCaseClosed)
        .on::<onboarding_contract::v1::ApplicationApproved, _>(on_application_approved::OnApplicationApproved)
        .on::<billing_contract::v1::AccountState, _>(on_account::OnAccount { currency })
        .on::<KitRequested, _>(on_kit::OnKit)
        .on::<KitCollecting, _>(on_kit::OnKit)
        .on::<KitReady, _>(on_kit::OnKit)
        .on::<KitIssued, _>(on_kit::OnKit)
        .on::<KitCancelled, _>(on_kit::OnKit)
}

/// The database's errors pass; everything else is this event's own fault.
impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(error) => Self::Database(error),
            other => Self::refused(other),
        }
    }
}

/// An id of an event, whose rules say that it is a UUID.
fn uuid(field: &str, text: &str) -> Result<Uuid, Stop> {
    text.parse()
        .map_err(|_| Stop::refused(format!("{field} is not a UUID")))
}

/// A field that the event's rules require.
fn required<T>(field: &str, value: Option<T>) -> Result<T, Stop> {
    value.ok_or_else(|| Stop::refused(format!("{field} is missing or not what it should be")))
}
