//! Opening the case of a completed order: a given one, or one drawn at random (rule A2).

use admin_contract::v1 as pb;
use chrono::Utc;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;
use uuid::Uuid;

use super::{Api, convert};
use crate::domain::case::{Case, Cause};
use crate::error::Error;
use crate::store::reviewed_orders::ReviewedOrder;
use crate::store::{cases, reviewed_orders};

pub(super) async fn draw(
    api: &Api,
    request: Request<pb::DrawCaseRequest>,
) -> Result<pb::DrawCaseResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let order = reviewed_orders::draw(conn, Uuid::new_v4())
                .await?
                .ok_or(Error::NothingToDraw)?;
            let case = drawn(conn, &order, &caller).await?;
            Ok(pb::DrawCaseResponse {
                case: Some(convert::case::case(&case, &order)),
            })
        },
    );
    Ok(reply.await?)
}

pub(super) async fn open(
    api: &Api,
    request: Request<pb::OpenCaseRequest>,
) -> Result<pb::OpenCaseResponse, Error> {
    let caller = Caller::of(&request)?;
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
            let case = drawn(conn, &order, &caller).await?;
            Ok(pb::OpenCaseResponse {
                case: Some(convert::case::case(&case, &order)),
            })
        },
    );
    Ok(reply.await?)
}

async fn drawn(conn: &mut AsyncPgConnection, order: &ReviewedOrder, caller: &Caller) -> Result<Case, Error> {
    let case = Case {
        id: Uuid::new_v4(),
        order_id: order.order_id,
        cause: Cause::Drawn,
        client_id: order.client_id,
        worker_id: order.worker_id,
        opened_at: Utc::now(),
        opened_by: convert::caller(caller),
        closed: None,
    };
    if cases::open(conn, &case).await? {
        Ok(case)
    } else {
        Err(Error::NotReviewable(order.order_id))
    }
}
