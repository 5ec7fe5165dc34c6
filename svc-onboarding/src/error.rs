//! The service's error, and the refusal that a caller gets for it.

use std::time::Duration;

use conventions::page::BadToken;
use service_host::Refusal;
use service_host::database::Failure;

use crate::domain::applicant::Invalid;
use crate::domain::ids::{ApplicationId, TestSetId, VacancyId};
use crate::domain::rate::Exhausted;
use crate::domain::{application, attempt, challenge};

/// Why a call is refused, or fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    PageToken(#[from] BadToken),
    #[error("vacancy {0} is unknown")]
    VacancyNotFound(VacancyId),
    /// The application does not exist, or managers don't see it because it is not confirmed.
    #[error("application {0} is unknown")]
    ApplicationNotFound(ApplicationId),
    #[error("application {0} has no photo")]
    PhotoNotFound(ApplicationId),
    #[error("test set {0} is unknown")]
    TestSetNotFound(TestSetId),
    #[error("test set {0} is archived")]
    TestSetArchived(TestSetId),
    #[error("the vacancy has no test set; name one in the request")]
    NoTestSet,
    #[error("this manager is archived")]
    ManagerArchived,
    #[error(transparent)]
    Application(#[from] application::Refused),
    #[error(transparent)]
    Attempt(#[from] attempt::Refused),
    #[error(transparent)]
    Challenge(#[from] challenge::Refused),
    /// Another application has used the challenge.
    #[error("this challenge was used; get a new one")]
    ChallengeUsed,
    /// One address or network sends too many applications.
    #[error(transparent)]
    TooManyApplications(Exhausted),
    /// One address sends too many public calls.
    #[error(transparent)]
    TooManyCalls(Exhausted),
    /// All public callers together send too many calls.
    #[error("too many callers at once; try again in a few seconds")]
    QueueFull,
    #[error("the database failed")]
    Database(#[from] diesel::result::Error),
    #[error(transparent)]
    Host(#[from] Refusal),
}

impl Failure for Error {
    fn database(&self) -> Option<&diesel::result::Error> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::Invalid(invalid) => Self::invalid(invalid.field, invalid.rule),
            Error::PageToken(error) => error.into(),
            Error::VacancyNotFound(_) => Self::not_found("VACANCY_NOT_FOUND", text),
            Error::ApplicationNotFound(_) => Self::not_found("APPLICATION_NOT_FOUND", text),
            Error::PhotoNotFound(_) => Self::not_found("PHOTO_NOT_FOUND", text),
            Error::TestSetNotFound(_) => Self::not_found("TEST_SET_NOT_FOUND", text),
            Error::TestSetArchived(_) => Self::precondition("TEST_SET_ARCHIVED", text),
            Error::NoTestSet => Self::precondition("NO_TEST_SET", text),
            Error::ManagerArchived => Self::denied("MANAGER_ARCHIVED", text),
            Error::Application(refused) => of_application(&refused, text),
            Error::Attempt(refused) => of_attempt(&refused, text),
            Error::Challenge(refused) => Self::precondition(of_challenge(refused), text),
            Error::ChallengeUsed => Self::precondition("CHALLENGE_USED", text),
            Error::TooManyApplications(exhausted) => {
                Self::exhausted("TOO_MANY_APPLICATIONS", text).retry_after(pause(exhausted))
            }
            Error::TooManyCalls(exhausted) => {
                Self::exhausted("TOO_MANY_CALLS", text).retry_after(pause(exhausted))
            }
            Error::QueueFull => Self::exhausted("QUEUE_FULL", text).retry_after(Duration::from_secs(3)),
            Error::Database(source) => source.into(),
            Error::Host(refusal) => refusal,
        }
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        Refusal::from(error).into()
    }
}

fn pause(exhausted: Exhausted) -> Duration {
    exhausted.retry_after.to_std().unwrap_or(Duration::from_secs(1))
}

fn of_application(refused: &application::Refused, text: String) -> Refusal {
    match refused {
        application::Refused::VacancyArchived => Refusal::precondition("VACANCY_ARCHIVED", text),
        application::Refused::NotPossible { state, .. } => {
            Refusal::precondition("APPLICATION_STATE", text).with("state", state.as_ref())
        }
        application::Refused::LinkExpired => Refusal::precondition("LINK_EXPIRED", text),
        application::Refused::WrongToken => Refusal::denied("LINK_INVALID", text),
        application::Refused::ReasonNeeded => Refusal::precondition("REASON_NEEDED", text),
    }
}

fn of_attempt(refused: &attempt::Refused, text: String) -> Refusal {
    match refused {
        attempt::Refused::AllTaken => Refusal::precondition("ALL_TESTS_TAKEN", text),
        attempt::Refused::NotBegun => Refusal::precondition("TEST_NOT_BEGUN", text),
        attempt::Refused::TimeIsUp => Refusal::precondition("TIME_IS_UP", text),
        attempt::Refused::NotAsked => Refusal::precondition("TASK_NOT_ASKED", text),
        attempt::Refused::AnswerStays => Refusal::precondition("ANSWER_STAYS", text),
        attempt::Refused::InvalidAnswer(_) => Refusal::invalid("answer", text),
        attempt::Refused::NothingToGrade => Refusal::precondition("NOTHING_TO_GRADE", text),
    }
}

fn of_challenge(refused: challenge::Refused) -> &'static str {
    match refused {
        challenge::Refused::Forged => "CHALLENGE_FORGED",
        challenge::Refused::Expired => "CHALLENGE_EXPIRED",
        challenge::Refused::NotSolved => "CHALLENGE_NOT_SOLVED",
    }
}
