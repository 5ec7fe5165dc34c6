//! Opening the case of a completed order: a given one, or one drawn at random (rule A2).

use admin_contract::v1 as pb;
use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;
use uuid::Uuid;

use super::{Api, convert};
use crate::clock;
use crate::domain::case::{Case, Cause};
use crate::error::Error;
use crate::store::reviewed_orders::ReviewedOrder;
use crate::store::{cases, reviewed_orders};

pub(super) async fn draw(
    api: &Api,
    request: Request<pb::DrawCaseRequest>,
) -> Result<pb::DrawCaseResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            // Somebody else may open the case of the very order that was drawn. Then another one is drawn; that ends, since
            // each such order is out of the draw from then on.
            loop {
                let order = reviewed_orders::draw(conn, Uuid::new_v4())
                    .await?
                    .ok_or(Error::NothingToDraw)?;
                let case = case_of(&order, &caller, now);
                if cases::open(conn, &case).await? {
                    return Ok(pb::DrawCaseResponse {
                        case: Some(convert::case::case(&case, &order)),
                    });
                }
            }
        },
    );
    Ok(reply.await?)
}

pub(super) async fn open(
    api: &Api,
    request: Request<pb::OpenCaseRequest>,
) -> Result<pb::OpenCaseResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let id = convert::id("order_id", &request.order_id)?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let order = reviewed_orders::find(conn, id)
                .await?
                .ok_or(Error::NotReviewable(id))?;
            if order.state != "completed" {
                return Err(Error::NotReviewable(id));
            }
            let case = case_of(&order, &caller, now);
            if !cases::open(conn, &case).await? {
                return Err(Error::NotReviewable(id));
            }
            Ok(pb::OpenCaseResponse {
                case: Some(convert::case::case(&case, &order)),
            })
        },
    );
    Ok(reply.await?)
}

fn case_of(order: &ReviewedOrder, caller: &Caller, now: DateTime<Utc>) -> Case {
    Case {
        id: Uuid::new_v4(),
        order_id: order.order_id,
        cause: Cause::Drawn,
        client_id: order.client_id,
        worker_id: order.worker_id,
        opened_at: now,
        opened_by: convert::caller(caller),
        closed: None,
    }
}
