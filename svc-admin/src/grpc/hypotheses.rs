//! The board of hypotheses (rule A4).

use admin_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;
use uuid::Uuid;

use super::{Api, convert, pages};
use crate::clock;
use crate::domain::hypothesis::{Hypothesis, State};
use crate::error::Error;
use crate::store::hypotheses;

pub(super) async fn create(
    api: &Api,
    request: Request<pb::CreateHypothesisRequest>,
) -> Result<pb::CreateHypothesisResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let hypothesis = Hypothesis {
                id: Uuid::new_v4(),
                text: request.text.clone(),
                state: State::Open,
                case_ids: vec![],
                created_at: now,
                created_by: convert::caller(&caller),
                changed_at: now,
            };
            hypotheses::insert(conn, &hypothesis).await?;
            Ok(pb::CreateHypothesisResponse {
                hypothesis: Some(convert::case::hypothesis(&hypothesis)),
            })
        },
    );
    Ok(reply.await?)
}

pub(super) async fn move_to(
    api: &Api,
    request: Request<pb::MoveHypothesisRequest>,
) -> Result<pb::MoveHypothesisResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let id = convert::id("hypothesis_id", &request.hypothesis_id)?;
    let state = convert::case::read_state(request.state()).ok_or_else(|| convert::missing("state"))?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let before = hypotheses::lock(conn, id).await?.ok_or(Error::NoHypothesis(id))?;
            let after = Hypothesis {
                state,
                changed_at: now,
                ..before.clone()
            };
            hypotheses::save_move(conn, &before, &after, &convert::caller(&caller)).await?;
            Ok(pb::MoveHypothesisResponse {
                hypothesis: Some(convert::case::hypothesis(&after)),
            })
        },
    );
    Ok(reply.await?)
}

pub(super) async fn list(
    api: &Api,
    request: Request<pb::ListHypothesesRequest>,
) -> Result<pb::ListHypothesesResponse, Error> {
    let request = request.into_inner();
    let state = convert::case::read_state(request.state());
    let list = format!("hypotheses/{state:?}");
    let page = pages::read::<pages::Key>(&list, request.page_size, &request.page_token)?;
    let mut conn = api.db.connection().await?;
    let mut rows = hypotheses::list(&mut conn, state, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |hypothesis| {
        (hypothesis.created_at, hypothesis.id)
    });
    Ok(pb::ListHypothesesResponse {
        hypotheses: rows.iter().map(convert::case::hypothesis).collect(),
        next_page_token,
    })
}
