use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;
use uuid::Uuid;

use super::{Api, convert, manager};
use crate::domain::application::{Application, Invitation};
use crate::domain::attempt::Attempt;
use crate::domain::happened::Happened;
use crate::domain::secret::Token;
use crate::domain::test_set::TestSet;
use crate::domain::variant;
use crate::error::Error;
use crate::store;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::AssignTestSetRequest>,
) -> Result<pb::AssignTestSetResponse, Error> {
    let now = api.clock.now();
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = convert::id("application_id", &request.application_id)?;
    let given = convert::optional_id("test_set_id", &request.test_set_id)?;
    let expires_at = now + TimeDelta::from_std(api.hiring.link_lifetime).unwrap_or(TimeDelta::MAX);
    let assign = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let mut application = manager::application(conn, &caller, id).await?;
        let test_set = choose(conn, &application, given).await?;
        let token = invite(&mut application, &test_set, expires_at)?;
        save(conn, &application, test_set, token, &caller, now).await?;
        Ok(pb::AssignTestSetResponse {
            assignment: application.invitation.as_ref().map(convert::assignment),
        })
    };
    Ok(command(&api.db, &caller, &request, assign).await?)
}

/// The set that was named, or the candidate's variant of the vacancy's.
async fn choose(
    conn: &mut AsyncPgConnection,
    application: &Application,
    given: Option<Uuid>,
) -> Result<TestSet, Error> {
    let id = if let Some(id) = given {
        id
    } else {
        let vacancy = store::catalogue::vacancy(conn, application.vacancy)
            .await?
            .ok_or(Error::VacancyNotFound(application.vacancy))?;
        variant::choose(&vacancy.variants, vacancy.id, application.id)
            .ok_or(Error::NoTestSet)?
            .test_set
    };
    let test_set = store::catalogue::test_set(conn, id)
        .await?
        .ok_or(Error::TestSetNotFound(id))?;
    if test_set.archived {
        return Err(Error::TestSetArchived(id));
    }
    Ok(test_set)
}

fn invite(
    application: &mut Application,
    test_set: &TestSet,
    expires_at: DateTime<Utc>,
) -> Result<Token, Error> {
    let token = Token::new(application.id, rand::random());
    application
        .invite(Invitation {
            test_set: test_set.id,
            test_set_version: test_set.version,
            test_set_name: test_set.name.clone(),
            link: token.hash(),
            expires_at,
        })
        .map_err(Error::Application)?;
    Ok(token)
}

async fn save(
    conn: &mut AsyncPgConnection,
    application: &Application,
    test_set: TestSet,
    token: Token,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let happened = Happened::Invited { token };
    store::applications::save(conn, application, &caller.actor(), now, Some(&happened)).await?;
    store::attempts::replace(conn, &Attempt::new(application.id, test_set)).await?;
    Ok(())
}
