//! Events of other services.

use admin_contract::v1 as admin;
use conventions::types::{Actor, Money, Person, Slot};
use conventions::{Role, wire};
use orders_contract::v1 as orders;
use prost_types::Timestamp;
use service_host::Clock;
use uuid::Uuid;

const TEST_SET: Uuid = Uuid::from_u128(0x51);
const TEST: Uuid = Uuid::from_u128(0x52);
pub const VACANCY: Uuid = Uuid::from_u128(0x53);

fn now() -> Timestamp {
    wire::timestamp(Clock::system().now())
}

fn by() -> Actor {
    Actor {
        role: Role::Root.into(),
        id: Uuid::nil().to_string(),
    }
}

pub fn vacancy() -> admin::VacancyState {
    admin::VacancyState {
        vacancy_id: VACANCY.to_string(),
        version: 1,
        title: "Tester".to_owned(),
        description: String::new(),
        questions: Vec::new(),
        variants: vec![admin::TestSetVariant {
            test_set_id: TEST_SET.to_string(),
            weight: 1,
            hypothesis_id: String::new(),
        }],
        rule: Some(admin::AdmissionRule {
            minimum_score: 50,
            best_percent: 0,
            window: 0,
        }),
        archived: false,
        changed_at: Some(now()),
        changed_by: Some(by()),
    }
}

pub fn test_set(pattern: &str) -> admin::TestSetState {
    let single = admin::Task {
        task_id: "one".to_owned(),
        question: "Which?".to_owned(),
        points: 1,
        single_choice: Some(admin::SingleChoice {
            options: vec!["a".to_owned(), "b".to_owned()],
            right: 1,
        }),
        ..Default::default()
    };
    let short = admin::Task {
        task_id: "two".to_owned(),
        question: "What?".to_owned(),
        points: 1,
        short_text: Some(admin::ShortText {
            pattern: pattern.to_owned(),
        }),
        ..Default::default()
    };
    admin::TestSetState {
        test_set_id: TEST_SET.to_string(),
        version: 1,
        name: "Set".to_owned(),
        tests: vec![admin::Test {
            test_id: TEST.to_string(),
            version: 1,
            name: "Test".to_owned(),
            time_limit: Some(prost_types::Duration {
                seconds: 600,
                nanos: 0,
            }),
            tasks: vec![single, short],
        }],
        archived: false,
        changed_at: Some(now()),
        changed_by: Some(by()),
    }
}

pub fn order_completed(worker_id: String) -> orders::OrderCompleted {
    orders::OrderCompleted {
        order_id: Uuid::new_v4().to_string(),
        order: Some(orders::OrderSummary {
            client_id: Uuid::new_v4().to_string(),
            service_type_id: Uuid::new_v4().to_string(),
            service_type_version: 1,
            slot: Some(Slot {
                start: Some(now()),
                end: Some(now()),
            }),
            ..Default::default()
        }),
        version: 4,
        at: Some(now()),
        by: Some(by()),
        worker_id,
        price: Some(Money {
            currency_code: "RUB".to_owned(),
            minor_units: 10_000,
        }),
        ..Default::default()
    }
}

pub fn archived_manager() -> admin::ManagerState {
    admin::ManagerState {
        manager_id: Uuid::new_v4().to_string(),
        version: 1,
        person: Some(Person {
            name: "Max".to_owned(),
            email: "max@example.com".to_owned(),
            language: "en".to_owned(),
        }),
        roles: vec!["manager".to_owned()],
        archived: true,
        changed_at: Some(now()),
        changed_by: Some(by()),
    }
}
