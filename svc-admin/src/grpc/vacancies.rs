//! Vacancies.

use admin_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, convert, pages};
use crate::domain::test_set::TestSet;
use crate::domain::vacancy::Vacancy;
use crate::domain::{Entry, Invalid};
use crate::error::Error;
use crate::store::{entries, hypotheses};
use crate::{catalogue, clock};

pub(super) async fn create(
    api: &Api,
    request: Request<pb::CreateVacancyRequest>,
) -> Result<pb::CreateVacancyResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let body = convert::vacancy::read(request.vacancy.clone())?.check()?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let by = convert::caller(&caller);
            check_variants(conn, &body).await?;
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
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let id = convert::id("vacancy_id", &request.vacancy_id)?;
    let body = convert::vacancy::read(request.vacancy.clone())?.check()?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let by = convert::caller(&caller);
            check_variants(conn, &body).await?;
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
    let (caller, now) = (Caller::of(&request)?, clock::now());
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
    let entry = entry.ok_or(Error::NoEntry(Vacancy::KIND, id))?;
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

/// Every variant must be a test set in use, and test a hypothesis that is on the board, if any.
async fn check_variants(conn: &mut AsyncPgConnection, body: &Vacancy) -> Result<(), Error> {
    for (index, variant) in body.variants.iter().enumerate() {
        let field = format!("vacancy.variants[{index}]");
        catalogue::referred::<TestSet>(conn, format!("{field}.test_set_id"), variant.test_set_id).await?;
        if let Some(id) = hypotheses::unknown(conn, variant.hypothesis_id.as_slice()).await? {
            let field = format!("{field}.hypothesis_id");
            return Err(Invalid::new(field, format!("there is no hypothesis {id}")).into());
        }
    }
    Ok(())
}
