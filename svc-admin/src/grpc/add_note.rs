//! Notes in open cases (rule A3).

use admin_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, convert};
use crate::clock;
use crate::error::Error;
use crate::store::cases::{self, Note};

pub(super) async fn add(
    api: &Api,
    request: Request<pb::AddNoteRequest>,
) -> Result<pb::AddNoteResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let id = convert::id("case_id", &request.case_id)?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            cases::lock(conn, id)
                .await?
                .ok_or(Error::NoCase(id))?
                .must_be_open()?;
            let by = convert::caller(&caller);
            let note = Note {
                case_id: id,
                text: request.text.clone(),
                call: request.call,
                at: now,
                by_role: by.role,
                by_id: by.id,
            };
            cases::add_note(conn, &note).await?;
            Ok(pb::AddNoteResponse {
                note: Some(convert::case::note(&note)),
            })
        },
    );
    Ok(reply.await?)
}
