//! The row of an application.

use chrono::{DateTime, Utc};
use conventions::{Actor, Role};
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::schema::applications;
use super::{corrupt, from_json, to_json};
use crate::domain::applicant::{Age, Applicant, Email, Language, Name};
use crate::domain::application::{Application, Decision, Invitation, Verdict};
use crate::domain::event::Unpublished;
use crate::domain::ids::{ApplicationId, TestSetId, VacancyId, WorkerId};
use crate::domain::secret::Hash;

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = applications, primary_key(application_id))]
#[diesel(treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct ApplicationRow {
    application_id: Uuid,
    vacancy_id: Uuid,
    vacancy_version: i64,
    vacancy_title: String,
    rule: Value,
    state: String,
    person_key: Option<Vec<u8>>,
    name: Option<String>,
    age: Option<i16>,
    email: Option<String>,
    language: Option<String>,
    form: Value,
    submitted_at: DateTime<Utc>,
    confirmation_hash: Vec<u8>,
    confirm_by: DateTime<Utc>,
    test_set_id: Option<Uuid>,
    test_set_version: Option<i64>,
    test_set_name: Option<String>,
    link_hash: Option<Vec<u8>>,
    link_expires_at: Option<DateTime<Utc>>,
    score: Option<i16>,
    recommendation: Option<String>,
    outcome: Option<Value>,
    scored_at: Option<DateTime<Utc>>,
    worker_id: Option<Uuid>,
    decided_by: Option<Uuid>,
    decided_at: Option<DateTime<Utc>>,
    decision_reason: Option<String>,
    erased_at: Option<DateTime<Utc>>,
}

impl ApplicationRow {
    pub(super) fn of(application: &Application) -> QueryResult<Self> {
        let applicant = application.applicant.as_ref();
        let invitation = application.invitation.as_ref();
        let verdict = application.verdict.as_ref();
        let decision = application.decision.as_ref();
        Ok(Self {
            application_id: application.id.0,
            vacancy_id: application.vacancy.0,
            vacancy_version: application.vacancy_version,
            vacancy_title: application.vacancy_title.clone(),
            rule: to_json(&application.rule)?,
            state: application.state.to_string(),
            person_key: applicant.map(|applicant| applicant.email.person().as_bytes().to_vec()),
            name: applicant.map(|applicant| applicant.name.as_str().to_owned()),
            age: applicant.map(|applicant| applicant.age.years().into()),
            email: applicant.map(|applicant| applicant.email.as_str().to_owned()),
            language: applicant.map(|applicant| applicant.language.as_ref().to_owned()),
            form: to_json(&application.form)?,
            submitted_at: application.submitted_at,
            confirmation_hash: application.confirmation.as_bytes().to_vec(),
            confirm_by: application.confirm_by,
            test_set_id: invitation.map(|invitation| invitation.test_set.0),
            test_set_version: invitation.map(|invitation| invitation.test_set_version),
            test_set_name: invitation.map(|invitation| invitation.test_set_name.clone()),
            link_hash: invitation.map(|invitation| invitation.link.as_bytes().to_vec()),
            link_expires_at: invitation.map(|invitation| invitation.expires_at),
            score: verdict.map(|verdict| verdict.outcome.total.value().into()),
            recommendation: verdict.map(|verdict| verdict.recommendation.as_ref().to_owned()),
            outcome: verdict.map(|verdict| to_json(&verdict.outcome)).transpose()?,
            scored_at: verdict.map(|verdict| verdict.at),
            worker_id: decision
                .and_then(|decision| decision.worker)
                .map(|worker| worker.0),
            decided_by: decision
                .map(|decision| decision.by.id.parse())
                .transpose()
                .map_err(corrupt)?,
            decided_at: decision.map(|decision| decision.at),
            decision_reason: decision.map(|decision| decision.reason.clone()),
            erased_at: application.erased_at,
        })
    }

    pub(super) fn into_application(self) -> QueryResult<Application> {
        let (applicant, invitation) = (self.applicant()?, self.invitation()?);
        let (verdict, decision) = (self.verdict()?, self.decision());
        Ok(Application {
            id: ApplicationId(self.application_id),
            vacancy: VacancyId(self.vacancy_id),
            vacancy_version: self.vacancy_version,
            vacancy_title: self.vacancy_title,
            rule: from_json(self.rule)?,
            state: self.state.parse().map_err(corrupt)?,
            applicant,
            form: from_json(self.form)?,
            submitted_at: self.submitted_at,
            confirmation: hash(&self.confirmation_hash)?,
            confirm_by: self.confirm_by,
            invitation,
            verdict,
            decision,
            erased_at: self.erased_at,
            unpublished: Unpublished::default(),
        })
    }

    fn applicant(&self) -> QueryResult<Option<Applicant>> {
        let (Some(name), Some(age), Some(email), Some(language)) =
            (&self.name, self.age, &self.email, &self.language)
        else {
            return Ok(None);
        };
        Ok(Some(Applicant {
            name: Name::parse(name).map_err(corrupt)?,
            age: Age::new(age.into()).map_err(corrupt)?,
            email: Email::parse(email).map_err(corrupt)?,
            language: Language::parse(language).map_err(corrupt)?,
        }))
    }

    fn invitation(&self) -> QueryResult<Option<Invitation>> {
        let (Some(test_set), Some(test_set_version), Some(test_set_name), Some(link), Some(expires_at)) = (
            self.test_set_id,
            self.test_set_version,
            &self.test_set_name,
            &self.link_hash,
            self.link_expires_at,
        ) else {
            return Ok(None);
        };
        Ok(Some(Invitation {
            test_set: TestSetId(test_set),
            test_set_version,
            test_set_name: test_set_name.clone(),
            link: hash(link)?,
            expires_at,
        }))
    }

    fn verdict(&self) -> QueryResult<Option<Verdict>> {
        let (Some(outcome), Some(recommendation), Some(at)) =
            (&self.outcome, &self.recommendation, self.scored_at)
        else {
            return Ok(None);
        };
        Ok(Some(Verdict {
            outcome: from_json(outcome.clone())?,
            recommendation: recommendation.parse().map_err(corrupt)?,
            at,
        }))
    }

    fn decision(&self) -> Option<Decision> {
        Some(Decision {
            worker: self.worker_id.map(WorkerId),
            reason: self.decision_reason.clone()?,
            by: Actor {
                role: Role::Manager,
                id: self.decided_by?.to_string(),
            },
            at: self.decided_at?,
        })
    }
}

fn hash(bytes: &[u8]) -> QueryResult<Hash> {
    Hash::from_slice(bytes).ok_or_else(|| corrupt("token hash"))
}
