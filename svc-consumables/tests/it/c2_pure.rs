//! C1 to C3 without a database: each command on a kit in each state.

use chrono::{DateTime, TimeDelta, Utc};
use strum::VariantArray as _;
use svc_consumables::domain::ids::{
    ClientId, EmployeeId, KitId, MaterialCode, OrderId, ServiceTypeId, WorkerId,
};
use svc_consumables::domain::kit::{Contents, Error, Event, Kit, State};
use svc_consumables::domain::material::Material;
use svc_consumables::domain::order::Order;
use uuid::Uuid;

const NOW: DateTime<Utc> = DateTime::from_timestamp_nanos(1_790_000_000_000_000_000);
const WORKER: WorkerId = WorkerId(Uuid::from_u128(7));
const EMPLOYEE: EmployeeId = EmployeeId(Uuid::from_u128(8));
const COLLEAGUE: EmployeeId = EmployeeId(Uuid::from_u128(9));

fn order() -> Order {
    Order {
        id: OrderId(Uuid::from_u128(1)),
        version: 2,
        client: ClientId(Uuid::from_u128(2)),
        client_name: "Анна".to_owned(),
        worker: Some(WORKER),
        worker_name: "Борис".to_owned(),
        service_type: ServiceTypeId(Uuid::from_u128(3)),
        service_type_version: 1,
        service_type_name: "Window cleaning".to_owned(),
        description: "Three windows".to_owned(),
        place: "Main Street 1".to_owned(),
        slot_start: NOW + TimeDelta::hours(3),
        slot_end: NOW + TimeDelta::hours(4),
        over: false,
    }
}

fn material(code: &str) -> Material {
    Material::unnamed(MaterialCode(code.to_owned()))
}

fn in_state(state: State) -> Kit {
    let id = KitId(Uuid::from_u128(5));
    let needs = [(material("cloth"), 2)];
    let contents = Contents::for_service(&order(), id, &needs).unwrap();
    let (mut kit, _) = Kit::request(&order(), id, WORKER, contents, NOW);
    kit.lines[0].reserved = 2;
    if state == State::Cancelled {
        kit.cancel("over", NOW).unwrap();
    } else if state != State::Requested {
        kit.take(EMPLOYEE, false, NOW).unwrap();
        if state != State::Collecting {
            kit.mark_ready(&order(), NOW).unwrap();
        }
        if state == State::Issued {
            kit.issue(WORKER, true, None, NOW).unwrap();
        }
    }
    assert_eq!(kit.state, state);
    kit
}

#[test]
fn c2_a_transition_that_the_life_of_a_kit_lacks_is_refused_with_its_state() {
    for &state in State::VARIANTS {
        let taken = in_state(state).take(EMPLOYEE, false, NOW);
        let ready = in_state(state).mark_ready(&order(), NOW);
        let issued = in_state(state).issue(WORKER, true, None, NOW);
        let cancelled = in_state(state).cancel("over", NOW);
        let expected = match state {
            State::Requested => (true, false, false, true),
            State::Collecting => (true, true, false, true),
            State::Ready => (false, true, true, true),
            State::Issued | State::Cancelled => (false, false, false, false),
        };
        assert_eq!(
            (taken.is_ok(), ready.is_ok(), issued.is_ok(), cancelled.is_some()),
            expected,
            "{state}"
        );
        for refused in [taken.err(), ready.err(), issued.err()].into_iter().flatten() {
            assert!(matches!(refused, Error::State(named, _) if named == state));
        }
    }
}

#[test]
fn c2_a_repeated_command_changes_nothing() {
    let mut kit = in_state(State::Collecting);
    let before = kit.clone();
    assert_eq!(kit.take(EMPLOYEE, false, NOW), Ok(None));
    assert_eq!(kit, before);
    let mut kit = in_state(State::Ready);
    let before = kit.clone();
    assert_eq!(kit.mark_ready(&order(), NOW), Ok(None));
    assert_eq!(kit, before);
}

#[test]
fn c2_a_kit_is_taken_from_a_colleague_only_with_take_over() {
    let mut kit = in_state(State::Collecting);
    assert_eq!(kit.take(COLLEAGUE, false, NOW), Err(Error::TakenBy(EMPLOYEE)));
    assert_eq!(kit.take(COLLEAGUE, true, NOW), Ok(Some(Event::Collecting)));
    assert_eq!(kit.collector, Some(COLLEAGUE));
}

#[test]
fn c2_a_short_kit_is_not_ready_and_names_what_is_short() {
    let mut kit = in_state(State::Collecting);
    kit.lines[0].reserved = 1;
    let cloth = MaterialCode("cloth".to_owned());
    assert_eq!(kit.mark_ready(&order(), NOW), Err(Error::Short(vec![(cloth, 1)])));
}

#[test]
fn c2_a_kit_is_issued_to_its_worker_only() {
    let mut kit = in_state(State::Ready);
    let other = WorkerId(Uuid::from_u128(70));
    assert_eq!(kit.issue(other, true, None, NOW), Err(Error::AnotherWorker));
    let service_type_name = order().service_type_name;
    assert_eq!(
        kit.reassign(&order(), other, NOW),
        Some(Event::Reassigned { service_type_name })
    );
    assert_eq!(
        kit.issue(other, true, None, NOW),
        Ok(Event::Issued { without_cookie: None })
    );
}

#[test]
fn c3_a_kit_goes_without_its_cookie_only_with_a_reason() {
    let mut kit = in_state(State::Ready);
    assert_eq!(kit.issue(WORKER, false, None, NOW), Err(Error::NoCookie));
    let reason = Some("the bakery is closed".to_owned());
    let issued = Event::Issued {
        without_cookie: reason.clone(),
    };
    assert_eq!(kit.issue(WORKER, false, reason.clone(), NOW), Ok(issued));
    assert_eq!(kit.without_cookie, reason);
}

#[test]
fn c1_a_ready_kit_that_is_extended_is_collected_again() {
    let mut kit = in_state(State::Ready);
    let more = [(material("cloth"), 1), (material("soap"), 1)];
    assert_eq!(kit.extend(&more, NOW), Ok(Event::Extended));
    assert_eq!(kit.state, State::Collecting);
    assert_eq!(kit.lines.len(), 2);
    assert_eq!(kit.short().len(), 2);
    assert!(in_state(State::Issued).extend(&more, NOW).is_err());
}

#[test]
fn c1_the_acceptance_form_names_client_worker_service_and_place() {
    let form = in_state(State::Requested).acceptance_form;
    for part in [
        "Анна",
        "Борис",
        "Window cleaning",
        "Three windows",
        "Main Street 1",
    ] {
        assert!(form.contains(part), "{part} is missing in {form}");
    }
}
