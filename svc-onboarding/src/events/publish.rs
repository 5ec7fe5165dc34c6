//! What happened → the event that others read.

use chrono::{DateTime, Utc};
use conventions::types::{Actor, Person, Trait};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;

use crate::domain::applicant::Applicant;
use crate::domain::application::Application;
use crate::domain::happened::Happened;
use crate::domain::photo::Photo;
use crate::domain::scoring::Outcome;
use crate::domain::secret::Token;
use crate::grpc::convert::timestamp;
use crate::store::corrupt;

/// What most events begin with.
struct Common {
    application_id: String,
    vacancy_id: String,
    vacancy_title: String,
    candidate: Option<Person>,
    at: Option<prost_types::Timestamp>,
    by: Option<Actor>,
}

/// Publishes what happened to an application, in the transaction that saves it.
pub(crate) async fn publish(
    conn: &mut AsyncPgConnection,
    application: &Application,
    by: &Actor,
    at: DateTime<Utc>,
    happened: &Happened,
) -> QueryResult<()> {
    if matches!(happened, Happened::Erased) {
        let event = pb::ApplicationErased {
            application_id: application.id.to_string(),
            at: Some(timestamp(at)),
        };
        return messaging::publish(conn, &event).await;
    }
    let applicant = application
        .applicant
        .as_ref()
        .ok_or_else(|| corrupt("something happened to an erased application"))?;
    let common = Common {
        application_id: application.id.to_string(),
        vacancy_id: application.vacancy.to_string(),
        vacancy_title: application.vacancy_title.clone(),
        candidate: Some(person(applicant)),
        at: Some(timestamp(at)),
        by: Some(by.clone()),
    };
    match happened {
        Happened::Submitted { token } => {
            messaging::publish(conn, &submitted(application, common, token)).await
        }
        Happened::Repeated => messaging::publish(conn, &repeated(common)).await,
        Happened::Confirmed => messaging::publish(conn, &confirmed(common)).await,
        Happened::Invited { token } => messaging::publish(conn, &invited(application, common, token)?).await,
        Happened::Started => messaging::publish(conn, &started(common)).await,
        Happened::Scored => messaging::publish(conn, &scored(application, common)?).await,
        Happened::Approved { photo } => {
            let event = approved(application, applicant, common, photo.as_ref())?;
            messaging::publish(conn, &event).await
        }
        Happened::Declined { message } => messaging::publish(conn, &declined(common, message)).await,
        Happened::Erased => Ok(()),
    }
}

fn submitted(application: &Application, common: Common, token: &Token) -> pb::ApplicationSubmitted {
    pb::ApplicationSubmitted {
        application_id: common.application_id,
        vacancy_id: common.vacancy_id,
        vacancy_title: common.vacancy_title,
        candidate: common.candidate,
        at: common.at,
        by: common.by,
        confirmation_token: token.reveal(),
        expires_at: Some(timestamp(application.confirm_by)),
    }
}

fn repeated(common: Common) -> pb::ApplicationRepeated {
    pb::ApplicationRepeated {
        application_id: common.application_id,
        vacancy_id: common.vacancy_id,
        vacancy_title: common.vacancy_title,
        candidate: common.candidate,
        at: common.at,
        by: common.by,
    }
}

fn confirmed(common: Common) -> pb::ApplicationConfirmed {
    pb::ApplicationConfirmed {
        application_id: common.application_id,
        vacancy_id: common.vacancy_id,
        vacancy_title: common.vacancy_title,
        candidate: common.candidate,
        at: common.at,
        by: common.by,
    }
}

fn invited(application: &Application, common: Common, token: &Token) -> QueryResult<pb::TestSetAssigned> {
    let invitation = application
        .invitation
        .as_ref()
        .ok_or_else(|| corrupt("no invitation"))?;
    Ok(pb::TestSetAssigned {
        application_id: common.application_id,
        vacancy_id: common.vacancy_id,
        vacancy_title: common.vacancy_title,
        candidate: common.candidate,
        at: common.at,
        by: common.by,
        test_set_id: invitation.test_set.to_string(),
        test_set_version: invitation.test_set_version,
        test_set_name: invitation.test_set_name.clone(),
        personal_token: token.reveal(),
        expires_at: Some(timestamp(invitation.expires_at)),
    })
}

fn started(common: Common) -> pb::TestsStarted {
    pb::TestsStarted {
        application_id: common.application_id,
        vacancy_id: common.vacancy_id,
        vacancy_title: common.vacancy_title,
        candidate: common.candidate,
        at: common.at,
        by: common.by,
    }
}

fn scored(application: &Application, common: Common) -> QueryResult<pb::TestsFinished> {
    let verdict = application
        .verdict
        .as_ref()
        .ok_or_else(|| corrupt("no verdict"))?;
    let invitation = application
        .invitation
        .as_ref()
        .ok_or_else(|| corrupt("no invitation"))?;
    Ok(pb::TestsFinished {
        application_id: common.application_id,
        vacancy_id: common.vacancy_id,
        vacancy_title: common.vacancy_title,
        candidate: common.candidate,
        at: common.at,
        by: common.by,
        test_set_id: invitation.test_set.to_string(),
        score: verdict.outcome.total.value().into(),
        traits: traits(&verdict.outcome),
        recommended: verdict.recommendation.admits(),
    })
}

fn approved(
    application: &Application,
    applicant: &Applicant,
    common: Common,
    photo: Option<&Photo>,
) -> QueryResult<pb::ApplicationApproved> {
    let verdict = application
        .verdict
        .as_ref()
        .ok_or_else(|| corrupt("no verdict"))?;
    let worker = application.decision.as_ref().and_then(|decision| decision.worker);
    Ok(pb::ApplicationApproved {
        application_id: common.application_id,
        vacancy_id: common.vacancy_id,
        vacancy_title: common.vacancy_title,
        candidate: common.candidate,
        at: common.at,
        by: common.by,
        worker_id: worker.ok_or_else(|| corrupt("no worker"))?.to_string(),
        age: applicant.age.years().into(),
        traits: traits(&verdict.outcome),
        photo: photo.map(|photo| photo.bytes.clone()).unwrap_or_default(),
    })
}

fn declined(common: Common, message: &str) -> pb::ApplicationDeclined {
    pb::ApplicationDeclined {
        application_id: common.application_id,
        vacancy_id: common.vacancy_id,
        vacancy_title: common.vacancy_title,
        candidate: common.candidate,
        at: common.at,
        by: common.by,
        message: message.to_owned(),
    }
}

/// Who applies, in the shared form.
pub(crate) fn person(applicant: &Applicant) -> Person {
    Person {
        name: applicant.name.as_str().to_owned(),
        email: applicant.email.as_str().to_owned(),
        language: applicant.language.code().to_owned(),
    }
}

/// Strengths and weaknesses, in the shared form.
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
