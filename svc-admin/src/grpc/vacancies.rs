//! Vacancies.

use admin_contract::v1 as pb;
use chrono::Utc;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, convert, pages};
use crate::catalogue;
use crate::domain::{test_set::TestSet, vacancy::Vacancy};
use crate::error::Error;
use crate::store::entries;

pub(super) async fn create(
    api: &Api,
    request: Request<pb::CreateVacancyRequest>,
) -> Result<pb::CreateVacancyResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, Utc::now());
    let request = request.into_inner();
    let body = convert::vacancy::read(request.vacancy.clone())?.check()?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let by = convert::caller(&caller);
            referred_sets(conn, &body).await?;
            let entry = catalogue::create(conn, body.clone(), by, now).await?;
            Ok(pb::CreateVacancyResponse {
                vacancy: Some(convert::vacancy::state(&entry)),
            })
        },
    );
    Ok(reply.await?)
}

pub(super) async fn update(
    api: &Api,
    request: Request<pb::UpdateVacancyRequest>,
) -> Result<pb::UpdateVacancyResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, Utc::now());
    let request = request.into_inner();
    let id = convert::id("vacancy_id", &request.vacancy_id)?;
    let body = convert::vacancy::read(request.vacancy.clone())?.check()?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let by = convert::caller(&caller);
            referred_sets(conn, &body).await?;
            let entry = catalogue::update(conn, id, request.expected_version, body.clone(), by, now).await?;
            Ok(pb::UpdateVacancyResponse {
                vacancy: Some(convert::vacancy::state(&entry)),
            })
        },
    );
    Ok(reply.await?)
}

pub(super) async fn archive(
    api: &Api,
    request: Request<pb::ArchiveVacancyRequest>,
) -> Result<pb::ArchiveVacancyResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, Utc::now());
    let request = request.into_inner();
    let id = convert::id("vacancy_id", &request.vacancy_id)?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let by = convert::caller(&caller);
            let entry = catalogue::set_archived::<Vacancy>(conn, id, !request.restore, by, now).await?;
            Ok(pb::ArchiveVacancyResponse {
                vacancy: Some(convert::vacancy::state(&entry)),
            })
        },
    );
    Ok(reply.await?)
}

pub(super) async fn get(
    api: &Api,
    request: Request<pb::GetVacancyRequest>,
) -> Result<pb::GetVacancyResponse, Error> {
    let request = request.into_inner();
    let id = convert::id("vacancy_id", &request.vacancy_id)?;
    let mut conn = api.db.connection().await?;
    let entry = entries::find::<Vacancy>(&mut conn, id, request.version).await?;
    let entry = entry.ok_or(Error::NoEntry(<Vacancy as crate::domain::Entry>::KIND, id))?;
    Ok(pb::GetVacancyResponse {
        vacancy: Some(convert::vacancy::state(&entry)),
    })
}

pub(super) async fn list(
    api: &Api,
    request: Request<pb::ListVacanciesRequest>,
) -> Result<pb::ListVacanciesResponse, Error> {
    let request = request.into_inner();
    let list = format!("vacancies/{}", request.include_archived);
    let page = pages::read(&list, request.page_size, &request.page_token)?;
    let mut conn = api.db.connection().await?;
    let mut rows =
        entries::list::<Vacancy>(&mut conn, request.include_archived, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |entry| (entry.created_at, entry.id));
    Ok(pb::ListVacanciesResponse {
        vacancies: rows.iter().map(convert::vacancy::state).collect(),
        next_page_token,
    })
}

/// Every variant must be a test set in use.
async fn referred_sets(conn: &mut AsyncPgConnection, body: &Vacancy) -> Result<(), Error> {
    for (index, variant) in body.variants.iter().enumerate() {
        let field = format!("vacancy.variants[{index}].test_set_id");
        catalogue::referred::<TestSet>(conn, field, variant.test_set_id).await?;
    }
    Ok(())
}
