//! Orders in every state, for tests.

use chrono::{DateTime, TimeDelta, Utc};
use money::{Currency, Money};
use uuid::Uuid;

use super::*;
use crate::domain::client::{Client, Profile};
use crate::domain::service_type::ServiceType;

pub(super) const GRACE: TimeDelta = TimeDelta::minutes(15);

pub(super) fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).unwrap()
}

pub(super) fn client() -> ClientId {
    ClientId(Uuid::from_u128(1))
}

pub(super) fn anna() -> Client {
    Client {
        id: client(),
        profile: Profile {
            external_id: None,
            name: "Anna".into(),
            email: "anna@example.com".into(),
            phone: String::new(),
            language: "ru".into(),
        },
        registered_at: at(0),
        version: 1,
    }
}

pub(super) fn worker() -> WorkerId {
    WorkerId(Uuid::from_u128(2))
}

pub(super) const MANAGER: Actor = Actor::Manager(Uuid::from_u128(3));

pub(super) fn photo() -> PhotoId {
    PhotoId(Uuid::from_u128(4))
}

pub(super) fn service() -> ServiceType {
    ServiceType {
        id: ServiceTypeId(Uuid::from_u128(5)),
        version: 7,
        name: "Wait in a queue".into(),
        description: String::new(),
        base_price: Money::new(10_000, Currency::RUB),
        duration: TimeDelta::hours(1),
        grace: GRACE,
        needs: std::collections::BTreeMap::new(),
        active: true,
    }
}

pub(super) fn brief() -> Brief {
    Brief {
        description: "Passport office".into(),
        place: "1 Main Street".into(),
        contact: "Anna, +70000000000".into(),
    }
}

/// Minutes 100 to 160.
pub(super) fn slot() -> Slot {
    Slot::new(at(100), at(160)).unwrap()
}

pub(super) fn assignment() -> Assignment {
    let nothing = Money::zero(Currency::RUB);
    let base = Money::new(10_000, Currency::RUB);
    Assignment {
        worker: worker(),
        worker_name: "Boris".into(),
        price: Price {
            base,
            discount: nothing,
            discount_percent: 0,
            total: base,
        },
        pipeline: "standard".into(),
        pipeline_version: 1,
        reasons: Vec::new(),
        at: at(1),
    }
}

pub(super) fn placed() -> Order {
    Order::place(
        OrderId(Uuid::from_u128(6)),
        &anna(),
        &service(),
        brief(),
        slot(),
        at(0),
    )
    .unwrap()
}

/// An order in the state, reached by commands alone.
pub(super) fn order_in(stage: Stage) -> Order {
    let assigned = || placed().assign(assignment(), at(1)).unwrap().order;
    let started = || {
        assigned()
            .start(Actor::Worker(worker()), photo(), at(101))
            .unwrap()
            .order
    };
    match stage {
        Stage::Placed => placed(),
        Stage::Assigned => assigned(),
        Stage::InProgress => started(),
        Stage::Completed => {
            started()
                .complete(Actor::Worker(worker()), photo(), at(150))
                .unwrap()
                .order
        }
        Stage::Cancelled => {
            assigned()
                .cancel(Actor::Client(client()), String::new(), at(2))
                .unwrap()
                .order
        }
        Stage::Failed => {
            assigned()
                .report_failure(MANAGER, "drunk".into(), at(120))
                .unwrap()
                .order
        }
    }
}
