//! Managers.

use admin_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, convert, pages};
use crate::domain::Entry;
use crate::domain::manager::Manager;
use crate::error::Error;
use crate::store::entries;
use crate::{catalogue, clock};

pub(super) async fn create(
    api: &Api,
    request: Request<pb::CreateManagerRequest>,
) -> Result<pb::CreateManagerResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let body = convert::manager::read(request.manager.clone())?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let by = convert::caller(&caller);
            let entry = catalogue::create(conn, body.clone(), by, now).await?;
            Ok(pb::CreateManagerResponse {
                manager: Some(convert::manager::state(&entry)),
            })
        },
    );
    Ok(reply.await?)
}

pub(super) async fn update(
    api: &Api,
    request: Request<pb::UpdateManagerRequest>,
) -> Result<pb::UpdateManagerResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let id = convert::id("manager_id", &request.manager_id)?;
    let body = convert::manager::read(request.manager.clone())?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let by = convert::caller(&caller);
            let expected = request.expected_version;
            let entry = catalogue::update_manager(conn, id, expected, body.clone(), by, now).await?;
            Ok(pb::UpdateManagerResponse {
                manager: Some(convert::manager::state(&entry)),
            })
        },
    );
    Ok(reply.await?)
}

pub(super) async fn archive(
    api: &Api,
    request: Request<pb::ArchiveManagerRequest>,
) -> Result<pb::ArchiveManagerResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let id = convert::id("manager_id", &request.manager_id)?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let by = convert::caller(&caller);
            let entry = catalogue::set_manager_archived(conn, id, !request.restore, by, now).await?;
            Ok(pb::ArchiveManagerResponse {
                manager: Some(convert::manager::state(&entry)),
            })
        },
    );
    Ok(reply.await?)
}

pub(super) async fn get(
    api: &Api,
    request: Request<pb::GetManagerRequest>,
) -> Result<pb::GetManagerResponse, Error> {
    let request = request.into_inner();
    let id = convert::id("manager_id", &request.manager_id)?;
    let mut conn = api.db.connection().await?;
    let entry = entries::find::<Manager>(&mut conn, id, request.version).await?;
    let entry = entry.ok_or(Error::NoEntry(Manager::KIND, id))?;
    Ok(pb::GetManagerResponse {
        manager: Some(convert::manager::state(&entry)),
    })
}

pub(super) async fn list(
    api: &Api,
    request: Request<pb::ListManagersRequest>,
) -> Result<pb::ListManagersResponse, Error> {
    let request = request.into_inner();
    let list = format!("managers/{}", request.include_archived);
    let page = pages::read(&list, request.page_size, &request.page_token)?;
    let mut conn = api.db.connection().await?;
    let mut rows =
        entries::list::<Manager>(&mut conn, request.include_archived, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |entry| (entry.created_at, entry.id));
    Ok(pb::ListManagersResponse {
        managers: rows.iter().map(convert::manager::state).collect(),
        next_page_token,
    })
}
