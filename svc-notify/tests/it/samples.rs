//! One event of each announced kind, all about the same people.
#![allow(clippy::unnecessary_wraps, reason = "message fields are optional on the wire")]

use admin_contract::v1 as admin;
use billing_contract::v1 as billing;
use consumables_contract::v1 as consumables;
use conventions::access::Role;
use conventions::types::{Actor, Money, Person, Slot, Trait};
use onboarding_contract::v1 as onboarding;
use orders_contract::v1 as orders;
use prost_types::Timestamp;

pub const CLIENT: &str = "11111111-1111-4111-8111-111111111111";
pub const WORKER: &str = "22222222-2222-4222-8222-222222222222";
pub const MANAGER: &str = "33333333-3333-4333-8333-333333333333";
pub const APPLICATION: &str = "44444444-4444-4444-8444-444444444444";
pub const ORDER: &str = "55555555-5555-4555-8555-555555555555";
pub const OTHER: &str = "66666666-6666-4666-8666-666666666666";

pub const ANNA: &str = "anna@example.org";
pub const BORIS: &str = "boris@example.org";
pub const VERA: &str = "vera@artel.example";
pub const GALINA: &str = "galina@example.org";

pub const TOKEN: &str = "0123456789abcdefghij-_";

/// 24 November 2026, 10:00 in Moscow.
pub const MORNING: i64 = 1_795_503_600;

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

fn slot() -> Option<Slot> {
    Some(Slot {
        start: at(MORNING),
        end: at(MORNING + 7_200),
    })
}

fn by() -> Option<Actor> {
    Some(Actor {
        role: Role::System.into(),
        id: String::new(),
    })
}

fn rub(minor_units: i64) -> Option<Money> {
    Some(Money {
        currency_code: "RUB".into(),
        minor_units,
    })
}

pub fn person(name: &str, email: &str, language: &str) -> Option<Person> {
    Some(Person {
        name: name.into(),
        email: email.into(),
        language: language.into(),
    })
}

pub fn client(version: i64, email: &str) -> orders::ClientState {
    orders::ClientState {
        client_id: CLIENT.into(),
        version,
        person: person("Анна", email, "ru"),
        registered_at: at(MORNING),
        changed_at: at(MORNING),
    }
}

pub fn worker() -> orders::WorkerState {
    orders::WorkerState {
        worker_id: WORKER.into(),
        version: 1,
        person: person("Boris", BORIS, "en"),
        status: orders::WorkerStatus::Active.into(),
        admitted_at: at(MORNING),
        changed_at: at(MORNING),
    }
}

pub fn manager() -> admin::ManagerState {
    admin::ManagerState {
        manager_id: MANAGER.into(),
        version: 1,
        person: person("Vera", VERA, "en"),
        roles: vec!["manager".into()],
        archived: false,
        changed_at: at(MORNING),
        changed_by: by(),
    }
}

pub fn summary() -> orders::OrderSummary {
    orders::OrderSummary {
        client_id: CLIENT.into(),
        client_name: "Анна".into(),
        service_type_id: OTHER.into(),
        service_type_version: 1,
        service_type_name: "Уборка".into(),
        description: "Windows, too.\nAnd the balcony.".into(),
        place: "1 Garden Street".into(),
        slot: slot(),
        contact: "Anna, +7 900 000-00-00".into(),
        repeat_of: String::new(),
    }
}

macro_rules! order {
    ($kind:ident { $($field:ident: $value:expr),* $(,)? }) => {
        orders::$kind {
            order_id: ORDER.into(),
            order: Some(summary()),
            version: 1,
            at: at(MORNING),
            by: by(),
            $($field: $value,)*
        }
    };
}

pub fn order_placed() -> orders::OrderPlaced {
    order!(OrderPlaced {})
}

pub fn order_waiting() -> orders::OrderWaiting {
    order!(OrderWaiting {})
}

pub fn order_assigned() -> orders::OrderAssigned {
    orders::OrderAssigned {
        order_id: ORDER.into(),
        order: Some(summary()),
        version: 2,
        at: at(MORNING),
        by: by(),
        worker_id: WORKER.into(),
        price: rub(9_500),
        worker_name: "Boris".into(),
        discount_percent: 5,
        pipeline_version: 1,
        ..Default::default()
    }
}

pub fn order_unassigned() -> orders::OrderUnassigned {
    order!(OrderUnassigned {
        worker_id: WORKER.into(),
        reason: "suspended".into()
    })
}

pub fn order_started() -> orders::OrderStarted {
    order!(OrderStarted {
        worker_id: WORKER.into(),
        photo_id: String::new()
    })
}

pub fn order_completed() -> orders::OrderCompleted {
    order!(OrderCompleted {
        worker_id: WORKER.into(),
        price: rub(9_500),
        photo_id: String::new()
    })
}

pub fn order_cancelled(worker: &str) -> orders::OrderCancelled {
    let price = if worker.is_empty() { None } else { rub(9_500) };
    order!(OrderCancelled {
        worker_id: worker.into(),
        price: price,
        reason: "plans have changed".into()
    })
}

pub fn order_failed() -> orders::OrderFailed {
    order!(OrderFailed {
        worker_id: WORKER.into(),
        price: rub(9_500),
        kind: orders::FailureKind::NoShow.into(),
        reason: String::new(),
    })
}

macro_rules! application {
    ($kind:ident { $($field:ident: $value:expr),* $(,)? }) => {
        onboarding::$kind {
            application_id: APPLICATION.into(),
            vacancy_id: OTHER.into(),
            vacancy_title: "Courier".into(),
            candidate: person("Galina", GALINA, "en"),
            at: at(MORNING),
            by: by(),
            $($field: $value,)*
        }
    };
}

fn traits() -> Vec<Trait> {
    vec![Trait {
        name: "patience".into(),
        score: 90,
    }]
}

pub fn application_submitted() -> onboarding::ApplicationSubmitted {
    application!(ApplicationSubmitted {
        confirmation_token: TOKEN.into(),
        expires_at: at(MORNING)
    })
}

pub fn application_repeated() -> onboarding::ApplicationRepeated {
    application!(ApplicationRepeated {})
}

pub fn application_confirmed() -> onboarding::ApplicationConfirmed {
    application!(ApplicationConfirmed {})
}

pub fn test_set_assigned() -> onboarding::TestSetAssigned {
    application!(TestSetAssigned {
        test_set_id: OTHER.into(),
        test_set_version: 1,
        test_set_name: "Attention".into(),
        personal_token: TOKEN.into(),
        expires_at: at(MORNING),
    })
}

pub fn tests_finished() -> onboarding::TestsFinished {
    application!(TestsFinished {
        test_set_id: OTHER.into(),
        score: 87,
        traits: traits(),
        recommended: true
    })
}

pub fn application_approved() -> onboarding::ApplicationApproved {
    application!(ApplicationApproved {
        worker_id: WORKER.into(),
        age: 30,
        traits: traits(),
        photo: Vec::new()
    })
}

pub fn application_declined() -> onboarding::ApplicationDeclined {
    application!(ApplicationDeclined {
        message: "Another time.".into()
    })
}

pub fn application_erased() -> onboarding::ApplicationErased {
    onboarding::ApplicationErased {
        application_id: APPLICATION.into(),
        at: at(MORNING),
    }
}

pub fn kit_requested() -> consumables::KitRequested {
    let soap = consumables::KitItem {
        material_code: "soap".into(),
        material_name: "Soap".into(),
        unit: "piece".into(),
        quantity: 2,
        short: 1,
    };
    consumables::KitRequested {
        order_id: ORDER.into(),
        kit_id: OTHER.into(),
        worker_id: WORKER.into(),
        version: 1,
        at: at(MORNING),
        by: by(),
        client_name: "Анна".into(),
        worker_name: "Boris".into(),
        service_type_name: "Уборка".into(),
        slot: slot(),
        items: vec![soap],
    }
}

pub fn kit_ready() -> consumables::KitReady {
    consumables::KitReady {
        order_id: ORDER.into(),
        kit_id: OTHER.into(),
        worker_id: WORKER.into(),
        version: 3,
        at: at(MORNING),
        by: by(),
        service_type_name: "Уборка".into(),
    }
}

pub fn stock_low() -> consumables::StockLow {
    consumables::StockLow {
        material_code: "soap".into(),
        material_name: "Soap".into(),
        unit: "piece".into(),
        available: 4,
        threshold: 10,
        at: at(MORNING),
    }
}

pub fn invoice_issued(kind: billing::OwnerKind, owner: &str) -> billing::InvoiceIssued {
    billing::InvoiceIssued {
        invoice_id: OTHER.into(),
        number: "C-2026-000001".into(),
        owner_id: owner.into(),
        at: at(MORNING),
        amount: rub(9_500),
        owner_kind: kind.into(),
        period: slot(),
        line_count: 1,
    }
}

pub fn payment_succeeded() -> billing::PaymentSucceeded {
    billing::PaymentSucceeded {
        invoice_id: OTHER.into(),
        number: "C-2026-000001".into(),
        owner_id: CLIENT.into(),
        at: at(MORNING),
        amount: rub(9_500),
        payment_id: OTHER.into(),
        attempt: 1,
    }
}

pub fn payment_failed(next: bool) -> billing::PaymentFailed {
    billing::PaymentFailed {
        invoice_id: OTHER.into(),
        number: "C-2026-000001".into(),
        owner_id: CLIENT.into(),
        at: at(MORNING),
        amount: rub(9_500),
        payment_id: OTHER.into(),
        attempt: 1,
        reason: "declined".into(),
        next_attempt_at: if next { at(MORNING) } else { None },
    }
}

pub fn invoice_overdue() -> billing::InvoiceOverdue {
    billing::InvoiceOverdue {
        invoice_id: OTHER.into(),
        number: "C-2026-000001".into(),
        owner_id: CLIENT.into(),
        at: at(MORNING),
        amount: rub(9_500),
    }
}

pub fn payout_made() -> billing::PayoutMade {
    billing::PayoutMade {
        invoice_id: OTHER.into(),
        number: "W-2026-000001".into(),
        owner_id: WORKER.into(),
        at: at(MORNING),
        amount: rub(5_700),
        payout_id: OTHER.into(),
    }
}

pub fn case_closed() -> admin::QualityCaseClosed {
    admin::QualityCaseClosed {
        order_id: ORDER.into(),
        case_id: OTHER.into(),
        client_id: CLIENT.into(),
        worker_id: WORKER.into(),
        service_type_name: "Уборка".into(),
        verdict: admin::Verdict::Good.into(),
        conclusion: "Well done.".into(),
        rating: 5,
        at: at(MORNING),
        by: by(),
    }
}
