//! Adds a note to an open case (rule A3).

use admin_contract::v1 as pb;
use conventions::Actor;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command, field};
use tonic::Request;

use super::{Api, convert};
use crate::domain::ids::CaseId;
use crate::error::Error;
use crate::store::cases::{self, Note};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::AddNoteRequest>,
) -> Result<pb::AddNoteResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, api.clock.now());
    let request = request.into_inner();
    let id: CaseId = field::id("case_id", &request.case_id)?;
    let add = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let case = cases::lock(conn, id).await?.ok_or(Error::NoCase(id))?;
        case.must_be_open()?;
        let by = Actor::from(&caller.actor());
        let note = Note {
            case_id: id.0,
            text: request.text.clone(),
            call: request.call,
            at: now,
            actor_role: by.role.claim().to_owned(),
            actor_id: by.id,
        };
        cases::add_note(conn, &note).await?;
        Ok(pb::AddNoteResponse {
            note: Some(convert::case::note(&note)),
        })
    };
    Ok(command(&api.db, &caller, &request, add).await?)
}
