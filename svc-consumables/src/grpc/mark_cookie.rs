//! An employee puts the client's cookie into its kit.

use consumables_contract::v1 as pb;
use conventions::Actor;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command, field};
use tonic::Request;

use crate::domain::cookie::Change;
use crate::domain::kit::State;
use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::{cookies, kit_views, kits};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::MarkCookieRequest>,
) -> Result<pb::MarkCookieResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = field::id("kit_id", &request.kit_id)?;
    let now = api.clock.now();
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        staff::employee(conn, &caller).await?;
        let kit = kits::lock(conn, id).await?;
        kit.check_takes_cookie()?;
        let cookie = cookies::lock(conn, kit.order).await?.filter(|_| kit.with_cookie);
        let mut cookie = cookie.ok_or(Error::CookieNotExpected("no cookie belongs into this kit"))?;
        if let Some(placed_in) = cookie.placed_in.filter(|placed_in| *placed_in != id) {
            let others = kits::of_order(conn, kit.order).await?;
            if others
                .iter()
                .any(|other| other.id == placed_in && other.state == State::Issued)
            {
                return Err(Error::CookieNotExpected(
                    "the cookie was issued with an earlier kit",
                ));
            }
        }
        if cookie.placed_in != Some(id) {
            let events = Vec::from_iter(cookie.place_in(id));
            let by = Actor::from(&caller.actor());
            messaging::save(conn, &Change::in_kit(cookie, kit, events, by, now)).await?;
        }
        let view = kit_views::get(conn, id).await?;
        Ok(pb::MarkCookieResponse {
            kit: Some(convert::kit(&view)),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
