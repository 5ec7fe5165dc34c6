//! What other contexts' events mean to people.
//!
//! `on_client_state`, `on_worker_state` and `on_manager_state` keep recipients, `on_application_erased` forgets them.
//! Everything else is told: `applications`, `orders`, `kits`, `invoices` and `quality` say what each event means
//! ([`announce::Tells`]), the routing table says to whom, and [`announce::Announce`] makes the notifications.

pub mod announce;
pub mod applications;
pub mod invoices;
pub mod kits;
pub mod on_application_erased;
pub mod on_client_state;
pub mod on_manager_state;
pub mod on_worker_state;
pub mod orders;
pub mod quality;
pub mod wire;

use std::sync::Arc;

use admin_contract::v1 as admin;
use billing_contract::v1 as billing;
use consumables_contract::v1 as consumables;
use messaging::Consumer;
use onboarding_contract::v1 as onboarding;
use orders_contract::v1 as orders_pb;

use announce::{Announce, Announcer};

/// Every event that this service listens to. A line of the routing table needs its event here.
pub fn listen(consumer: Consumer, announcer: &Arc<Announcer>) -> Consumer {
    let tell = || Announce(announcer.clone());
    consumer
        .on::<orders_pb::ClientState, _>(on_client_state::OnClientState)
        .on::<orders_pb::WorkerState, _>(on_worker_state::OnWorkerState)
        .on::<admin::ManagerState, _>(on_manager_state::OnManagerState)
        .on::<onboarding::ApplicationErased, _>(on_application_erased::OnApplicationErased)
        .on::<onboarding::ApplicationSubmitted, _>(tell())
        .on::<onboarding::ApplicationRepeated, _>(tell())
        .on::<onboarding::ApplicationConfirmed, _>(tell())
        .on::<onboarding::TestSetAssigned, _>(tell())
        .on::<onboarding::TestsFinished, _>(tell())
        .on::<onboarding::ApplicationApproved, _>(tell())
        .on::<onboarding::ApplicationDeclined, _>(tell())
        .on::<orders_pb::OrderPlaced, _>(tell())
        .on::<orders_pb::OrderWaiting, _>(tell())
        .on::<orders_pb::OrderAssigned, _>(tell())
        .on::<orders_pb::OrderUnassigned, _>(tell())
        .on::<orders_pb::OrderStarted, _>(tell())
        .on::<orders_pb::OrderCompleted, _>(tell())
        .on::<orders_pb::OrderCancelled, _>(tell())
        .on::<orders_pb::OrderFailed, _>(tell())
        .on::<consumables::KitRequested, _>(tell())
        .on::<consumables::KitReady, _>(tell())
        .on::<consumables::StockLow, _>(tell())
        .on::<billing::InvoiceIssued, _>(tell())
        .on::<billing::PaymentSucceeded, _>(tell())
        .on::<billing::PaymentFailed, _>(tell())
        .on::<billing::InvoiceOverdue, _>(tell())
        .on::<billing::PayoutMade, _>(tell())
        .on::<admin::QualityCaseClosed, _>(tell())
}
