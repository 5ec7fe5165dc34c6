//! A kit's life (C2): requested → collecting → ready → issued, or cancelled before it is issued.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::domain::ids::{EmployeeId, KitId, MaterialCode, OrderId, WorkerId};
use crate::domain::line::Line;
use crate::domain::order::Order;

/// The most different materials in one kit.
pub const MOST_LINES: usize = 200;
/// The most pieces of one material in one kit.
pub const MOST_PIECES: u32 = 1_000_000;

/// Where a kit is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Waits for an employee.
    Requested,
    /// An employee is putting it together.
    Collecting,
    /// Packed; the worker is told to fetch it.
    Ready,
    /// Handed over. Final.
    Issued,
    /// Not wanted any more; its materials are back on the shelf. Final.
    Cancelled,
}

impl State {
    /// Neither issued nor cancelled.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Collecting | Self::Ready)
    }

    /// The word by which it is stored and named in refusals.
    pub fn word(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Collecting => "collecting",
            Self::Ready => "ready",
            Self::Issued => "issued",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state that a stored word means.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Requested,
            Self::Collecting,
            Self::Ready,
            Self::Issued,
            Self::Cancelled,
        ]
        .into_iter()
        .find(|state| state.word() == word)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Everything that one worker takes along to one order.
///
/// An order has at most one open kit. Its first kit carries the acceptance form and the client's cookie; one that the
/// worker asks for after the issue holds further materials only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kit {
    /// Its id.
    pub id: KitId,
    /// For what.
    pub order: OrderId,
    /// To whom it is issued.
    pub worker: WorkerId,
    /// Where it is in its life.
    pub state: State,
    /// What goes in.
    pub lines: Vec<Line>,
    /// The paper that the client signs, empty in a kit of further materials.
    pub acceptance_form: String,
    /// Whether the client's cookie belongs into it.
    pub with_cookie: bool,
    /// Who took it.
    pub collector: Option<EmployeeId>,
    /// Why it was issued without the cookie.
    pub without_cookie: Option<String>,
    /// Why it was cancelled.
    pub cancel_reason: Option<String>,
    /// Counts its changes, from 1.
    pub version: u32,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
}

/// What goes into a new kit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// Materials.
    pub lines: Vec<Line>,
    /// The paper that the client signs.
    pub acceptance_form: String,
    /// Whether the client's cookie belongs into it.
    pub with_cookie: bool,
}

impl Contents {
    /// What the service type lists, the form and the cookie (C1).
    pub fn for_service(order: &Order, id: KitId, materials: &[(MaterialCode, u32)]) -> Result<Self, Refused> {
        Ok(Self {
            lines: with_more(id, &[], materials)?,
            acceptance_form: order.acceptance_form(),
            with_cookie: true,
        })
    }

    /// What a worker asks for after the issue: further materials only.
    pub fn further(id: KitId, materials: &[(MaterialCode, u32)]) -> Result<Self, Refused> {
        Ok(Self {
            lines: with_more(id, &[], materials)?,
            acceptance_form: String::new(),
            with_cookie: false,
        })
    }
}

/// What happened to a kit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// There is a kit to assemble.
    Requested,
    /// It goes to another worker now.
    Reassigned,
    /// More was asked for.
    Extended,
    /// An employee took it.
    Collecting,
    /// It can be fetched.
    Ready,
    /// It was handed over.
    Issued,
    /// It is not wanted any more.
    Cancelled,
}

/// Why a kit can't be changed so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The kit's state does not allow it.
    #[error("a kit that is {0} can't be {1}")]
    State(State, &'static str),
    /// A colleague has it.
    #[error("employee {0} took the kit")]
    TakenBy(EmployeeId),
    /// Not everything is set aside yet.
    #[error("the kit is short of {} materials", .0.len())]
    Short(Vec<(MaterialCode, u32)>),
    /// The kit is for someone else.
    #[error("the kit is for another worker")]
    AnotherWorker,
    /// The client's cookie is not in the kit and nobody said why.
    #[error("the cookie is not in the kit: wait for it, or say why the kit goes without it")]
    NoCookie,
    /// The kit would become too large.
    #[error("a kit holds at most {MOST_LINES} materials and {MOST_PIECES} pieces of each")]
    TooLarge,
}

impl Kit {
    /// The department gets it to assemble. Nothing is set aside yet.
    pub fn request(
        order: &Order,
        id: KitId,
        worker: WorkerId,
        contents: Contents,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
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
            requested_at: now,
            changed_at: now,
        }
    }

    /// An employee takes it in order to put it together; `take_over` takes it from the colleague who has it. `None`: that
    /// employee has it already.
    pub fn take(
        &mut self,
        by: EmployeeId,
        take_over: bool,
        now: DateTime<Utc>,
    ) -> Result<Option<Event>, Refused> {
        match (self.state, self.collector) {
            (State::Collecting, Some(collector)) if collector == by => return Ok(None),
            (State::Collecting, Some(collector)) if !take_over => return Err(Refused::TakenBy(collector)),
            (State::Requested | State::Collecting, _) => {}
            (state, _) => return Err(Refused::State(state, "taken")),
        }
        self.collector = Some(by);
        Ok(Some(self.becomes(State::Collecting, Event::Collecting, now)))
    }

    /// The "Ready" button: everything is packed. `None`: it is ready already.
    pub fn mark_ready(&mut self, now: DateTime<Utc>) -> Result<Option<Event>, Refused> {
        match self.state {
            State::Ready => return Ok(None),
            State::Collecting => {}
            state => return Err(Refused::State(state, "made ready")),
        }
        let short = self.short();
        if !short.is_empty() {
            return Err(Refused::Short(short));
        }
        Ok(Some(self.becomes(State::Ready, Event::Ready, now)))
    }

    /// The "Issued" button: `to` has it in hand. Without the cookie only with a reason (C3); a reason is forgotten where
    /// the cookie is in.
    pub fn issue(
        &mut self,
        to: WorkerId,
        cookie_is_in: bool,
        without_cookie: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<Event, Refused> {
        if self.state != State::Ready {
            return Err(Refused::State(self.state, "issued"));
        }
        if self.worker != to {
            return Err(Refused::AnotherWorker);
        }
        self.without_cookie = match (self.with_cookie && !cookie_is_in, without_cookie) {
            (true, None) => return Err(Refused::NoCookie),
            (true, reason) => reason,
            (false, _) => None,
        };
        Ok(self.becomes(State::Issued, Event::Issued, now))
    }

    /// The order is over, or has lost its worker. `None`: the kit is with the worker, or cancelled already. The caller
    /// puts the materials back.
    pub fn cancel(&mut self, reason: &str, now: DateTime<Utc>) -> Option<Event> {
        if !self.state.is_open() {
            return None;
        }
        self.cancel_reason = Some(reason.to_owned());
        Some(self.becomes(State::Cancelled, Event::Cancelled, now))
    }

    /// The order has another worker. `None`: it is theirs already, or it isn't open.
    pub fn reassign(&mut self, worker: WorkerId, now: DateTime<Utc>) -> Option<Event> {
        if !self.state.is_open() || self.worker == worker {
            return None;
        }
        self.worker = worker;
        Some(self.becomes(self.state, Event::Reassigned, now))
    }

    /// The worker needs more. A kit that was ready is collected again, by whoever had it.
    pub fn extend(&mut self, wanted: &[(MaterialCode, u32)], now: DateTime<Utc>) -> Result<Event, Refused> {
        if !self.state.is_open() {
            return Err(Refused::State(self.state, "extended"));
        }
        self.lines = with_more(self.id, &self.lines, wanted)?;
        let state = match self.state {
            State::Ready => State::Collecting,
            state => state,
        };
        Ok(self.becomes(state, Event::Extended, now))
    }

    /// Refuses a cookie that can't be put in any more.
    pub fn takes_cookie(&self) -> Result<(), Refused> {
        if self.state.is_open() {
            Ok(())
        } else {
            Err(Refused::State(self.state, "given a cookie"))
        }
    }

    /// Something about its contents changed (its cookie): the event that says so counts as a change of the kit.
    pub fn touch(&mut self, now: DateTime<Utc>) {
        self.version += 1;
        self.changed_at = now;
    }

    /// The form as it should read for `order` now; a kit of further materials has none.
    pub fn form_for(&self, order: &Order) -> String {
        if self.acceptance_form.is_empty() {
            String::new()
        } else {
            order.acceptance_form()
        }
    }

    /// What is missing, by material.
    pub fn short(&self) -> Vec<(MaterialCode, u32)> {
        self.lines
            .iter()
            .filter(|line| line.short() > 0)
            .map(|line| (line.material.clone(), line.short()))
            .collect()
    }

    fn becomes(&mut self, state: State, event: Event, now: DateTime<Utc>) -> Event {
        self.state = state;
        self.version += 1;
        self.changed_at = now;
        event
    }
}

/// `lines` with `wanted` added to them, one line per material.
pub fn with_more(kit: KitId, lines: &[Line], wanted: &[(MaterialCode, u32)]) -> Result<Vec<Line>, Refused> {
    let mut lines = lines.to_vec();
    for (material, pieces) in wanted {
        let index = lines.iter().position(|line| line.material == *material);
        let index = index.unwrap_or_else(|| {
            lines.push(Line::new(kit, material.clone(), 0));
            lines.len() - 1
        });
        let needed = lines[index].needed.saturating_add(*pieces);
        if needed > MOST_PIECES || lines.len() > MOST_LINES {
            return Err(Refused::TooLarge);
        }
        lines[index].needed = needed;
    }
    Ok(lines)
}
