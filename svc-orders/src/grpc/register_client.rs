use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, convert};
use crate::domain::client::{Client, Profile};
use crate::domain::ids::ClientId;
use crate::store::clients::NewClients;
use crate::{Error, store};

/// Registers a client (O1).
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::RegisterClientRequest>,
) -> Result<pb::RegisterClientResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let profile = profile(request.person.clone(), &request.phone, &request.external_id);
    let now = api.clock.now();
    let register = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let client = Client {
            id: ClientId::generate(),
            profile: profile.clone(),
            registered_at: now,
            version: 1,
        };
        let new = NewClients(std::slice::from_ref(&client));
        if messaging::save(conn, &new).await?.is_empty() {
            let known = store::clients::find_external(conn, &request.external_id).await?;
            return Err(known.map_or(Error::RequestReused, Error::ClientKnown));
        }
        Ok(pb::RegisterClientResponse {
            client: Some(convert::client(&client)),
        })
    };
    Ok(command(&api.db, &caller, &request, register).await?)
}

/// The contract's rules require `person`.
pub(super) fn profile(person: Option<conventions::types::Person>, phone: &str, external_id: &str) -> Profile {
    let person = person.unwrap_or_default();
    Profile {
        external_id: Some(external_id.to_owned()).filter(|id| !id.is_empty()),
        name: person.name,
        email: person.email,
        phone: phone.to_owned(),
        language: person.language,
    }
}
