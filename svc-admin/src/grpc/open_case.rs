//! Opens the case of one completed order (rule A2).

use admin_contract::v1 as pb;
use chrono::{DateTime, Utc};
use conventions::Actor;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command, field};
use tonic::Request;

use super::{Api, convert};
use crate::domain::case::{Case, CaseOpened, Cause};
use crate::domain::ids::{CaseId, ClientId, OrderId, WorkerId};
use crate::domain::order::State;
use crate::error::Error;
use crate::store::reviewed_orders::{self, ReviewedOrder};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::OpenCaseRequest>,
) -> Result<pb::OpenCaseResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, api.clock.now());
    let id: OrderId = field::id("order_id", &request.get_ref().order_id)?;
    let open = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let order = reviewed_orders::find(conn, id)
            .await?
            .filter(|order| order.state == <&str>::from(State::Completed))
            .ok_or(Error::NotReviewable(id))?;
        let opened = opened(&order, Actor::from(&caller.actor()), now);
        if !messaging::save(conn, &opened).await? {
            return Err(Error::NotReviewable(id));
        }
        Ok(pb::OpenCaseResponse {
            case: Some(convert::case::case(&opened.0, &order)),
        })
    };
    Ok(command(&api.db, &caller, request.get_ref(), open).await?)
}

pub(super) fn opened(order: &ReviewedOrder, by: Actor, now: DateTime<Utc>) -> CaseOpened {
    CaseOpened(Case {
        id: CaseId::generate(),
        order_id: OrderId(order.order_id),
        cause: Cause::Drawn,
        client_id: ClientId(order.client_id),
        worker_id: order.worker_id.map(WorkerId),
        opened_at: now,
        opened_by: by,
        closed: None,
    })
}
