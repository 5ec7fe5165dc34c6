//! The life of a kit (C2): requested → collecting → ready → issued, or cancelled before the issue.

use chrono::{DateTime, Utc};
use conventions::Actor;

use crate::domain::ids::{EmployeeId, KitId, MaterialCode, OrderId, WorkerId};
use crate::domain::line::Line;
use crate::domain::material::Material;
use crate::domain::order::Order;

/// The largest number of different materials in a kit.
pub const MAX_LINES: usize = 200;
/// The largest number of pieces of one material in a kit.
pub const MAX_PIECES: u32 = 1_000_000;

#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// Waits for an employee.
    Requested,
    /// An employee is collecting its materials.
    Collecting,
    /// Packed: the worker can fetch it.
    Ready,
    /// Handed over to the worker. Final.
    Issued,
    /// Not needed any more; its materials are back in stock. Final.
    Cancelled,
}

impl State {
    /// Neither issued nor cancelled.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Collecting | Self::Ready)
    }
}

/// What one worker takes along to one order.
///
/// An order has at most one open kit. Its first kit carries the acceptance form and the client's
/// cookie; a kit requested after the issue holds further materials only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kit {
    pub id: KitId,
    pub order: OrderId,
    /// The worker to whom it is issued.
    pub worker: WorkerId,
    pub state: State,
    pub lines: Vec<Line>,
    /// Empty in a kit of further materials.
    pub acceptance_form: String,
    /// Whether the client's cookie belongs in it.
    pub with_cookie: bool,
    /// The employee who collects it.
    pub collector: Option<EmployeeId>,
    /// Why it was issued without the cookie.
    pub without_cookie: Option<String>,
    pub cancel_reason: Option<String>,
    /// The number of its changes, from 1.
    pub version: u32,
    /// The start of the order's slot, by which the queue is sorted.
    pub slot_start: DateTime<Utc>,
    pub requested_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
}

/// The contents of a new kit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    lines: Vec<Line>,
    acceptance_form: String,
    with_cookie: bool,
}

impl Contents {
    /// The materials that the service type lists, the acceptance form and the cookie (C1).
    pub fn for_service(order: &Order, id: KitId, materials: &[(Material, u32)]) -> Result<Self, Error> {
        Ok(Self {
            lines: add_lines(id, &[], materials)?,
            acceptance_form: order.acceptance_form(),
            with_cookie: true,
        })
    }

    /// Further materials, requested after the issue.
    pub fn further(id: KitId, materials: &[(Material, u32)]) -> Result<Self, Error> {
        Ok(Self {
            lines: add_lines(id, &[], materials)?,
            acceptance_form: String::new(),
            with_cookie: false,
        })
    }
}

/// A kit's new state and the event that led to it. They are saved and published together.
#[derive(Debug)]
pub struct Change<'a> {
    pub kit: &'a Kit,
    pub event: Event,
    pub by: &'a Actor,
}

#[derive(Debug, Clone, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Event {
    Requested {
        order: Box<Order>,
    },
    /// The kit is for another worker now.
    Reassigned {
        service_type_name: String,
    },
    /// Materials were added.
    Extended,
    Collecting,
    Ready {
        service_type_name: String,
    },
    Issued {
        /// `None` for a kit that carries the cookie or in which no cookie belongs.
        without_cookie: Option<String>,
    },
    Cancelled {
        reason: String,
    },
}

/// Why a command on a kit is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("a kit that is {0} can't be {1}")]
    State(State, &'static str),
    #[error("employee {0} took the kit")]
    TakenBy(EmployeeId),
    #[error("the kit is short of {} materials", .0.len())]
    Short(Vec<(MaterialCode, u32)>),
    #[error("the kit is for another worker")]
    AnotherWorker,
    #[error("the cookie is not in the kit: wait for it, or give a reason to issue the kit without it")]
    NoCookie,
    #[error("a kit holds at most {MAX_LINES} materials and {MAX_PIECES} pieces of each")]
    TooLarge,
}

impl Kit {
    /// A new kit with nothing reserved.
    pub fn request(
        order: &Order,
        id: KitId,
        worker: WorkerId,
        contents: Contents,
        now: DateTime<Utc>,
    ) -> (Self, Event) {
        let kit = Self {
            id,
            order: order.id,
            worker,
            state: State::Requested,
            lines: contents.lines,
            acceptance_form: contents.acceptance_form,
            with_cookie: contents.with_cookie,
            collector: None,
            without_cookie: None,
            cancel_reason: None,
            version: 1,
            slot_start: order.slot_start,
            requested_at: now,
            changed_at: now,
        };
        let order = Box::new(order.clone());
        (kit, Event::Requested { order })
    }

    /// An employee takes the kit to collect it. With `take_over` also from a colleague. `None` if
    /// the employee has it already.
    pub fn take(
        &mut self,
        by: EmployeeId,
        take_over: bool,
        now: DateTime<Utc>,
    ) -> Result<Option<Event>, Error> {
        match (self.state, self.collector) {
            (State::Collecting, Some(collector)) if collector == by => return Ok(None),
            (State::Collecting, Some(collector)) if !take_over => return Err(Error::TakenBy(collector)),
            (State::Requested | State::Collecting, _) => {}
            (state, _) => return Err(Error::State(state, "taken")),
        }
        self.collector = Some(by);
        self.move_to(State::Collecting, now);
        Ok(Some(Event::Collecting))
    }

    /// The "Ready" button: everything is packed. `None` if the kit is ready already.
    pub fn mark_ready(&mut self, order: &Order, now: DateTime<Utc>) -> Result<Option<Event>, Error> {
        match self.state {
            State::Ready => return Ok(None),
            State::Collecting => {}
            state => return Err(Error::State(state, "made ready")),
        }
        let short = self.short();
        if !short.is_empty() {
            return Err(Error::Short(short));
        }
        self.move_to(State::Ready, now);
        let service_type_name = order.service_type_name.clone();
        Ok(Some(Event::Ready { service_type_name }))
    }

    /// The "Issued" button: `to` receives the kit. Without the cookie only with a reason (C3); the
    /// reason is dropped if the cookie is in the kit.
    pub fn issue(
        &mut self,
        to: WorkerId,
        has_cookie: bool,
        without_cookie: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<Event, Error> {
        if self.state != State::Ready {
            return Err(Error::State(self.state, "issued"));
        }
        if self.worker != to {
            return Err(Error::AnotherWorker);
        }
        self.without_cookie = match (self.with_cookie && !has_cookie, without_cookie) {
            (true, None) => return Err(Error::NoCookie),
            (true, reason) => reason,
            (false, _) => None,
        };
        self.move_to(State::Issued, now);
        let without_cookie = self.without_cookie.clone();
        Ok(Event::Issued { without_cookie })
    }

    /// The order ended or lost its worker. `None` if the kit is not open. The caller releases the
    /// materials.
    pub fn cancel(&mut self, reason: &str, now: DateTime<Utc>) -> Option<Event> {
        if !self.state.is_open() {
            return None;
        }
        self.cancel_reason = Some(reason.to_owned());
        self.move_to(State::Cancelled, now);
        let reason = reason.to_owned();
        Some(Event::Cancelled { reason })
    }

    /// The order has another worker. `None` if the kit is for that worker already or is not open.
    pub fn reassign(&mut self, order: &Order, worker: WorkerId, now: DateTime<Utc>) -> Option<Event> {
        if !self.state.is_open() || self.worker == worker {
            return None;
        }
        self.worker = worker;
        // A kit of further materials has no form.
        if !self.acceptance_form.is_empty() {
            self.acceptance_form = order.acceptance_form();
        }
        self.move_to(self.state, now);
        let service_type_name = order.service_type_name.clone();
        Some(Event::Reassigned { service_type_name })
    }

    /// The worker needs more materials. A ready kit goes back to its collector.
    pub fn extend(&mut self, materials: &[(Material, u32)], now: DateTime<Utc>) -> Result<Event, Error> {
        if !self.state.is_open() {
            return Err(Error::State(self.state, "extended"));
        }
        self.lines = add_lines(self.id, &self.lines, materials)?;
        let state = match self.state {
            State::Ready => State::Collecting,
            state => state,
        };
        self.move_to(state, now);
        Ok(Event::Extended)
    }

    /// Refuses a cookie if the kit is not open.
    pub fn check_takes_cookie(&self) -> Result<(), Error> {
        if self.state.is_open() {
            Ok(())
        } else {
            Err(Error::State(self.state, "given a cookie"))
        }
    }

    /// Counts a change, also one of the kit's cookie.
    pub fn count_change(&mut self, now: DateTime<Utc>) {
        self.version += 1;
        self.changed_at = now;
    }

    /// The missing pieces by material.
    pub fn short(&self) -> Vec<(MaterialCode, u32)> {
        self.lines
            .iter()
            .filter(|line| line.short() > 0)
            .map(|line| (line.material.code.clone(), line.short()))
            .collect()
    }

    fn move_to(&mut self, state: State, now: DateTime<Utc>) {
        self.state = state;
        self.count_change(now);
    }
}

/// `lines` with `materials` added, one line per material.
fn add_lines(kit: KitId, lines: &[Line], materials: &[(Material, u32)]) -> Result<Vec<Line>, Error> {
    let mut lines = lines.to_vec();
    for (material, pieces) in materials {
        let index = lines.iter().position(|line| line.material.code == material.code);
        let index = index.unwrap_or_else(|| {
            lines.push(Line::new(kit, material.clone(), 0));
            lines.len() - 1
        });
        let needed = lines[index].needed.saturating_add(*pieces);
        if needed > MAX_PIECES || lines.len() > MAX_LINES {
            return Err(Error::TooLarge);
        }
        lines[index].needed = needed;
    }
    Ok(lines)
}
