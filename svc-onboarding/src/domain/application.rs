//! The life of an application (H1–H7).

use chrono::{DateTime, Utc};
use conventions::{Actor, Role};
use strum::{AsRefStr, Display, EnumString, VariantArray};
use uuid::Uuid;

use super::applicant::Applicant;
use super::event::{Common, Event, Unpublished};
use super::form::Answers;
use super::ids::{ApplicationId, TestSetId, VacancyId, WorkerId};
use super::photo::Photo;
use super::rule::{Recommendation, Rule};
use super::scoring::Outcome;
use super::secret::{Hash, Token};
use super::test_set::TestSet;
use super::vacancy::Vacancy;

/// The stage of an application. Its text is the word in the database and in refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsRefStr, Display, EnumString, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// The address is not confirmed. Managers don't see the application.
    Unconfirmed,
    /// Waits for a manager.
    New,
    /// A test set is assigned, and the candidate has not begun it.
    Invited,
    /// The candidate takes the tests.
    Testing,
    /// The tests are over, and some answers have no score yet.
    Grading,
    /// Scored; waits for a manager's decision.
    Tested,
    /// The candidate is a worker. Final.
    Approved,
    /// Final.
    Declined,
    /// Withdrawn by the candidate, or never confirmed. Final.
    Withdrawn,
}

#[derive(Debug)]
pub struct Application {
    pub id: ApplicationId,
    pub vacancy: VacancyId,
    /// The version of the vacancy when the candidate applied. So are title and rule.
    pub vacancy_version: i64,
    pub vacancy_title: String,
    pub rule: Rule,
    pub state: State,
    /// `None` once erased.
    pub applicant: Option<Applicant>,
    /// The answers to the vacancy's form. Empty once erased.
    pub form: Answers,
    pub submitted_at: DateTime<Utc>,
    /// The hash of the token in the first e-mail. That token also opens the application later.
    pub confirmation: Hash,
    pub confirm_by: DateTime<Utc>,
    pub invitation: Option<Invitation>,
    /// `None` until all answers are scored.
    pub verdict: Option<Verdict>,
    pub decision: Option<Decision>,
    pub erased_at: Option<DateTime<Utc>>,
    pub unpublished: Unpublished,
}

/// An assigned test set, with version and name at the time of the assignment.
#[derive(Debug, Clone)]
pub struct Invitation {
    pub test_set: TestSetId,
    pub test_set_version: i64,
    pub test_set_name: String,
    /// The hash of the token in the personal link.
    pub link: Hash,
    /// Until when the candidate can begin tests.
    pub expires_at: DateTime<Utc>,
}

/// A scored attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub outcome: Outcome,
    pub recommendation: Recommendation,
    /// When the last answer was scored.
    pub at: DateTime<Utc>,
}

/// A manager's decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The worker that the candidate became. `None` if declined.
    pub worker: Option<WorkerId>,
    /// Shown to managers only.
    pub reason: String,
    pub by: Actor,
    pub at: DateTime<Utc>,
}

/// Why a step is refused. The application is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the vacancy is archived")]
    VacancyArchived,
    #[error("{step} is not possible: the application is {state}")]
    NotPossible { step: &'static str, state: State },
    #[error("this link has expired")]
    LinkExpired,
    #[error("this link is not valid")]
    WrongToken,
    /// A decision against the rule, and every decline, needs a reason.
    #[error("a reason is required to decline, or to approve against the vacancy's rule")]
    ReasonNeeded,
}

/// The content of a new application.
#[derive(Debug)]
pub struct Submission<'a> {
    pub vacancy: &'a Vacancy,
    pub applicant: Applicant,
    pub form: Answers,
    /// The token for the first e-mail. It contains the new application's id.
    pub token: Token,
    pub confirm_by: DateTime<Utc>,
}

impl Application {
    pub fn submit(submission: Submission<'_>, now: DateTime<Utc>) -> Result<Self, Refused> {
        let Submission {
            vacancy,
            token,
            confirm_by,
            ..
        } = submission;
        if vacancy.archived {
            return Err(Refused::VacancyArchived);
        }
        let mut application = Self {
            id: token.application(),
            vacancy: vacancy.id,
            vacancy_version: vacancy.version,
            vacancy_title: vacancy.title.clone(),
            rule: vacancy.rule,
            state: State::Unconfirmed,
            applicant: Some(submission.applicant),
            form: submission.form,
            submitted_at: now,
            confirmation: token.hash(),
            confirm_by,
            invitation: None,
            verdict: None,
            decision: None,
            erased_at: None,
            unpublished: Unpublished::default(),
        };
        let common = application.common("applying", application.candidate(), now)?;
        application.unpublished.push(Event::Submitted {
            common,
            token,
            confirm_by,
        });
        Ok(application)
    }

    /// Records that another application came with this one's address.
    pub fn repeat(&mut self, now: DateTime<Utc>) -> Result<(), Refused> {
        let by = Actor {
            role: Role::Anyone,
            id: String::new(),
        };
        let common = self.common("applying again", by, now)?;
        self.unpublished.push(Event::Repeated(common));
        Ok(())
    }

    /// The candidate confirms the address. Returns `false` if it was confirmed before.
    pub fn confirm(&mut self, token: &Token, now: DateTime<Utc>) -> Result<bool, Refused> {
        if !self.confirmation.matches(token) {
            return Err(Refused::WrongToken);
        }
        match self.state {
            State::Unconfirmed if now >= self.confirm_by => Err(Refused::LinkExpired),
            State::Unconfirmed => {
                let common = self.common("confirming", self.candidate(), now)?;
                self.unpublished.push(Event::Confirmed(common));
                self.state = State::New;
                Ok(true)
            }
            State::Withdrawn => Err(Refused::LinkExpired),
            _ => Ok(false),
        }
    }

    /// Checks that a token opens the application: the first e-mail's token or the personal link's.
    pub fn opens(&self, token: &Token) -> Result<(), Refused> {
        let confirmation = self.confirmation.matches(token);
        let personal = self
            .invitation
            .as_ref()
            .is_some_and(|invitation| invitation.link.matches(token));
        if confirmation || personal {
            Ok(())
        } else {
            Err(Refused::WrongToken)
        }
    }

    /// Checks that a token opens the tests: the personal link's, while tests can be taken.
    pub fn opens_tests(&self, token: &Token, now: DateTime<Utc>) -> Result<(), Refused> {
        let invitation = self.invitation.as_ref().ok_or(Refused::WrongToken)?;
        if !invitation.link.matches(token) {
            return Err(Refused::WrongToken);
        }
        match self.state {
            State::Invited if self.link_expired(now) => Err(Refused::LinkExpired),
            State::Invited | State::Testing | State::Grading | State::Tested => Ok(()),
            _ => Err(self.impossible("taking tests")),
        }
    }

    /// Whether it is too late to begin a test.
    pub fn link_expired(&self, now: DateTime<Utc>) -> bool {
        self.invitation
            .as_ref()
            .is_some_and(|invitation| now >= invitation.expires_at)
    }

    /// Checks that a manager may note a contact with the candidate.
    pub fn note_contact(&self) -> Result<(), Refused> {
        match self.state {
            State::Unconfirmed | State::Withdrawn => Err(self.impossible("noting a contact")),
            _ => Ok(()),
        }
    }

    /// A manager assigns a test set, or another one before the candidate begins.
    pub fn assign(
        &mut self,
        test_set: &TestSet,
        token: Token,
        expires_at: DateTime<Utc>,
        by: Actor,
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        if !matches!(self.state, State::New | State::Invited) {
            return Err(self.impossible("assigning tests"));
        }
        let common = self.common("assigning tests", by, now)?;
        let invitation = Invitation {
            test_set: test_set.id,
            test_set_version: test_set.version,
            test_set_name: test_set.name.clone(),
            link: token.hash(),
            expires_at,
        };
        self.invitation = Some(invitation.clone());
        self.unpublished.push(Event::TestSetAssigned {
            common,
            invitation,
            token,
        });
        self.state = State::Invited;
        Ok(())
    }

    /// The candidate begins a test. Returns whether it is the first one.
    pub fn begin(&mut self, now: DateTime<Utc>) -> Result<bool, Refused> {
        match self.state {
            State::Invited => {
                let common = self.common("beginning a test", self.candidate(), now)?;
                self.unpublished.push(Event::TestsStarted(common));
                self.state = State::Testing;
                Ok(true)
            }
            State::Testing => Ok(false),
            _ => Err(self.impossible("beginning a test")),
        }
    }

    /// The last test is over.
    pub fn finish(&mut self) -> Result<(), Refused> {
        if self.state != State::Testing {
            return Err(self.impossible("finishing the tests"));
        }
        self.state = State::Grading;
        Ok(())
    }

    /// Checks that answers can be graded now.
    pub fn may_grade(&self) -> Result<(), Refused> {
        match self.state {
            State::Testing | State::Grading => Ok(()),
            _ => Err(self.impossible("grading")),
        }
    }

    /// Takes the verdict after the last answer was scored by `by`.
    pub fn score(&mut self, verdict: Verdict, by: Actor) -> Result<(), Refused> {
        let (State::Grading, Some(invitation)) = (self.state, &self.invitation) else {
            return Err(self.impossible("scoring"));
        };
        self.unpublished.push(Event::TestsFinished {
            test_set: invitation.test_set,
            common: self.common("scoring", by, verdict.at)?,
            verdict: verdict.clone(),
        });
        self.verdict = Some(verdict);
        self.state = State::Tested;
        Ok(())
    }

    /// A manager approves the candidate. The worker's id is derived from the application's, so that
    /// one application never becomes two workers.
    pub fn approve(
        &mut self,
        by: &Actor,
        reason: &str,
        photo: Option<Photo>,
        now: DateTime<Utc>,
    ) -> Result<WorkerId, Refused> {
        let (State::Tested, Some(verdict)) = (self.state, &self.verdict) else {
            return Err(self.impossible("approving"));
        };
        if !verdict.recommendation.admits() && reason.trim().is_empty() {
            return Err(Refused::ReasonNeeded);
        }
        let worker = WorkerId(Uuid::new_v5(&self.id.0, b"artel worker"));
        self.unpublished.push(Event::Approved {
            common: self.common("approving", by.clone(), now)?,
            worker,
            outcome: verdict.outcome.clone(),
            photo,
        });
        self.decide(Some(worker), by, reason, now);
        self.state = State::Approved;
        Ok(worker)
    }

    /// A manager declines the candidate, who is told `message`.
    pub fn decline(
        &mut self,
        by: &Actor,
        reason: &str,
        message: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        match self.state {
            State::New | State::Invited | State::Testing | State::Grading | State::Tested => {
                if reason.trim().is_empty() {
                    return Err(Refused::ReasonNeeded);
                }
                self.unpublished.push(Event::Declined {
                    common: self.common("declining", by.clone(), now)?,
                    message: message.trim().to_owned(),
                });
                self.decide(None, by, reason, now);
                self.state = State::Declined;
                Ok(())
            }
            _ => Err(self.impossible("declining")),
        }
    }

    /// Erases the personal data, and withdraws an application that is still open. Returns `false`
    /// if the data was erased before.
    ///
    /// An approved application is not erased, because the worker's data belongs to the work.
    pub fn erase(&mut self, now: DateTime<Utc>) -> Result<bool, Refused> {
        match self.state {
            State::Approved => return Err(self.impossible("erasing")),
            _ if self.erased_at.is_some() => return Ok(false),
            State::Declined => {}
            _ => self.state = State::Withdrawn,
        }
        self.applicant = None;
        self.form.clear();
        if let Some(decision) = &mut self.decision {
            // A reason describes the candidate.
            decision.reason.clear();
        }
        self.erased_at = Some(now);
        self.unpublished.push(Event::Erased {
            application: self.id,
            at: now,
        });
        Ok(true)
    }

    /// The candidate, as the actor of their own steps.
    pub fn candidate(&self) -> Actor {
        Actor {
            role: Role::Candidate,
            id: self.id.to_string(),
        }
    }

    fn decide(&mut self, worker: Option<WorkerId>, by: &Actor, reason: &str, at: DateTime<Utc>) {
        self.decision = Some(Decision {
            worker,
            reason: reason.trim().to_owned(),
            by: by.clone(),
            at,
        });
    }

    /// The common part of a step's event. Refuses the step on an erased application.
    fn common(&self, step: &'static str, by: Actor, at: DateTime<Utc>) -> Result<Common, Refused> {
        let applicant = self.applicant.clone().ok_or_else(|| self.impossible(step))?;
        Ok(Common {
            application: self.id,
            vacancy: self.vacancy,
            vacancy_title: self.vacancy_title.clone(),
            applicant,
            by,
            at,
        })
    }

    fn impossible(&self, step: &'static str) -> Refused {
        Refused::NotPossible {
            step,
            state: self.state,
        }
    }
}

#[cfg(test)]
#[path = "application_tests.rs"]
mod tests;
