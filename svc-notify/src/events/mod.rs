//! Listeners. [`on_recipient`] stores recipients, [`on_application_erased`] erases them. All other
//! events are announced: [`convert`] says what each of them means to people, [`on_announced`] makes
//! the notifications.

pub mod convert;
pub mod on_announced;
pub mod on_application_erased;
pub mod on_recipient;

use std::sync::Arc;

use admin_contract::v1 as admin;
use billing_contract::v1 as billing;
use consumables_contract::v1 as consumables;
use messaging::Consumer;
use onboarding_contract::v1 as onboarding;
use orders_contract::v1 as orders;
use service_host::Clock;

use crate::use_cases::announce::Announcer;
use on_announced::OnAnnounced;
use on_application_erased::OnApplicationErased;
use on_recipient::OnRecipient;

/// Adds the listeners. An event in the routing table needs a line here.
pub fn listen(consumer: Consumer, announcer: &Arc<Announcer>, clock: &Clock) -> Consumer {
    let announce = || OnAnnounced {
        announcer: announcer.clone(),
        clock: clock.clone(),
    };
    consumer
        .on::<orders::ClientState, _>(OnRecipient)
        .on::<orders::WorkerState, _>(OnRecipient)
        .on::<admin::ManagerState, _>(OnRecipient)
        .on::<onboarding::ApplicationErased, _>(OnApplicationErased)
        .on::<onboarding::ApplicationSubmitted, _>(announce())
        .on::<onboarding::ApplicationRepeated, _>(announce())
        .on::<onboarding::ApplicationConfirmed, _>(announce())
        .on::<onboarding::TestSetAssigned, _>(announce())
        .on::<onboarding::TestsFinished, _>(announce())
        .on::<onboarding::ApplicationApproved, _>(announce())
        .on::<onboarding::ApplicationDeclined, _>(announce())
        .on::<orders::OrderPlaced, _>(announce())
        .on::<orders::OrderWaiting, _>(announce())
        .on::<orders::OrderAssigned, _>(announce())
        .on::<orders::OrderUnassigned, _>(announce())
        .on::<orders::OrderStarted, _>(announce())
        .on::<orders::OrderCompleted, _>(announce())
        .on::<orders::OrderCancelled, _>(announce())
        .on::<orders::OrderFailed, _>(announce())
        .on::<consumables::KitRequested, _>(announce())
        .on::<consumables::KitReady, _>(announce())
        .on::<consumables::StockLow, _>(announce())
        .on::<billing::InvoiceIssued, _>(announce())
        .on::<billing::PaymentSucceeded, _>(announce())
        .on::<billing::PaymentFailed, _>(announce())
        .on::<billing::InvoiceOverdue, _>(announce())
        .on::<billing::PayoutMade, _>(announce())
        .on::<admin::QualityCaseClosed, _>(announce())
}
