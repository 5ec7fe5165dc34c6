//! C3 without a database: a cookie never blocks, whichever way the bakery answers.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use svc_consumables::domain::cookie::{Answer, Cookie, Event, RetrySchedule, State};
use svc_consumables::domain::ids::{KitId, OrderId};
use uuid::Uuid;

const NOW: DateTime<Utc> = DateTime::from_timestamp_nanos(1_790_000_000_000_000_000);
const SCHEDULE: RetrySchedule = RetrySchedule {
    expected: Duration::from_mins(10),
    poll: Duration::from_secs(2),
    first_pause: Duration::from_secs(1),
    longest_pause: Duration::from_secs(30),
};

fn cookie() -> Cookie {
    let order = OrderId(Uuid::from_u128(1));
    Cookie::request(
        order,
        "Анна".to_owned(),
        NOW + TimeDelta::hours(3),
        &SCHEDULE,
        NOW,
    )
}

#[test]
fn c3_a_late_cookie_is_announced_once_and_may_still_come() {
    let mut cookie = cookie();
    cookie.record_answer(Answer::Accepted("c1".to_owned()), &SCHEDULE, NOW);
    let late = NOW + TimeDelta::minutes(10);
    assert_eq!(
        cookie.record_answer(Answer::Baking, &SCHEDULE, late),
        [Event::Late]
    );
    assert_eq!(cookie.record_answer(Answer::Baking, &SCHEDULE, late), []);
    assert_eq!(
        cookie.record_answer(Answer::Delivered, &SCHEDULE, late),
        [Event::Delivered]
    );
    assert!(cookie.late);
}

#[test]
fn c3_a_bakery_that_is_away_is_called_again_with_growing_pauses_until_the_slot_begins() {
    let mut cookie = cookie();
    let mut now = NOW;
    let mut events = Vec::new();
    let mut pauses = Vec::new();
    while cookie.state.is_awaited() {
        events.extend(cookie.record_answer(Answer::Unreachable("refused".to_owned()), &SCHEDULE, now));
        pauses.push((cookie.next_call_at - now).num_seconds());
        now = cookie.next_call_at;
    }
    assert_eq!(pauses[..7], [1, 2, 4, 8, 16, 30, 30]);
    let reason = "refused".to_owned();
    assert_eq!(events, [Event::Late, Event::Failed { reason }]);
    assert!(now <= cookie.give_up_at + TimeDelta::minutes(1));
    assert_eq!(cookie.problem.as_deref(), Some("refused"));
}

#[test]
fn c3_a_bakery_that_refuses_or_fails_is_not_called_again() {
    for answer in [Answer::Failed, Answer::Refused("no".to_owned())] {
        let mut cookie = cookie();
        let events = cookie.record_answer(answer, &SCHEDULE, NOW);
        assert!(matches!(events[..], [Event::Failed { .. }]), "{events:?}");
        assert_eq!(cookie.state, State::Failed);
    }
}

#[test]
fn c3_a_cookie_that_staff_mark_has_arrived_although_the_bakery_reports_a_failure() {
    let mut cookie = cookie();
    let kit = KitId(Uuid::from_u128(5));
    assert_eq!(cookie.place_in(kit), Some(Event::Delivered));
    assert_eq!(cookie.record_answer(Answer::Failed, &SCHEDULE, NOW), []);
    assert_eq!((cookie.state, cookie.placed_in), (State::Delivered, Some(kit)));
}

#[test]
fn c3_a_cancelled_cookie_is_requested_again_with_the_same_contents() {
    let mut cookie = cookie();
    let before = cookie.clone();
    cookie.cancel();
    assert_eq!(cookie.state, State::Cancelled);
    cookie.request_again(&SCHEDULE, NOW + TimeDelta::hours(1));
    assert_eq!(cookie.state, State::Requested);
    assert_eq!(
        (cookie.order, &cookie.client_name, cookie.deliver_by),
        (before.order, &before.client_name, before.deliver_by),
        "the bakery refuses the same key with other contents"
    );
}

fn an_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        Just(Answer::Accepted("c1".to_owned())),
        Just(Answer::Baking),
        Just(Answer::Delivered),
        Just(Answer::Failed),
        Just(Answer::Refused("no".to_owned())),
        Just(Answer::Unreachable("away".to_owned())),
    ]
}

proptest! {
    #[test]
    fn c3_each_kind_of_event_is_announced_at_most_once(answers in prop::collection::vec((an_answer(), 0..1_000_u32), 0..40)) {
        let mut cookie = cookie();
        let mut now = NOW;
        let mut events = Vec::new();
        for (answer, seconds) in answers {
            now += TimeDelta::seconds(i64::from(seconds));
            events.extend(cookie.record_answer(answer, &SCHEDULE, now));
        }
        let kinds: Vec<_> = events.iter().map(std::mem::discriminant).collect();
        for kind in &kinds {
            prop_assert_eq!(kinds.iter().filter(|other| *other == kind).count(), 1);
        }
        let failed = events.iter().any(|event| matches!(event, Event::Failed { .. }));
        prop_assert!(!(events.contains(&Event::Delivered) && failed));
    }
}
