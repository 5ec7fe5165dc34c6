//! The client's cookie (C3): one per order, ordered from a contractor who may be late, fail or be away.
//!
//! The cookie never blocks the order, so nothing here refuses: whatever the contractor answers is recorded, what it means
//! for the kit is announced, and after `give_up_at` nobody asks any more.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::domain::ids::{KitId, OrderId};

/// Where the cookie is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// The contractor hasn't confirmed it yet.
    Requested,
    /// The contractor is at it.
    Baking,
    /// It has arrived at the department.
    Delivered,
    /// There won't be one.
    Failed,
    /// The order was over before the contractor was asked.
    Cancelled,
}

impl State {
    /// The word by which it is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Baking => "baking",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state that a stored word means.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Requested,
            Self::Baking,
            Self::Delivered,
            Self::Failed,
            Self::Cancelled,
        ]
        .into_iter()
        .find(|state| state.word() == word)
    }

    /// The contractor still has something to say about it.
    pub fn is_awaited(self) -> bool {
        matches!(self, Self::Requested | Self::Baking)
    }
}

/// One order's cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    /// The order: also the idempotency key that the contractor is given, so that asking twice bakes once.
    pub order: OrderId,
    /// Whose it is; printed on it.
    pub client_name: String,
    /// Where it is.
    pub state: State,
    /// The contractor's id of it.
    pub bakery_id: Option<String>,
    /// It is needed by then.
    pub deliver_by: DateTime<Utc>,
    /// Nobody asks after it later than this.
    pub give_up_at: DateTime<Utc>,
    /// Later than this it is late.
    pub expected_at: DateTime<Utc>,
    /// It was late, and that was announced.
    pub late: bool,
    /// Calls to the contractor that failed in a row.
    pub failures: u32,
    /// When the contractor is asked next.
    pub next_call_at: DateTime<Utc>,
    /// What the contractor said when it failed.
    pub problem: Option<String>,
    /// The kit that staff put it into.
    pub placed_in: Option<KitId>,
}

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From the request until it should be there.
    pub expected: Duration,
    /// Between two questions whether it is done.
    pub poll: Duration,
    /// Before a failed call is tried again; doubles with every failure.
    pub retry: Duration,
    /// The longest pause between two tries.
    pub longest_retry: Duration,
}

/// What the contractor answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It took the order, under this id.
    Accepted(String),
    /// Still at it.
    Baking,
    /// It has arrived.
    Delivered,
    /// It burnt it.
    Burnt,
    /// It will not do it, and asking again changes nothing.
    Refused(String),
    /// No usable answer: away, overloaded, garbled.
    Unreachable(String),
}

/// What is announced of a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The contractor confirmed it.
    Ordered,
    /// It has arrived.
    Delivered,
    /// It isn't there at the time by which it should be.
    Late,
    /// There won't be one.
    Failed,
}

impl Cookie {
    /// A cookie to be ordered at once. It is given up when the slot begins, but not before it had thrice its usual time.
    pub fn request(
        order: OrderId,
        client_name: String,
        deliver_by: DateTime<Utc>,
        patience: &Patience,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            order,
            client_name,
            state: State::Requested,
            bakery_id: None,
            deliver_by,
            give_up_at: deliver_by.max(now + patience.expected * 3),
            expected_at: now + patience.expected,
            late: false,
            failures: 0,
            next_call_at: now,
            problem: None,
            placed_in: None,
        }
    }

    /// Records the contractor's answer. An answer about a cookie that is no longer awaited changes nothing but the id.
    pub fn answered(&mut self, answer: Answer, patience: &Patience, now: DateTime<Utc>) -> Vec<Event> {
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
                self.next_call_at = now + patience.poll;
            }
            Answer::Delivered => {
                self.state = State::Delivered;
                self.problem = None;
                events.push(Event::Delivered);
            }
            Answer::Burnt => events.push(self.fails("the contractor could not make it")),
            Answer::Refused(why) => events.push(self.fails(&why)),
            Answer::Unreachable(why) => {
                self.failures = self.failures.saturating_add(1);
                self.problem = Some(why);
                self.next_call_at = now + patience.pause_after(self.failures);
            }
        }
        events.extend(self.clock(now));
        events
    }

    /// What time alone brings: late once, given up at the end.
    pub fn clock(&mut self, now: DateTime<Utc>) -> Vec<Event> {
        let mut events = Vec::new();
        if self.state.is_awaited() && !self.late && now >= self.expected_at {
            self.late = true;
            events.push(Event::Late);
        }
        if self.state.is_awaited() && now >= self.give_up_at {
            let why = self.problem.take();
            events.push(self.fails(why.as_deref().unwrap_or("it did not arrive in time")));
        }
        events
    }

    /// The order is over. Where the contractor wasn't asked yet, it won't be.
    pub fn cancel(&mut self) {
        if self.state == State::Requested {
            self.state = State::Cancelled;
        }
    }

    /// The kit that it lay in was cancelled: it lies on the shelf again.
    pub fn taken_out_of(&mut self, kit: KitId) {
        if self.placed_in == Some(kit) {
            self.placed_in = None;
        }
    }

    /// The order has a kit again after its cookie was cancelled. The same key goes to the contractor, so it stays one
    /// cookie.
    pub fn revive(&mut self, patience: &Patience, now: DateTime<Utc>) {
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
                ..Self::request(self.order, client_name, self.deliver_by, patience, now)
            };
        }
    }

    /// Staff have it in hand and put it into `kit`: that it arrived is beyond doubt, whatever the contractor says.
    pub fn place_in(&mut self, kit: KitId) -> Option<Event> {
        self.placed_in = Some(kit);
        let news = self.state != State::Delivered;
        self.state = State::Delivered;
        self.problem = None;
        news.then_some(Event::Delivered)
    }

    fn fails(&mut self, why: &str) -> Event {
        self.state = State::Failed;
        self.problem = Some(why.to_owned());
        Event::Failed
    }
}

impl Patience {
    fn pause_after(&self, failures: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1).min(16));
        self.retry.saturating_mul(doubled).min(self.longest_retry)
    }
}
