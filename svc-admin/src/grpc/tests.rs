//! Tests: an edited test renews every set that it is in.

use admin_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, convert, pages};
use crate::domain::Entry;
use crate::domain::test::Test;
use crate::error::Error;
use crate::store::entries;
use crate::{catalogue, clock};

pub(super) async fn create(
    api: &Api,
    request: Request<pb::CreateTestRequest>,
) -> Result<pb::CreateTestResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let body = convert::test::read(request.test.clone())?.check()?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let by = convert::caller(&caller);
            let entry = catalogue::create(conn, body.clone(), by, now).await?;
            Ok(pb::CreateTestResponse {
                test: Some(convert::test::state(&entry)),
            })
        },
    );
    Ok(reply.await?)
}

pub(super) async fn update(
    api: &Api,
    request: Request<pb::UpdateTestRequest>,
) -> Result<pb::UpdateTestResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let id = convert::id("test_id", &request.test_id)?;
    let body = convert::test::read(request.test.clone())?.check()?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let by = convert::caller(&caller);
            let entry =
                catalogue::update(conn, id, request.expected_version, body.clone(), by.clone(), now).await?;
            catalogue::renew_sets(conn, &entry, &by, now).await?;
            Ok(pb::UpdateTestResponse {
                test: Some(convert::test::state(&entry)),
            })
        },
    );
    Ok(reply.await?)
}

pub(super) async fn archive(
    api: &Api,
    request: Request<pb::ArchiveTestRequest>,
) -> Result<pb::ArchiveTestResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let id = convert::id("test_id", &request.test_id)?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let by = convert::caller(&caller);
            let entry = catalogue::set_archived::<Test>(conn, id, !request.restore, by, now).await?;
            Ok(pb::ArchiveTestResponse {
                test: Some(convert::test::state(&entry)),
            })
        },
    );
    Ok(reply.await?)
}

pub(super) async fn get(
    api: &Api,
    request: Request<pb::GetTestRequest>,
) -> Result<pb::GetTestResponse, Error> {
    let request = request.into_inner();
    let id = convert::id("test_id", &request.test_id)?;
    let mut conn = api.db.connection().await?;
    let entry = entries::find::<Test>(&mut conn, id, request.version).await?;
    let entry = entry.ok_or(Error::NoEntry(Test::KIND, id))?;
    Ok(pb::GetTestResponse {
        test: Some(convert::test::state(&entry)),
    })
}

pub(super) async fn list(
    api: &Api,
    request: Request<pb::ListTestsRequest>,
) -> Result<pb::ListTestsResponse, Error> {
    let request = request.into_inner();
    let list = format!("tests/{}", request.include_archived);
    let page = pages::read(&list, request.page_size, &request.page_token)?;
    let mut conn = api.db.connection().await?;
    let mut rows =
        entries::list::<Test>(&mut conn, request.include_archived, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |entry| (entry.created_at, entry.id));
    Ok(pb::ListTestsResponse {
        tests: rows.iter().map(convert::test::state).collect(),
        next_page_token,
    })
}
