//! C3, pure: a cookie never blocks, whatever the bakery answers.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use svc_consumables::domain::cookie::{Answer, Cookie, Event, Patience, State};
use svc_consumables::domain::ids::{KitId, OrderId};
use uuid::Uuid;

const NOW: DateTime<Utc> = DateTime::from_timestamp_nanos(1_790_000_000_000_000_000);
const PATIENCE: Patience = Patience {
    expected: Duration::from_mins(10),
    poll: Duration::from_secs(2),
    retry: Duration::from_secs(1),
    longest_retry: Duration::from_secs(30),
};

fn cookie() -> Cookie {
    let order = OrderId(Uuid::from_u128(1));
    Cookie::request(
        order,
        "Анна".to_owned(),
        NOW + TimeDelta::hours(3),
        &PATIENCE,
        NOW,
    )
}

#[test]
fn c3_a_late_cookie_is_announced_once_and_may_still_come() {
    let mut cookie = cookie();
    cookie.answered(Answer::Accepted("c1".to_owned()), &PATIENCE, NOW);
    let late = NOW + TimeDelta::minutes(10);
    assert_eq!(cookie.answered(Answer::Baking, &PATIENCE, late), [Event::Late]);
    assert_eq!(cookie.answered(Answer::Baking, &PATIENCE, late), []);
    assert_eq!(
        cookie.answered(Answer::Delivered, &PATIENCE, late),
        [Event::Delivered]
    );
    assert!(cookie.late);
}

#[test]
fn c3_a_bakery_that_is_away_is_asked_again_with_growing_pauses_until_the_slot_begins() {
    let mut cookie = cookie();
    let mut now = NOW;
    let mut events = Vec::new();
    let mut pauses = Vec::new();
    while cookie.state.is_awaited() {
        events.extend(cookie.answered(Answer::Unreachable("refused".to_owned()), &PATIENCE, now));
        pauses.push((cookie.next_call_at - now).num_seconds());
        now = cookie.next_call_at;
    }
    assert_eq!(pauses[..7], [1, 2, 4, 8, 16, 30, 30]);
    assert_eq!(events, [Event::Late, Event::Failed]);
    assert!(now <= cookie.give_up_at + TimeDelta::minutes(1));
    assert_eq!(cookie.problem.as_deref(), Some("refused"));
}

#[test]
fn c3_a_bakery_that_refuses_or_burns_it_is_not_asked_again() {
    for answer in [Answer::Burnt, Answer::Refused("no".to_owned())] {
        let mut cookie = cookie();
        assert_eq!(cookie.answered(answer, &PATIENCE, NOW), [Event::Failed]);
        assert_eq!(cookie.state, State::Failed);
    }
}

#[test]
fn c3_what_staff_hold_in_hand_has_arrived_whatever_the_bakery_says() {
    let mut cookie = cookie();
    let kit = KitId(Uuid::from_u128(5));
    assert_eq!(cookie.place_in(kit), Some(Event::Delivered));
    assert_eq!(cookie.answered(Answer::Burnt, &PATIENCE, NOW), []);
    assert_eq!((cookie.state, cookie.placed_in), (State::Delivered, Some(kit)));
}

#[test]
fn c3_a_cookie_that_was_cancelled_and_is_wanted_again_is_asked_for_with_the_same_words() {
    let mut cookie = cookie();
    let before = cookie.clone();
    cookie.cancel();
    assert_eq!(cookie.state, State::Cancelled);
    cookie.revive(&PATIENCE, NOW + TimeDelta::hours(1));
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
        Just(Answer::Burnt),
        Just(Answer::Refused("no".to_owned())),
        Just(Answer::Unreachable("away".to_owned())),
    ]
}

proptest! {
    #[test]
    fn c3_each_thing_is_announced_at_most_once(answers in prop::collection::vec((an_answer(), 0..1_000_u32), 0..40)) {
        let mut cookie = cookie();
        let mut now = NOW;
        let mut events = Vec::new();
        for (answer, seconds) in answers {
            now += TimeDelta::seconds(i64::from(seconds));
            events.extend(cookie.answered(answer, &PATIENCE, now));
        }
        for event in [Event::Ordered, Event::Delivered, Event::Late, Event::Failed] {
            prop_assert!(events.iter().filter(|other| **other == event).count() <= 1);
        }
        prop_assert!(!(events.contains(&Event::Delivered) && events.contains(&Event::Failed)));
    }
}
