//! The client's cookie (C3): one per order, baked by a bakery that can be late, fail or be away.
//!
//! The cookie never blocks the order: each answer of the bakery is recorded and announced, and
//! polling ends at `give_up_at`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use conventions::Actor;

use crate::domain::ids::{KitId, OrderId};
use crate::domain::kit::Kit;

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display, strum::EnumString, strum::IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// The bakery has not confirmed the order yet.
    Requested,
    Baking,
    /// It arrived at the department.
    Delivered,
    /// It will not arrive.
    Failed,
    /// The order ended before the bakery confirmed the cookie.
    Cancelled,
}

impl State {
    /// Whether the bakery is still called about it.
    pub fn is_awaited(self) -> bool {
        matches!(self, Self::Requested | Self::Baking)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    /// Also the idempotency key sent to the bakery.
    pub order: OrderId,
    /// The name on the cookie.
    pub client_name: String,
    pub state: State,
    /// The bakery's id of the cookie.
    pub bakery_id: Option<String>,
    /// When the kit needs it.
    pub deliver_by: DateTime<Utc>,
    /// When polling ends and the cookie counts as failed.
    pub give_up_at: DateTime<Utc>,
    /// From then on it is late.
    pub expected_at: DateTime<Utc>,
    /// Whether it was announced as late.
    pub late: bool,
    /// Failed calls in a row.
    pub failures: u32,
    pub next_call_at: DateTime<Utc>,
    /// The reason of the last failure.
    pub problem: Option<String>,
    /// The kit in which staff put it.
    pub placed_in: Option<KitId>,
}

/// When the bakery is called again.
#[derive(Debug, Clone, Copy)]
pub struct RetrySchedule {
    /// From the request until the cookie counts as late.
    pub expected: Duration,
    /// Between two polls.
    pub poll: Duration,
    /// After the first failed call; doubles with every further failure.
    pub first_pause: Duration,
    pub longest_pause: Duration,
}

/// An answer of the bakery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It took the order, under this id.
    Accepted(String),
    Baking,
    Delivered,
    /// It could not bake the cookie.
    Failed,
    /// It refuses the request for good.
    Refused(String),
    /// It gave no usable answer: it is away, overloaded, or its answer is invalid.
    Unreachable(String),
}

/// A cookie's new state with the events that announce it. They are saved and published together.
#[derive(Debug)]
pub struct Change {
    pub cookie: Cookie,
    /// The kit in which the cookie belongs, and the events. Each event is a change of the kit.
    pub kit: Option<(Kit, Vec<Event>)>,
    pub by: Actor,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The bakery confirmed it.
    Ordered,
    Delivered,
    Late,
    /// It will not arrive.
    Failed {
        reason: String,
    },
}

impl Change {
    /// A change that is not announced.
    pub fn unannounced(cookie: Cookie) -> Self {
        Self {
            cookie,
            kit: None,
            by: Actor::system(),
        }
    }

    /// A change that is also one of the cookie's kit.
    pub fn in_kit(cookie: Cookie, mut kit: Kit, events: Vec<Event>, by: Actor, now: DateTime<Utc>) -> Self {
        for _ in 0..events.len().max(1) {
            kit.count_change(now);
        }
        Self {
            cookie,
            kit: Some((kit, events)),
            by,
        }
    }

    /// Each event with the kit and the version of the kit to which it led.
    pub fn announcements(&self) -> impl Iterator<Item = (&Kit, u32, &Event)> {
        self.kit.iter().flat_map(|(kit, events)| {
            let before = kit
                .version
                .saturating_sub(u32::try_from(events.len()).unwrap_or(u32::MAX));
            (before + 1..)
                .zip(events)
                .map(move |(version, event)| (kit, version, event))
        })
    }
}

impl Cookie {
    /// A cookie that is ordered at once. It is given up when the slot begins, but not before three
    /// times the usual time.
    pub fn request(
        order: OrderId,
        client_name: String,
        deliver_by: DateTime<Utc>,
        schedule: &RetrySchedule,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            order,
            client_name,
            state: State::Requested,
            bakery_id: None,
            deliver_by,
            give_up_at: deliver_by.max(now + schedule.expected * 3),
            expected_at: now + schedule.expected,
            late: false,
            failures: 0,
            next_call_at: now,
            problem: None,
            placed_in: None,
        }
    }

    /// Records the bakery's answer. If the cookie is no longer awaited, only the bakery's
    /// id is recorded.
    pub fn record_answer(
        &mut self,
        answer: Answer,
        schedule: &RetrySchedule,
        now: DateTime<Utc>,
    ) -> Vec<Event> {
        if let Answer::Accepted(id) = &answer {
            self.bakery_id.get_or_insert_with(|| id.clone());
        }
        if !self.state.is_awaited() {
            return Vec::new();
        }
        let mut events = Vec::new();
        match answer {
            Answer::Accepted(_) | Answer::Baking => {
                if self.state == State::Requested {
                    events.push(Event::Ordered);
                }
                self.state = State::Baking;
                self.failures = 0;
                self.problem = None;
                self.next_call_at = now + schedule.poll;
            }
            Answer::Delivered => {
                self.state = State::Delivered;
                self.problem = None;
                events.push(Event::Delivered);
            }
            Answer::Failed => events.push(self.fail("the bakery could not make it".to_owned())),
            Answer::Refused(reason) => events.push(self.fail(reason)),
            Answer::Unreachable(problem) => {
                self.failures = self.failures.saturating_add(1);
                self.problem = Some(problem);
                self.next_call_at = now + schedule.pause_after(self.failures);
            }
        }
        events.extend(self.check_deadlines(now));
        events
    }

    /// Announces the cookie as late once, and gives it up at the end.
    fn check_deadlines(&mut self, now: DateTime<Utc>) -> Vec<Event> {
        let mut events = Vec::new();
        if self.state.is_awaited() && !self.late && now >= self.expected_at {
            self.late = true;
            events.push(Event::Late);
        }
        if self.state.is_awaited() && now >= self.give_up_at {
            let problem = self.problem.take();
            events.push(self.fail(problem.unwrap_or_else(|| "it did not arrive in time".to_owned())));
        }
        events
    }

    /// The order ended. A cookie that the bakery has not confirmed is not ordered any more.
    pub fn cancel(&mut self) {
        if self.state == State::Requested {
            self.state = State::Cancelled;
        }
    }

    /// The kit was cancelled: a cookie in it is free for the next kit.
    pub fn take_out_of(&mut self, kit: KitId) {
        if self.placed_in == Some(kit) {
            self.placed_in = None;
        }
    }

    /// The order has a kit again after its cookie was cancelled. The bakery gets the same key
    /// and the same contents, so that it bakes one cookie only.
    pub fn request_again(&mut self, schedule: &RetrySchedule, now: DateTime<Utc>) {
        if self.state == State::Cancelled {
            let client_name = std::mem::take(&mut self.client_name);
            let bakery_id = self.bakery_id.take();
            *self = Self {
                state: if bakery_id.is_some() {
                    State::Baking
                } else {
                    State::Requested
                },
                bakery_id,
                ..Self::request(self.order, client_name, self.deliver_by, schedule, now)
            };
        }
    }

    /// Staff put the cookie into `kit`. It has arrived then, also if the bakery reports a failure
    /// later.
    pub fn place_in(&mut self, kit: KitId) -> Option<Event> {
        let arrives = self.state != State::Delivered;
        self.placed_in = Some(kit);
        self.state = State::Delivered;
        self.problem = None;
        arrives.then_some(Event::Delivered)
    }

    fn fail(&mut self, reason: String) -> Event {
        self.state = State::Failed;
        self.problem = Some(reason.clone());
        Event::Failed { reason }
    }
}

impl RetrySchedule {
    fn pause_after(&self, failures: u32) -> Duration {
        let factor = 2_u32.saturating_pow(failures.saturating_sub(1).min(16));
        self.first_pause.saturating_mul(factor).min(self.longest_pause)
    }
}
