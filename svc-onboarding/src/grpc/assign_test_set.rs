use chrono::TimeDelta;
use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command, field};
use tonic::Request;

use super::{Api, convert, manager};
use crate::domain::application::Application;
use crate::domain::attempt::Attempt;
use crate::domain::ids::TestSetId;
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
    let id = field::id("application_id", &request.application_id)?;
    let requested = field::optional_id("test_set_id", &request.test_set_id)?;
    let expires_at = now + TimeDelta::from_std(api.hiring.link_lifetime).unwrap_or(TimeDelta::MAX);
    let assign = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let (by, mut application) = manager::lock(conn, &caller, id).await?;
        let test_set = choose(conn, &application, requested).await?;
        let token = Token::new(id, rand::random());
        application.assign(&test_set, token, expires_at, by, now)?;
        let assignment = application.invitation.as_ref().map(convert::assignment);
        store::applications::save(conn, application).await?;
        store::attempts::replace(conn, &Attempt::new(id, test_set)).await?;
        Ok(pb::AssignTestSetResponse { assignment })
    };
    Ok(command(&api.db, &caller, &request, assign).await?)
}

/// The requested test set, or the candidate's variant among the vacancy's test sets.
async fn choose(
    conn: &mut AsyncPgConnection,
    application: &Application,
    requested: Option<TestSetId>,
) -> Result<TestSet, Error> {
    let id = if let Some(id) = requested {
        id
    } else {
        let vacancy = store::vacancies::find(conn, application.vacancy)
            .await?
            .ok_or(Error::VacancyNotFound(application.vacancy))?;
        variant::choose(&vacancy.variants, vacancy.id, application.id)
            .ok_or(Error::NoTestSet)?
            .test_set
    };
    let test_set = store::test_sets::find(conn, id)
        .await?
        .ok_or(Error::TestSetNotFound(id))?;
    if test_set.archived {
        return Err(Error::TestSetArchived(id));
    }
    Ok(test_set)
}
