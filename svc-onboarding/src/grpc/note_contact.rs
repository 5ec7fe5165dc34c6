use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, convert, manager};
use crate::error::Error;
use crate::store;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::NoteContactRequest>,
) -> Result<pb::NoteContactResponse, Error> {
    let now = api.clock.now();
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = convert::id("application_id", &request.application_id)?;
    let note = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let application = manager::application(conn, &caller, id).await?;
        application.note_contact().map_err(Error::Application)?;
        let by = caller.actor();
        store::contact_notes::insert(conn, id, &request.text, &by, now).await?;
        Ok(pb::NoteContactResponse {
            contact: Some(pb::ContactNote {
                text: request.text.clone(),
                by: Some(by),
                at: Some(convert::timestamp(now)),
            }),
        })
    };
    Ok(command(&api.db, &caller, &request, note).await?)
}
