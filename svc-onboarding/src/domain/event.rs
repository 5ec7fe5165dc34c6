//! The steps of an application that other services are told about.

use chrono::{DateTime, Utc};
use conventions::Actor;

use super::applicant::Applicant;
use super::application::{Invitation, Verdict};
use super::ids::{ApplicationId, TestSetId, VacancyId, WorkerId};
use super::photo::Photo;
use super::scoring::Outcome;
use super::secret::Token;

/// One step, with everything that other services need to know about it.
#[derive(Debug)]
pub enum Event {
    /// `token` confirms the address until `confirm_by`. It is sent to the candidate.
    Submitted {
        common: Common,
        token: Token,
        confirm_by: DateTime<Utc>,
    },
    /// Another application came with the address of this open application.
    Repeated(Common),
    Confirmed(Common),
    /// `token` opens the tests. It is sent to the candidate.
    TestSetAssigned {
        common: Common,
        invitation: Invitation,
        token: Token,
    },
    TestsStarted(Common),
    TestsFinished {
        common: Common,
        test_set: TestSetId,
        verdict: Verdict,
    },
    Approved {
        common: Common,
        worker: WorkerId,
        outcome: Outcome,
        photo: Option<Photo>,
    },
    /// `message` is meant for the candidate.
    Declined {
        common: Common,
        message: String,
    },
    Erased {
        application: ApplicationId,
        at: DateTime<Utc>,
    },
}

/// What all events except `Erased` contain.
#[derive(Debug)]
pub struct Common {
    pub application: ApplicationId,
    pub vacancy: VacancyId,
    pub vacancy_title: String,
    pub applicant: Applicant,
    pub by: Actor,
    pub at: DateTime<Utc>,
}

/// The events of an application's unsaved steps. Only the domain adds events, and saving the
/// application publishes them.
#[derive(Debug, Default)]
pub struct Unpublished(Vec<Event>);

impl Unpublished {
    pub(super) fn push(&mut self, event: Event) {
        self.0.push(event);
    }

    /// The events in the order of their steps.
    pub fn as_slice(&self) -> &[Event] {
        &self.0
    }
}
