//! The life of an application (H1–H7).

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::applicant::Applicant;
use super::form::Answers;
use super::rule::{Recommendation, Rule};
use super::scoring::Outcome;
use super::secret::{Hash, Token};
use super::vacancy::Vacancy;

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// The address is not confirmed. Managers don't see it.
    Unconfirmed,
    /// Waits for a manager.
    New,
    /// A test set is assigned, and not begun.
    Invited,
    /// The candidate takes the tests.
    Testing,
    /// Taken; some answers have no score yet.
    Grading,
    /// Scored; waits for a manager's decision.
    Tested,
    /// A worker. Final.
    Approved,
    /// Declined. Final.
    Declined,
    /// Taken back by the candidate, or never confirmed. Final.
    Withdrawn,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Unconfirmed,
        Self::New,
        Self::Invited,
        Self::Testing,
        Self::Grading,
        Self::Tested,
        Self::Approved,
        Self::Declined,
        Self::Withdrawn,
    ];

    /// The word for it in the database and in refusals.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unconfirmed => "unconfirmed",
            Self::New => "new",
            Self::Invited => "invited",
            Self::Testing => "testing",
            Self::Grading => "grading",
            Self::Tested => "tested",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state that a word means.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// An application.
#[derive(Debug, Clone)]
pub struct Application {
    /// Its id; made up by us.
    pub id: Uuid,
    /// The vacancy.
    pub vacancy: Uuid,
    /// The vacancy's version that was applied for.
    pub vacancy_version: i64,
    /// The vacancy's title then.
    pub vacancy_title: String,
    /// Whom that version recommends.
    pub rule: Rule,
    /// Where it stands.
    pub state: State,
    /// Who applies; nobody once erased.
    pub applicant: Option<Applicant>,
    /// What they answered to the form; empty once erased.
    pub form: Answers,
    /// When they applied.
    pub submitted_at: DateTime<Utc>,
    /// Opens the application for its candidate, from the first letter on.
    pub confirmation: Hash,
    /// Until when the address can be confirmed.
    pub confirm_by: DateTime<Utc>,
    /// The tests that were assigned.
    pub invitation: Option<Invitation>,
    /// How the candidate did, once scored.
    pub verdict: Option<Verdict>,
    /// How a manager decided.
    pub decision: Option<Decision>,
    /// When the personal data was erased.
    pub erased_at: Option<DateTime<Utc>>,
}

/// Tests that were assigned.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The test set.
    pub test_set: Uuid,
    /// Its version then.
    pub test_set_version: i64,
    /// Its name then.
    pub test_set_name: String,
    /// Opens the tests.
    pub link: Hash,
    /// Until when tests can be begun.
    pub expires_at: DateTime<Utc>,
}

/// A scored attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The scores.
    pub outcome: Outcome,
    /// What the vacancy's rule says about them.
    pub recommendation: Recommendation,
    /// When the last answer was scored.
    pub at: DateTime<Utc>,
}

/// A manager's last word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The worker that the candidate became; none, where declined.
    pub worker: Option<Uuid>,
    /// Why. For managers.
    pub reason: String,
    /// Which manager.
    pub by: Uuid,
    /// When.
    pub at: DateTime<Utc>,
}

/// Why a step is refused. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It takes no applications any more.
    #[error("the vacancy is archived")]
    VacancyArchived,
    /// Not from this state.
    #[error("{step} is not possible: the application is {}", .state.word())]
    NotPossible {
        /// What was asked for.
        step: &'static str,
        /// Where the application stands.
        state: State,
    },
    /// The confirmation came too late, or the personal link is too old.
    #[error("this link has expired")]
    LinkExpired,
    /// A token that doesn't open this.
    #[error("this link is not valid")]
    WrongToken,
    /// Going against the rule needs a reason.
    #[error("the vacancy's rule does not recommend this candidate: give a reason")]
    ReasonNeeded,
}

/// What is known of an application when it comes in.
#[derive(Debug)]
pub struct Submission<'a> {
    /// A fresh id.
    pub id: Uuid,
    /// What is applied for.
    pub vacancy: &'a Vacancy,
    /// Who applies.
    pub applicant: Applicant,
    /// What they answered to the vacancy's form.
    pub form: Answers,
    /// The token of the first letter.
    pub token: &'a Token,
    /// Until when the address can be confirmed.
    pub confirm_by: DateTime<Utc>,
}

impl Application {
    /// Somebody applies.
    pub fn submit(submission: Submission<'_>, now: DateTime<Utc>) -> Result<Self, Refused> {
        let vacancy = submission.vacancy;
        if vacancy.archived {
            return Err(Refused::VacancyArchived);
        }
        Ok(Self {
            id: submission.id,
            vacancy: vacancy.id,
            vacancy_version: vacancy.version,
            vacancy_title: vacancy.title.clone(),
            rule: vacancy.rule,
            state: State::Unconfirmed,
            applicant: Some(submission.applicant),
            form: submission.form,
            submitted_at: now,
            confirmation: submission.token.hash(),
            confirm_by: submission.confirm_by,
            invitation: None,
            verdict: None,
            decision: None,
            erased_at: None,
        })
    }

    /// The candidate confirms the address. Doing so again is no fault; says whether it was the first time.
    pub fn confirm(&mut self, token: &Token, now: DateTime<Utc>) -> Result<bool, Refused> {
        if !self.confirmation.matches(token) {
            return Err(Refused::WrongToken);
        }
        match self.state {
            State::Unconfirmed if now >= self.confirm_by => Err(Refused::LinkExpired),
            State::Unconfirmed => {
                self.state = State::New;
                Ok(true)
            }
            State::Withdrawn => Err(Refused::LinkExpired),
            _ => Ok(false),
        }
    }

    /// Whether a token opens the application: the one of the first letter, or the personal link's.
    pub fn opens(&self, token: &Token) -> Result<(), Refused> {
        let confirmation = self.confirmation.matches(token);
        let personal = self
            .invitation
            .as_ref()
            .is_some_and(|invitation| invitation.link.matches(token));
        if confirmation | personal {
            Ok(())
        } else {
            Err(Refused::WrongToken)
        }
    }

    /// Whether a token opens the tests.
    pub fn opens_tests(&self, token: &Token, now: DateTime<Utc>) -> Result<(), Refused> {
        let invitation = self.invitation.as_ref().ok_or(Refused::WrongToken)?;
        if !invitation.link.matches(token) {
            return Err(Refused::WrongToken);
        }
        match self.state {
            State::Invited if now >= invitation.expires_at => Err(Refused::LinkExpired),
            State::Invited | State::Testing | State::Grading | State::Tested => Ok(()),
            state => Err(impossible("taking tests", state)),
        }
    }

    /// A manager notes that they were in touch.
    pub fn note_contact(&self) -> Result<(), Refused> {
        match self.state {
            State::Unconfirmed | State::Withdrawn => Err(impossible("noting a contact", self.state)),
            _ => Ok(()),
        }
    }

    /// A manager assigns tests, or other ones while none is begun.
    pub fn invite(&mut self, invitation: Invitation) -> Result<(), Refused> {
        match self.state {
            State::New | State::Invited => {
                self.invitation = Some(invitation);
                self.state = State::Invited;
                Ok(())
            }
            state => Err(impossible("assigning tests", state)),
        }
    }

    /// The candidate begins a test. Says whether it was the first.
    pub fn begin(&mut self) -> Result<bool, Refused> {
        match self.state {
            State::Invited => {
                self.state = State::Testing;
                Ok(true)
            }
            State::Testing => Ok(false),
            state => Err(impossible("beginning a test", state)),
        }
    }

    /// The last test is over.
    pub fn finish(&mut self) -> Result<(), Refused> {
        match self.state {
            State::Testing => {
                self.state = State::Grading;
                Ok(())
            }
            state => Err(impossible("finishing the tests", state)),
        }
    }

    /// Whether answers can be graded now.
    pub fn may_grade(&self) -> Result<(), Refused> {
        match self.state {
            State::Testing | State::Grading => Ok(()),
            state => Err(impossible("grading", state)),
        }
    }

    /// Every answer has its score.
    pub fn score(&mut self, verdict: Verdict) -> Result<(), Refused> {
        match self.state {
            State::Grading => {
                self.verdict = Some(verdict);
                self.state = State::Tested;
                Ok(())
            }
            state => Err(impossible("scoring", state)),
        }
    }

    /// A manager approves. The worker's id follows from the application's: however often this is tried, it is one worker.
    pub fn approve(&mut self, by: Uuid, reason: &str, now: DateTime<Utc>) -> Result<Uuid, Refused> {
        if self.state != State::Tested {
            return Err(impossible("approving", self.state));
        }
        let recommended = self
            .verdict
            .as_ref()
            .is_some_and(|verdict| verdict.recommendation.admits());
        if !recommended && reason.trim().is_empty() {
            return Err(Refused::ReasonNeeded);
        }
        let worker = Uuid::new_v5(&self.id, b"artel worker");
        self.decide(Some(worker), by, reason, now);
        self.state = State::Approved;
        Ok(worker)
    }

    /// A manager declines.
    pub fn decline(&mut self, by: Uuid, reason: &str, now: DateTime<Utc>) -> Result<(), Refused> {
        match self.state {
            State::New | State::Invited | State::Testing | State::Grading | State::Tested => {
                if reason.trim().is_empty() {
                    return Err(Refused::ReasonNeeded);
                }
                self.decide(None, by, reason, now);
                self.state = State::Declined;
                Ok(())
            }
            state => Err(impossible("declining", state)),
        }
    }

    /// Erases the personal data; an application still open is withdrawn by it. Says whether there was something to erase.
    ///
    /// A worker's data belongs to their work: an approved application is not erased.
    pub fn erase(&mut self, now: DateTime<Utc>) -> Result<bool, Refused> {
        match self.state {
            State::Approved => return Err(impossible("erasing", self.state)),
            _ if self.erased_at.is_some() => return Ok(false),
            State::Declined => {}
            _ => self.state = State::Withdrawn,
        }
        self.applicant = None;
        self.form.clear();
        if let Some(decision) = &mut self.decision {
            // Managers write about people in reasons.
            decision.reason.clear();
        }
        self.erased_at = Some(now);
        Ok(true)
    }

    fn decide(&mut self, worker: Option<Uuid>, by: Uuid, reason: &str, at: DateTime<Utc>) {
        self.decision = Some(Decision {
            worker,
            reason: reason.trim().to_owned(),
            by,
            at,
        });
    }
}

fn impossible(step: &'static str, state: State) -> Refused {
    Refused::NotPossible { step, state }
}

#[cfg(test)]
#[path = "application_tests.rs"]
mod tests;
