//! Sample entries, and sample events of orders and kits.

use admin_contract::v1 as pb;
use chrono::{DateTime, TimeDelta, Utc};
use consumables_contract::v1 as kits;
use conventions::Role;
use conventions::types::{Actor, Money, Person, Slot};
use conventions::wire::timestamp;
use orders_contract::v1 as orders;
use prost_types::{Duration, Timestamp};
use service_host::Clock;
use uuid::Uuid;

pub fn service_type(name: &str) -> pb::ServiceType {
    pb::ServiceType {
        name: name.to_owned(),
        description: "All windows of a flat".to_owned(),
        base_price: Some(roubles(10_000)),
        duration: Some(seconds(3_600)),
        grace_period: Some(seconds(900)),
        needed_traits: vec![],
        materials: vec![pb::MaterialNeed {
            material_code: "soap".to_owned(),
            quantity: 1,
        }],
    }
}

pub fn test(name: &str) -> pb::TestDraft {
    let task = pb::Task {
        task_id: "t1".to_owned(),
        question: "2 + 2?".to_owned(),
        points: 1,
        number: Some(pb::NumberWithTolerance {
            right: 4.0,
            tolerance: 0.0,
        }),
        ..Default::default()
    };
    pb::TestDraft {
        name: name.to_owned(),
        time_limit: Some(seconds(600)),
        tasks: vec![task],
    }
}

pub fn vacancy(test_set_id: &str) -> pb::Vacancy {
    pb::Vacancy {
        title: "Window washer".to_owned(),
        description: String::new(),
        questions: vec![],
        variants: vec![pb::TestSetVariant {
            test_set_id: test_set_id.to_owned(),
            weight: 1,
            hypothesis_id: String::new(),
        }],
        rule: Some(pb::AdmissionRule {
            minimum_score: 60,
            best_percent: 0,
            window: 0,
        }),
    }
}

pub fn manager(email: &str, roles: &[&str]) -> pb::Manager {
    pb::Manager {
        person: Some(Person {
            name: "Vera".to_owned(),
            email: email.to_owned(),
            language: "ru".to_owned(),
        }),
        roles: roles.iter().map(ToString::to_string).collect(),
    }
}

pub fn form(rating: i32) -> pb::CaseForm {
    pb::CaseForm {
        verdict: pb::Verdict::CompanyAtFault.into(),
        root_cause: "The ladder was too short".to_owned(),
        rating,
        conclusion: "We are sorry.".to_owned(),
        hypothesis_ids: vec![],
    }
}

pub fn roubles(minor_units: i64) -> Money {
    Money {
        currency_code: "RUB".to_owned(),
        minor_units,
    }
}

pub fn seconds(seconds: i64) -> Duration {
    Duration { seconds, nanos: 0 }
}

pub fn by(role: Role, id: Uuid) -> Actor {
    Actor {
        role: role.into(),
        id: id.to_string(),
    }
}

pub fn system() -> Actor {
    Actor {
        role: Role::System.into(),
        id: String::new(),
    }
}

/// An order as the events of svc-orders describe it. Version n is published n minutes after
/// placing.
#[derive(Clone)]
pub struct Order {
    pub id: Uuid,
    pub client: Uuid,
    pub worker: Uuid,
    pub photo: Uuid,
    placed_at: DateTime<Utc>,
}

/// An event of an order: the shared fields, and the given ones.
macro_rules! event {
    ($order:expr, $kind:ident, $version:expr, { $($field:ident: $value:expr),* $(,)? }) => {
        orders::$kind {
            order_id: $order.id.to_string(),
            order: Some($order.summary()),
            version: $version,
            at: Some($order.at($version)),
            by: Some(system()),
            $($field: $value,)*
            ..Default::default()
        }
    };
}

#[allow(clippy::needless_update, reason = "some events have the shared fields only")]
impl Order {
    pub fn new() -> Self {
        Self::of(Uuid::new_v4())
    }

    /// An order that this worker is assigned to.
    pub fn of(worker: Uuid) -> Self {
        Self {
            // Ascending with time, like the ids of svc-orders.
            id: Uuid::now_v7(),
            client: Uuid::new_v4(),
            worker,
            photo: Uuid::new_v4(),
            placed_at: Clock::system().now() - TimeDelta::hours(1),
        }
    }

    pub fn at(&self, version: i64) -> Timestamp {
        timestamp(self.placed_at + TimeDelta::minutes(version))
    }

    pub fn summary(&self) -> orders::OrderSummary {
        orders::OrderSummary {
            client_id: self.client.to_string(),
            client_name: "Anna".to_owned(),
            service_type_id: Uuid::from_u128(7).to_string(),
            service_type_version: 1,
            service_type_name: "Window cleaning".to_owned(),
            description: "Three windows".to_owned(),
            place: "Main Street 1".to_owned(),
            slot: Some(Slot {
                start: Some(self.at(30)),
                end: Some(self.at(90)),
            }),
            contact: "Anna".to_owned(),
            repeat_of: String::new(),
        }
    }

    pub fn placed(&self) -> orders::OrderPlaced {
        event!(self, OrderPlaced, 1, {})
    }

    pub fn assigned(&self) -> orders::OrderAssigned {
        event!(self, OrderAssigned, 2, {
            worker_id: self.worker.to_string(),
            price: Some(roubles(9_500)),
            worker_name: "Boris".to_owned(),
            pipeline_version: 1,
        })
    }

    pub fn unassigned(&self) -> orders::OrderUnassigned {
        event!(self, OrderUnassigned, 3, { worker_id: self.worker.to_string(), reason: "suspended".to_owned() })
    }

    pub fn started(&self) -> orders::OrderStarted {
        event!(self, OrderStarted, 3, { worker_id: self.worker.to_string(), photo_id: self.photo.to_string() })
    }

    pub fn completed(&self) -> orders::OrderCompleted {
        event!(self, OrderCompleted, 4, { worker_id: self.worker.to_string(), price: Some(roubles(9_500)) })
    }

    /// Before a worker was assigned.
    pub fn cancelled(&self) -> orders::OrderCancelled {
        event!(self, OrderCancelled, 4, { reason: "no longer needed".to_owned() })
    }

    pub fn cancelled_after_assignment(&self) -> orders::OrderCancelled {
        orders::OrderCancelled {
            worker_id: self.worker.to_string(),
            price: Some(roubles(9_500)),
            ..self.cancelled()
        }
    }

    pub fn failed(&self, kind: orders::FailureKind) -> orders::OrderFailed {
        event!(self, OrderFailed, 4, {
            worker_id: self.worker.to_string(),
            price: Some(roubles(9_500)),
            kind: kind.into(),
            reason: "the window broke".to_owned(),
        })
    }

    pub fn kit_ready(&self, minute: i64) -> kits::KitReady {
        kits::KitReady {
            order_id: self.id.to_string(),
            kit_id: Uuid::new_v4().to_string(),
            worker_id: self.worker.to_string(),
            version: 3,
            at: Some(self.at(minute)),
            by: Some(by(Role::Consumables, Uuid::from_u128(5))),
            service_type_name: "Window cleaning".to_owned(),
        }
    }

    pub fn kit_issued_without_cookie(&self, minute: i64) -> kits::KitIssued {
        kits::KitIssued {
            order_id: self.id.to_string(),
            kit_id: Uuid::new_v4().to_string(),
            worker_id: self.worker.to_string(),
            version: 4,
            at: Some(self.at(minute)),
            by: Some(by(Role::Consumables, Uuid::from_u128(5))),
            with_cookie: false,
            reason_without_cookie: "burnt".to_owned(),
        }
    }

    pub fn cookie_ordered(&self, minute: i64) -> kits::CookieOrdered {
        kits::CookieOrdered {
            order_id: self.id.to_string(),
            kit_id: Uuid::new_v4().to_string(),
            worker_id: self.worker.to_string(),
            version: 2,
            at: Some(self.at(minute)),
            by: Some(system()),
        }
    }
}
