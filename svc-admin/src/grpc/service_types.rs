//! Service types.

use admin_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, convert, pages};
use crate::domain::Entry;
use crate::domain::service_type::ServiceType;
use crate::error::Error;
use crate::store::entries;
use crate::{catalogue, clock};

pub(super) async fn create(
    api: &Api,
    request: Request<pb::CreateServiceTypeRequest>,
) -> Result<pb::CreateServiceTypeResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let body = convert::service_type::read(request.service_type.clone())?.check(api.currency)?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let by = convert::caller(&caller);
            let entry = catalogue::create(conn, body.clone(), by, now).await?;
            Ok(pb::CreateServiceTypeResponse {
                service_type: Some(convert::service_type::state(&entry)),
            })
        },
    );
    Ok(reply.await?)
}

pub(super) async fn update(
    api: &Api,
    request: Request<pb::UpdateServiceTypeRequest>,
) -> Result<pb::UpdateServiceTypeResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let id = convert::id("service_type_id", &request.service_type_id)?;
    let body = convert::service_type::read(request.service_type.clone())?.check(api.currency)?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let by = convert::caller(&caller);
            let entry = catalogue::update(conn, id, request.expected_version, body.clone(), by, now).await?;
            Ok(pb::UpdateServiceTypeResponse {
                service_type: Some(convert::service_type::state(&entry)),
            })
        },
    );
    Ok(reply.await?)
}

pub(super) async fn archive(
    api: &Api,
    request: Request<pb::ArchiveServiceTypeRequest>,
) -> Result<pb::ArchiveServiceTypeResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let id = convert::id("service_type_id", &request.service_type_id)?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let by = convert::caller(&caller);
            let entry = catalogue::set_archived::<ServiceType>(conn, id, !request.restore, by, now).await?;
            Ok(pb::ArchiveServiceTypeResponse {
                service_type: Some(convert::service_type::state(&entry)),
            })
        },
    );
    Ok(reply.await?)
}

pub(super) async fn get(
    api: &Api,
    request: Request<pb::GetServiceTypeRequest>,
) -> Result<pb::GetServiceTypeResponse, Error> {
    let request = request.into_inner();
    let id = convert::id("service_type_id", &request.service_type_id)?;
    let mut conn = api.db.connection().await?;
    let entry = entries::find::<ServiceType>(&mut conn, id, request.version).await?;
    let entry = entry.ok_or(Error::NoEntry(ServiceType::KIND, id))?;
    Ok(pb::GetServiceTypeResponse {
        service_type: Some(convert::service_type::state(&entry)),
    })
}

pub(super) async fn list(
    api: &Api,
    request: Request<pb::ListServiceTypesRequest>,
) -> Result<pb::ListServiceTypesResponse, Error> {
    let request = request.into_inner();
    let list = format!("service_types/{}", request.include_archived);
    let page = pages::read(&list, request.page_size, &request.page_token)?;
    let mut conn = api.db.connection().await?;
    let mut rows =
        entries::list::<ServiceType>(&mut conn, request.include_archived, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |entry| (entry.created_at, entry.id));
    Ok(pb::ListServiceTypesResponse {
        service_types: rows.iter().map(convert::service_type::state).collect(),
        next_page_token,
    })
}
