//! Events of the domain as messages of the contract.

use conventions::types::{Person, Trait};
use conventions::wire::timestamp;
use messaging::Events;
use onboarding_contract::v1 as pb;

use crate::domain::applicant::Applicant;
use crate::domain::event::{Event, Unpublished};
use crate::domain::scoring::Outcome;

/// A message with the fields that all events except `ApplicationErased` have, and its own fields.
macro_rules! message {
    ($common:ident, $message:ident { $($field:ident: $value:expr),* $(,)? }) => {
        pb::$message {
            application_id: $common.application.to_string(),
            vacancy_id: $common.vacancy.to_string(),
            vacancy_title: $common.vacancy_title.clone(),
            candidate: Some(person(&$common.applicant)),
            at: Some(timestamp($common.at)),
            by: Some((&$common.by).into()),
            $($field: $value),*
        }
    };
}

pub(crate) fn events(unpublished: &Unpublished) -> Events {
    let mut events = Events::none();
    for event in unpublished.as_slice() {
        push(&mut events, event);
    }
    events
}

fn push(events: &mut Events, event: &Event) {
    match event {
        Event::Submitted {
            common,
            token,
            confirm_by,
        } => events.push(&message!(
            common,
            ApplicationSubmitted {
                confirmation_token: token.reveal(),
                expires_at: Some(timestamp(*confirm_by)),
            }
        )),
        Event::Repeated(common) => events.push(&message!(common, ApplicationRepeated {})),
        Event::Confirmed(common) => events.push(&message!(common, ApplicationConfirmed {})),
        Event::TestSetAssigned {
            common,
            invitation,
            token,
        } => events.push(&message!(
            common,
            TestSetAssigned {
                test_set_id: invitation.test_set.to_string(),
                test_set_version: invitation.test_set_version,
                test_set_name: invitation.test_set_name.clone(),
                personal_token: token.reveal(),
                expires_at: Some(timestamp(invitation.expires_at)),
            }
        )),
        Event::TestsStarted(common) => events.push(&message!(common, TestsStarted {})),
        Event::TestsFinished {
            common,
            test_set,
            verdict,
        } => events.push(&message!(
            common,
            TestsFinished {
                test_set_id: test_set.to_string(),
                score: verdict.outcome.total.value().into(),
                traits: traits(&verdict.outcome),
                recommended: verdict.recommendation.admits(),
            }
        )),
        Event::Approved {
            common,
            worker,
            outcome,
            photo,
        } => events.push(&message!(
            common,
            ApplicationApproved {
                worker_id: worker.to_string(),
                age: common.applicant.age.years().into(),
                traits: traits(outcome),
                photo: photo
                    .as_ref()
                    .map(|photo| photo.bytes.clone())
                    .unwrap_or_default(),
            }
        )),
        Event::Declined { common, message } => events.push(&message!(
            common,
            ApplicationDeclined {
                message: message.clone(),
            }
        )),
        Event::Erased { application, at } => events.push(&pb::ApplicationErased {
            application_id: application.to_string(),
            at: Some(timestamp(*at)),
        }),
    }
}

pub(crate) fn person(applicant: &Applicant) -> Person {
    Person {
        name: applicant.name.as_str().to_owned(),
        email: applicant.email.as_str().to_owned(),
        language: applicant.language.as_ref().to_owned(),
    }
}

pub(crate) fn traits(outcome: &Outcome) -> Vec<Trait> {
    outcome
        .traits
        .iter()
        .map(|(name, score)| Trait {
            name: name.clone(),
            score: score.value().into(),
        })
        .collect()
}
