use conventions::page::Page;
use diesel_async::AsyncPgConnection;
use money::Money;
use orders_contract::v1 as pb;
use service_host::{Caller, Database};
use tonic::Request;

use super::convert;
use crate::domain::id::{ClientId, ServiceTypeId};
use crate::domain::order::Refused;
use crate::domain::pricing::Formula;
use crate::domain::service_type::ServiceType;
use crate::error::{Error, Thing};
use crate::{store, wire};

/// O2: what can be ordered, at about which price.
pub(super) async fn list(
    db: &Database,
    formula: Formula,
    request: Request<pb::ListOfferingsRequest>,
) -> Result<pb::ListOfferingsResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let page = Page::read("offerings", request.page_size, &request.page_token)?;
    let mut conn = db.connection().await?;
    let paid = paid_so_far(&mut conn, &request.client_id).await?;
    let mut services = store::service_types::list_active(&mut conn, page.after, page.limit()).await?;
    let next_page_token = page.cut("offerings", &mut services, |service| service.id.0);
    let offerings = services.iter().map(|service| offering(formula, service, paid));
    Ok(pb::ListOfferingsResponse {
        offerings: offerings.collect::<Result<_, _>>()?,
        next_page_token,
    })
}

/// O2: what one service would about cost, and whether somebody is free.
pub(super) async fn quote(
    db: &Database,
    formula: Formula,
    request: Request<pb::QuoteOrderRequest>,
) -> Result<pb::QuoteOrderResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let id = ServiceTypeId(wire::to_uuid("service_type_id", &request.service_type_id)?);
    let mut conn = db.connection().await?;
    let paid = paid_so_far(&mut conn, &request.client_id).await?;
    let service = store::service_types::newest(&mut conn, id)
        .await?
        .ok_or(Error::NotFound(Thing::ServiceType))?;
    if !service.active {
        return Err(Refused::ServiceTypeNotActive.into());
    }
    let worker_free = match &request.slot {
        None => false,
        slot => store::pool::somebody_free(&mut conn, wire::to_slot(slot.as_ref())?).await?,
    };
    Ok(pb::QuoteOrderResponse {
        offering: Some(offering(formula, &service, paid)?),
        worker_free,
    })
}

fn offering(formula: Formula, service: &ServiceType, paid: Option<Money>) -> Result<pb::Offering, Error> {
    let paid = paid.unwrap_or(Money::zero(service.base_price.currency()));
    Ok(convert::offering(service, formula(service.base_price, paid)?))
}

async fn paid_so_far(conn: &mut AsyncPgConnection, client: &str) -> Result<Option<Money>, Error> {
    let id = ClientId(wire::to_uuid("client_id", client)?);
    store::clients::find(conn, id)
        .await?
        .ok_or(Error::NotFound(Thing::Client))?;
    Ok(store::balances::find(conn, id.0)
        .await?
        .map(|balance| balance.paid))
}
