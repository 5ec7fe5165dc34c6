use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command, field};
use tonic::Request;

use super::{Api, convert};
use crate::config::HiringOptions;
use crate::domain::applicant::{Age, Applicant, Email, Language, Name};
use crate::domain::application::{Application, State, Submission};
use crate::domain::challenge;
use crate::domain::form::{self, Answers};
use crate::domain::ids::{ApplicationId, VacancyId};
use crate::domain::photo::Photo;
use crate::domain::rate::Limit;
use crate::domain::secret::Token;
use crate::error::Error;
use crate::gate::Proof;
use crate::store;
use crate::use_cases::erase::forget;

/// How often the insertion is tried. The lock on the person's allowance excludes other applications
/// of the person, so only a decision, an erasure and a confirmation can come between, each at most
/// once.
const ATTEMPTS: usize = 4;

/// The checked fields of a request.
struct Parsed {
    vacancy: VacancyId,
    applicant: Applicant,
    answers: Answers,
    photo: Option<Photo>,
}

/// The cheap checks come first: the database is used only after the fields, the proof of work and
/// the sender's limits were checked.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ApplyRequest>,
) -> Result<pb::ApplyResponse, Error> {
    let now = api.clock.now();
    let sender = api.gate.call(&request, now)?;
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let parsed = parse(&request)?;
    let request_id = field::id("request_id", &request.request_id)?;
    let proof = Proof {
        request: request_id,
        vacancy: parsed.vacancy,
        challenge: &request.challenge,
        nonce: request.nonce,
    };
    let solved = match api.gate.application(sender, proof, now) {
        Ok(solved) => Some(solved),
        // The challenge may have been valid for the first copy of this request. A repeated request
        // gets its first answer (G3); a new one is refused below.
        Err(Error::Challenge(challenge::Refused::Expired)) => None,
        Err(refused) => return Err(refused),
    };
    let _permit = api.gate.enter_lane().await?;
    if let Some(solved) = solved {
        // Outside the transaction, so that the challenge stays used if the application is refused.
        let mut conn = api.db.connection().await?;
        if !store::challenges::mark_used(&mut conn, solved, request_id).await? {
            return Err(Error::ChallengeUsed);
        }
    }
    let submit = async |conn: &mut AsyncPgConnection| {
        if solved.is_none() {
            return Err(challenge::Refused::Expired.into());
        }
        submit(conn, &parsed, &api.hiring, now).await
    };
    Ok(command(&api.db, &caller, &request, submit).await?)
}

fn parse(request: &pb::ApplyRequest) -> Result<Parsed, Error> {
    Ok(Parsed {
        vacancy: field::id("vacancy_id", &request.vacancy_id)?,
        applicant: Applicant {
            name: Name::parse(&request.name)?,
            age: Age::new(request.age)?,
            email: Email::parse(&request.email)?,
            language: Language::parse(&request.language)?,
        },
        answers: convert::form_answers(request.form_answers.clone())?,
        photo: Photo::check(request.photo.clone())?,
    })
}

/// Stores the application. The response is the same if it is not stored, so that the caller learns
/// nothing about the person with this address.
async fn submit(
    conn: &mut AsyncPgConnection,
    parsed: &Parsed,
    hiring: &HiringOptions,
    now: DateTime<Utc>,
) -> Result<pb::ApplyResponse, Error> {
    let lifetime = TimeDelta::from_std(hiring.confirm_within).unwrap_or(TimeDelta::MAX);
    let confirm_by = now + lifetime;
    let vacancy = store::vacancies::find(conn, parsed.vacancy)
        .await?
        .ok_or(Error::VacancyNotFound(parsed.vacancy))?;
    let id = ApplicationId::generate();
    let submission = Submission {
        vacancy: &vacancy,
        applicant: parsed.applicant.clone(),
        form: form::fill(&vacancy.questions, &parsed.answers)?,
        token: Token::new(id, rand::random()),
        confirm_by,
    };
    let application = Application::submit(submission, now)?;
    let emails = Limit {
        burst: hiring.letter_burst,
        interval: TimeDelta::from_std(hiring.letter_interval).unwrap_or(TimeDelta::MAX),
    };
    // Every outcome sends an e-mail, so nothing is done if the person's allowance is used up.
    let person = parsed.applicant.email.person();
    if store::letter_allowances::take(conn, person, emails, now).await? {
        insert(conn, &application, parsed, now).await?;
    } else {
        tracing::info!(
            vacancy.id = %vacancy.id,
            "application ignored: the e-mail allowance of its address is used up"
        );
    }
    Ok(pb::ApplyResponse {
        application_id: id.to_string(),
        confirm_by: Some(convert::timestamp(confirm_by)),
    })
}

/// Inserts the application. It replaces the person's unconfirmed application. If the person has
/// another open application, the person is told about the new one instead.
async fn insert(
    conn: &mut AsyncPgConnection,
    application: &Application,
    parsed: &Parsed,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    for _ in 0..ATTEMPTS {
        if store::applications::insert(conn, application, parsed.photo.as_ref()).await? {
            tracing::info!(
                application.id = %application.id,
                vacancy.id = %application.vacancy,
                "application submitted"
            );
            return Ok(());
        }
        match store::applications::lock_open(conn, parsed.applicant.email.person()).await? {
            // The open application was closed after the insertion failed.
            None => {}
            Some(unconfirmed) if unconfirmed.state == State::Unconfirmed => {
                forget(conn, unconfirmed, now).await?;
            }
            Some(mut open) => {
                open.repeat(now)?;
                tracing::info!(application.id = %open.id, "application repeated");
                store::applications::save(conn, open).await?;
                return Ok(());
            }
        }
    }
    Err(Error::QueueFull)
}
