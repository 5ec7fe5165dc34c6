//! O3 as a table: every state × every command, who may give it, and the next state.

use chrono::{DateTime, TimeDelta, Utc};
use strum::VariantArray as _;
use uuid::Uuid;

use super::examples::{
    GRACE, MANAGER, anna, assignment, at, brief, client, order_in, photo, placed, service, slot, worker,
};
use super::*;
use crate::domain::service_type::ServiceType;

/// The order after a command, with the stage before, who gave the command and when. A repeat makes
/// a new order, which has no stage before.
type Outcome = (Order, Option<Stage>, Actor, DateTime<Utc>);

fn run(order: Order, command: Command, by: Actor, now: DateTime<Utc>) -> Result<Outcome, Refused> {
    let change = match command {
        Command::Assign => order.assign(assignment(), now),
        Command::Wait => order.wait(now).map(|change| change.expect("not told before")),
        Command::Unassign => order.unassign(by, "ill".into(), now),
        Command::Cancel => order.cancel(by, "changed my mind".into(), now),
        Command::Start => order.start(by, photo(), now),
        Command::Complete => order.complete(by, photo(), now),
        Command::ReportFailure => order.report_failure(by, "broken".into(), now),
        Command::MarkNoShow => order.mark_no_show(GRACE, now),
        Command::Expire => order.expire(now),
        Command::AddPhoto => unreachable!("it changes no state"),
        Command::Repeat => {
            let slot = Slot::new(now + TimeDelta::days(1), now + TimeDelta::days(2)).unwrap();
            let copy = order.repeat(OrderId(Uuid::from_u128(9)), by, &anna(), &service(), slot, now)?;
            let (by, at) = (Actor::Client(copy.client), copy.placed_at);
            return Ok((copy, None, by, at));
        }
    }?;
    Ok((change.order, Some(change.from), change.by, change.at))
}

/// The commands that may change an order's state.
fn commands() -> impl Iterator<Item = Command> {
    let all = Command::VARIANTS.iter().copied();
    all.filter(|command| *command != Command::AddPhoto)
}

/// The next state if the right actor gives the command at the right time.
fn expected(stage: Stage, command: Command) -> Option<Stage> {
    match (stage, command) {
        (Stage::Placed, Command::Assign) => Some(Stage::Assigned),
        (Stage::Placed, Command::Wait)
        | (Stage::Assigned, Command::Unassign)
        | (Stage::Failed | Stage::Cancelled, Command::Repeat) => Some(Stage::Placed),
        (Stage::Placed | Stage::Assigned, Command::Cancel) | (Stage::Placed, Command::Expire) => {
            Some(Stage::Cancelled)
        }
        (Stage::Assigned, Command::Start) => Some(Stage::InProgress),
        (Stage::InProgress, Command::Complete) => Some(Stage::Completed),
        (Stage::Assigned, Command::MarkNoShow | Command::ReportFailure)
        | (Stage::InProgress, Command::ReportFailure) => Some(Stage::Failed),
        _ => None,
    }
}

/// An actor who may give the command.
fn rightful(command: Command) -> Actor {
    match command {
        Command::Start | Command::Complete => Actor::Worker(worker()),
        Command::Cancel | Command::ReportFailure | Command::Repeat => Actor::Client(client()),
        Command::Unassign => MANAGER,
        _ => Actor::System,
    }
}

#[test]
fn o3_every_command_in_every_state_follows_the_table_or_is_refused_with_the_state_named() {
    for stage in Stage::VARIANTS.iter().copied() {
        for command in commands() {
            let before = order_in(stage);
            let version = before.version;
            // After the grace period and within the slot; an order expires only after its slot.
            let now = at(if command == Command::Expire { 160 } else { 130 });
            let outcome = run(before, command, rightful(command), now);
            match expected(stage, command) {
                Some(next) => {
                    let (order, from, by, at) =
                        outcome.unwrap_or_else(|refused| panic!("{stage:?} {command:?}: {refused}"));
                    assert_eq!(order.stage(), next, "{stage:?} {command:?}");
                    let repeated = command == Command::Repeat;
                    assert_eq!(from, (!repeated).then_some(stage));
                    assert_eq!(order.version, if repeated { 1 } else { version + 1 });
                    assert_eq!((by, at), (rightful(command), now));
                }
                // A placed order has no worker yet, so for every worker there is no such order.
                None if stage == Stage::Placed && matches!(command, Command::Start | Command::Complete) => {
                    assert_eq!(outcome, Err(Refused::NotVisible));
                }
                None => assert_eq!(
                    outcome,
                    Err(Refused::InThisState { command, stage }),
                    "{stage:?} {command:?} must be refused"
                ),
            }
        }
    }
}

#[test]
fn o3_no_command_leads_out_of_a_final_state() {
    for stage in Stage::VARIANTS.iter().copied() {
        let ways_out = commands()
            .filter(|command| *command != Command::Repeat && expected(stage, *command).is_some())
            .count();
        assert_eq!(ways_out == 0, stage.is_final(), "{stage:?}");
    }
}

#[test]
fn o3_other_clients_and_workers_are_told_that_there_is_no_such_order() {
    let strangers = [
        Actor::Client(ClientId(Uuid::from_u128(77))),
        Actor::Worker(WorkerId(Uuid::from_u128(78))),
    ];
    let guarded = [
        Command::Cancel,
        Command::Start,
        Command::Complete,
        Command::ReportFailure,
        Command::Repeat,
    ];
    for stranger in strangers {
        for stage in Stage::VARIANTS.iter().copied() {
            assert!(!order_in(stage).is_visible_to(stranger));
            for command in guarded {
                assert_eq!(
                    run(order_in(stage), command, stranger, at(130)),
                    Err(Refused::NotVisible)
                );
            }
        }
    }
}

#[test]
fn o3_only_those_named_in_the_table_may_give_a_command() {
    let (client, worker, manager) = (Actor::Client(client()), Actor::Worker(worker()), MANAGER);
    let not_theirs = [
        (Stage::Assigned, Command::Cancel, worker),
        (Stage::Assigned, Command::Start, client),
        (Stage::Assigned, Command::Start, manager),
        (Stage::InProgress, Command::Complete, client),
        (Stage::InProgress, Command::Complete, manager),
        (Stage::Failed, Command::Repeat, worker),
        (Stage::Failed, Command::Repeat, manager),
        (Stage::InProgress, Command::ReportFailure, Actor::Service),
    ];
    for (stage, command, by) in not_theirs {
        assert_eq!(
            run(order_in(stage), command, by, at(130)),
            Err(Refused::NotYours(command))
        );
    }
    for by in [client, worker, manager] {
        assert!(run(order_in(Stage::InProgress), Command::ReportFailure, by, at(130)).is_ok());
    }
    assert!(run(order_in(Stage::Placed), Command::Cancel, manager, at(5)).is_ok());
}

#[test]
fn o3_a_failure_of_an_assigned_order_is_reported_only_once_its_slot_has_begun() {
    let report = |minute| {
        run(
            order_in(Stage::Assigned),
            Command::ReportFailure,
            MANAGER,
            at(minute),
        )
    };
    assert_eq!(report(99), Err(Refused::SlotNotBegun));
    assert!(report(100).is_ok());
}

#[test]
fn o3_an_order_is_a_no_show_exactly_when_the_grace_period_after_slot_start_is_over() {
    let scan = |minute| {
        run(
            order_in(Stage::Assigned),
            Command::MarkNoShow,
            Actor::System,
            at(minute),
        )
    };
    assert_eq!(scan(114), Err(Refused::GraceNotOver));
    let (order, ..) = scan(115).unwrap();
    let State::Failed { failure, start, .. } = order.state else {
        panic!("failed")
    };
    assert_eq!((failure.kind, start), (FailureKind::NoShow, None));
}

#[test]
fn o3_a_worker_assigned_after_slot_start_has_the_whole_grace_period() {
    let late = Assignment {
        at: at(140),
        ..assignment()
    };
    let scan = |minute| {
        placed()
            .assign(late.clone(), at(140))
            .unwrap()
            .order
            .mark_no_show(GRACE, at(minute))
    };
    assert_eq!(scan(154), Err(Refused::GraceNotOver));
    assert!(scan(155).is_ok());
}

#[test]
fn o4_no_worker_is_assigned_to_a_slot_that_is_over() {
    assert_eq!(placed().assign(assignment(), at(160)), Err(Refused::SlotOver));
    assert!(placed().assign(assignment(), at(159)).is_ok());
}

#[test]
fn o4_an_order_expires_only_once_its_slot_is_over() {
    assert_eq!(placed().expire(at(159)), Err(Refused::SlotNotOver));
    assert_eq!(
        placed().expire(at(160)).map(|change| change.event),
        Ok(Event::Cancelled {
            assignment: None,
            reason: "no worker was available in this time slot".into()
        })
    );
}

#[test]
fn o4_the_client_is_told_once_per_wait() {
    let waiting = placed().wait(at(1)).unwrap().expect("told").order;
    assert_eq!(waiting.clone().wait(at(2)), Ok(None));
    let again = waiting
        .assign(assignment(), at(3))
        .unwrap()
        .order
        .unassign(MANAGER, "ill".into(), at(4))
        .unwrap();
    assert_eq!(
        again.event,
        Event::Unassigned {
            worker: worker(),
            reason: "ill".into()
        }
    );
    assert!(again.order.wait(at(5)).unwrap().is_some());
}

#[test]
fn o6_an_order_has_a_price_exactly_since_it_was_assigned() {
    assert_eq!(placed().assignment(), None);
    let cancelled_before = placed().cancel(MANAGER, String::new(), at(1)).unwrap().order;
    assert_eq!(cancelled_before.assignment(), None);
    for stage in [
        Stage::Assigned,
        Stage::InProgress,
        Stage::Completed,
        Stage::Cancelled,
        Stage::Failed,
    ] {
        assert_eq!(order_in(stage).assignment(), Some(&assignment()), "{stage:?}");
    }
    let unassigned = order_in(Stage::Assigned)
        .unassign(MANAGER, "ill".into(), at(2))
        .unwrap()
        .order;
    assert_eq!(unassigned.assignment(), None);
}

#[test]
fn o7_a_repeat_is_a_copy_linked_to_the_first_at_todays_version() {
    let first = order_in(Stage::Failed);
    let today = ServiceType {
        version: 8,
        ..service()
    };
    let slot = Slot::new(at(500), at(560)).unwrap();
    let id = OrderId(Uuid::from_u128(9));
    let copy = first
        .repeat(id, Actor::Client(client()), &anna(), &today, slot, at(200))
        .unwrap();
    assert_eq!(copy.repeats, Some(first.id));
    assert_eq!((copy.brief.clone(), copy.slot), (first.brief.clone(), slot));
    assert_eq!(copy.service.version, 8);
    assert_eq!(copy.assignment(), None);
}

#[test]
fn o2_only_an_active_service_type_can_be_ordered() {
    let archived = ServiceType {
        active: false,
        ..service()
    };
    let refused = Order::place(OrderId::generate(), &anna(), &archived, brief(), slot(), at(0));
    assert_eq!(refused, Err(Refused::ServiceTypeNotActive));
    let begun = Order::place(OrderId::generate(), &anna(), &service(), brief(), slot(), at(100));
    assert_eq!(begun, Err(Refused::Slot(crate::domain::slot::Error::Begun)));
}
