use conventions::page::Page;
use diesel_async::AsyncPgConnection;
use money::Money;
use orders_contract::v1 as pb;
use service_host::{Caller, field};
use tonic::Request;

use super::{Api, convert};
use crate::domain::ids::ClientId;
use crate::domain::service_type::ServiceType;
use crate::{Error, store};

/// Lists the services that can be ordered, with approximate prices for this client (O2).
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListOfferingsRequest>,
) -> Result<pb::ListOfferingsResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let page = Page::read("offerings", request.page_size, &request.page_token)?;
    let mut conn = api.db.connection().await?;
    let paid = paid_so_far(&mut conn, &request.client_id).await?;
    let mut services = store::service_types::list_active(&mut conn, page.after, page.limit()).await?;
    let next_page_token = page.cut("offerings", &mut services, |service| service.id.0);
    let offerings = services.iter().map(|service| offering(api, service, paid));
    Ok(pb::ListOfferingsResponse {
        offerings: offerings.collect::<Result<_, _>>()?,
        next_page_token,
    })
}

pub(super) fn offering(api: &Api, service: &ServiceType, paid: Option<Money>) -> Result<pb::Offering, Error> {
    let paid = paid.unwrap_or(Money::zero(service.base_price.currency()));
    Ok(convert::offering(
        service,
        (api.matcher.rules().formula)(service.base_price, paid)?,
    ))
}

pub(super) async fn paid_so_far(conn: &mut AsyncPgConnection, client: &str) -> Result<Option<Money>, Error> {
    let id: ClientId = field::id("client_id", client)?;
    store::clients::get(conn, id).await?;
    Ok(store::balances::find(conn, id.0)
        .await?
        .map(|balance| balance.paid))
}
