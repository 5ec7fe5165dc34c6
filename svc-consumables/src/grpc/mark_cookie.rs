//! The client's cookie goes into its kit.

use chrono::Utc;
use consumables_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use crate::domain::kit::State;
use crate::error::Error;
use crate::events::publish;
use crate::grpc::{Api, convert, staff};
use crate::store::{cookies, kit_views, kits};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::MarkCookieRequest>,
) -> Result<pb::MarkCookieResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = convert::kit_id(&request.kit_id)?;
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        staff::employee(conn, &caller).await?;
        let now = Utc::now();
        let mut kit = kits::lock(conn, id).await?.ok_or(Error::KitNotFound)?;
        kit.takes_cookie()?;
        let cookie = cookies::lock(conn, kit.order).await?.filter(|_| kit.with_cookie);
        let mut cookie = cookie.ok_or(Error::CookieNotExpected("no cookie belongs into this kit"))?;
        if let Some(placed_in) = cookie.placed_in.filter(|placed_in| *placed_in != id) {
            let others = kits::of_order(conn, kit.order).await?;
            if others
                .iter()
                .any(|other| other.id == placed_in && other.state == State::Issued)
            {
                return Err(Error::CookieNotExpected(
                    "the cookie went out with an earlier kit",
                ));
            }
        }
        if cookie.placed_in != Some(id) {
            kit.touch(now);
            let news = cookie.place_in(id);
            cookies::save(conn, &cookie).await?;
            kits::save_version(conn, &kit).await?;
            if let Some(event) = news {
                publish::cookie(conn, &kit, &cookie, event, &caller.actor(), now).await?;
            }
        }
        let view = kit_views::find(conn, id).await?;
        Ok(pb::MarkCookieResponse {
            kit: view.as_ref().map(convert::kit),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
