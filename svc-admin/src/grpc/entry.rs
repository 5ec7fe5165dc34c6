//! The calls that every kind of entry has (rule A1), written once for all kinds.

pub(super) mod calls;

use chrono::{DateTime, Utc};
use conventions::page::Page;
use conventions::{Actor, Command, Owned};
use diesel_async::AsyncPgConnection;
use service_host::{Caller, Refusal, command};
use tonic::Request;
use uuid::Uuid;

use super::Api;
use crate::domain::ids::EntryId;
use crate::error::Error;
use crate::store::entries;
use crate::use_cases::catalogue::{self, Editable};

/// What a manager sends to create or update an entry.
pub(super) trait Submitted<E: Editable> {
    /// Checks everything that can be checked without the database.
    fn draft(self, api: &Api) -> Result<E::Draft, Error>;
}

/// The draft in a request. The contract's rules require it.
fn draft<E: Editable, S: Submitted<E>>(api: &Api, field: &str, sent: Option<S>) -> Result<E::Draft, Error> {
    service_host::field::required(field, sent)?.draft(api)
}

async fn create<E, C, R>(
    api: &Api,
    request: Request<C>,
    draft: E::Draft,
    answer: fn(E::State) -> R,
) -> Result<R, Error>
where
    E: Editable,
    C: Command + Owned,
    R: prost::Message + Default,
{
    let (caller, now) = (Caller::of(&request)?, api.clock.now());
    let create = async |conn: &mut AsyncPgConnection| -> Result<R, Error> {
        let by = Actor::from(&caller.actor());
        let entry = catalogue::create::<E>(conn, draft.clone(), by, now).await?;
        Ok(answer(E::state(&entry)))
    };
    Ok(command(&api.db, &caller, request.get_ref(), create).await?)
}

async fn update<E, C, R>(
    api: &Api,
    request: Request<C>,
    (id, expected): (EntryId, i64),
    draft: E::Draft,
    answer: fn(E::State) -> R,
) -> Result<R, Error>
where
    E: Editable,
    C: Command + Owned,
    R: prost::Message + Default,
{
    let (caller, now) = (Caller::of(&request)?, api.clock.now());
    let update = async |conn: &mut AsyncPgConnection| -> Result<R, Error> {
        let by = Actor::from(&caller.actor());
        let entry = catalogue::update::<E>(conn, id, expected, draft.clone(), by, now).await?;
        Ok(answer(E::state(&entry)))
    };
    Ok(command(&api.db, &caller, request.get_ref(), update).await?)
}

async fn archive<E, C, R>(
    api: &Api,
    request: Request<C>,
    id: EntryId,
    restore: bool,
    answer: fn(E::State) -> R,
) -> Result<R, Error>
where
    E: Editable,
    C: Command + Owned,
    R: prost::Message + Default,
{
    let (caller, now) = (Caller::of(&request)?, api.clock.now());
    let archive = async |conn: &mut AsyncPgConnection| -> Result<R, Error> {
        let by = Actor::from(&caller.actor());
        let entry = catalogue::set_archived::<E>(conn, id, !restore, by, now).await?;
        Ok(answer(E::state(&entry)))
    };
    Ok(command(&api.db, &caller, request.get_ref(), archive).await?)
}

async fn get<E: Editable>(api: &Api, id: EntryId, version: i64) -> Result<E::State, Error> {
    let mut conn = api.db.connection().await?;
    let entry = entries::find::<E>(&mut conn, id, version).await?;
    Ok(E::state(&entry.ok_or(Error::NoEntry(E::KIND, id))?))
}

/// One page of current versions, and the token of the next page.
async fn list<E: Editable>(
    api: &Api,
    name: &str,
    include_archived: bool,
    page_size: i32,
    page_token: &str,
) -> Result<(Vec<E::State>, String), Error> {
    let list = format!("{name}/{include_archived}");
    let page = Page::<(DateTime<Utc>, Uuid)>::read(&list, page_size, page_token).map_err(Refusal::from)?;
    let mut conn = api.db.connection().await?;
    let mut entries = entries::list::<E>(&mut conn, include_archived, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut entries, |entry| (entry.created_at, entry.id.0));
    Ok((entries.iter().map(E::state).collect(), next_page_token))
}
