use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command, field};
use tonic::Request;

use super::{Api, convert, manager};
use crate::error::Error;
use crate::store::contact_notes::{self, ContactNote};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::NoteContactRequest>,
) -> Result<pb::NoteContactResponse, Error> {
    let at = api.clock.now();
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = field::id("application_id", &request.application_id)?;
    let note = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let (by, application) = manager::lock(conn, &caller, id).await?;
        application.note_contact()?;
        let text = request.text.clone();
        let note = ContactNote { text, by, at };
        contact_notes::insert(conn, id, &note).await?;
        Ok(pb::NoteContactResponse {
            contact: Some(convert::contact(&note)),
        })
    };
    Ok(command(&api.db, &caller, &request, note).await?)
}
