//! Test sets.

use admin_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;
use uuid::Uuid;

use super::{Api, convert, pages};
use crate::domain::Entry;
use crate::domain::test::Test;
use crate::domain::test_set::{PlacedTest, TestSet};
use crate::error::Error;
use crate::store::entries;
use crate::{catalogue, clock};

pub(super) async fn create(
    api: &Api,
    request: Request<pb::CreateTestSetRequest>,
) -> Result<pb::CreateTestSetResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let draft = request
        .test_set
        .clone()
        .ok_or_else(|| convert::missing("test_set"))?;
    let ids = convert::ids("test_set.test_ids", &draft.test_ids)?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let by = convert::caller(&caller);
            let body = read_tests(conn, draft.name.clone(), &ids).await?;
            let entry = catalogue::create(conn, body, by, now).await?;
            Ok(pb::CreateTestSetResponse {
                test_set: Some(convert::test::set_state(&entry)),
            })
        },
    );
    Ok(reply.await?)
}

pub(super) async fn update(
    api: &Api,
    request: Request<pb::UpdateTestSetRequest>,
) -> Result<pb::UpdateTestSetResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let id = convert::id("test_set_id", &request.test_set_id)?;
    let draft = request
        .test_set
        .clone()
        .ok_or_else(|| convert::missing("test_set"))?;
    let ids = convert::ids("test_set.test_ids", &draft.test_ids)?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let by = convert::caller(&caller);
            let body = read_tests(conn, draft.name.clone(), &ids).await?;
            let entry = catalogue::update(conn, id, request.expected_version, body, by, now).await?;
            Ok(pb::UpdateTestSetResponse {
                test_set: Some(convert::test::set_state(&entry)),
            })
        },
    );
    Ok(reply.await?)
}

pub(super) async fn archive(
    api: &Api,
    request: Request<pb::ArchiveTestSetRequest>,
) -> Result<pb::ArchiveTestSetResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let id = convert::id("test_set_id", &request.test_set_id)?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let by = convert::caller(&caller);
            let entry = catalogue::set_archived::<TestSet>(conn, id, !request.restore, by, now).await?;
            Ok(pb::ArchiveTestSetResponse {
                test_set: Some(convert::test::set_state(&entry)),
            })
        },
    );
    Ok(reply.await?)
}

pub(super) async fn get(
    api: &Api,
    request: Request<pb::GetTestSetRequest>,
) -> Result<pb::GetTestSetResponse, Error> {
    let request = request.into_inner();
    let id = convert::id("test_set_id", &request.test_set_id)?;
    let mut conn = api.db.connection().await?;
    let entry = entries::find::<TestSet>(&mut conn, id, request.version).await?;
    let entry = entry.ok_or(Error::NoEntry(TestSet::KIND, id))?;
    Ok(pb::GetTestSetResponse {
        test_set: Some(convert::test::set_state(&entry)),
    })
}

pub(super) async fn list(
    api: &Api,
    request: Request<pb::ListTestSetsRequest>,
) -> Result<pb::ListTestSetsResponse, Error> {
    let request = request.into_inner();
    let list = format!("test_sets/{}", request.include_archived);
    let page = pages::read(&list, request.page_size, &request.page_token)?;
    let mut conn = api.db.connection().await?;
    let mut rows =
        entries::list::<TestSet>(&mut conn, request.include_archived, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |entry| (entry.created_at, entry.id));
    Ok(pb::ListTestSetsResponse {
        test_sets: rows.iter().map(convert::test::set_state).collect(),
        next_page_token,
    })
}

/// The set of these tests as they are now; every one must be in use.
async fn read_tests(conn: &mut AsyncPgConnection, name: String, ids: &[Uuid]) -> Result<TestSet, Error> {
    let mut tests = Vec::with_capacity(ids.len());
    for (index, id) in ids.iter().enumerate() {
        let test = catalogue::referred::<Test>(conn, format!("test_set.test_ids[{index}]"), *id).await?;
        tests.push(PlacedTest::new(&test));
    }
    Ok(TestSet { name, tests })
}
