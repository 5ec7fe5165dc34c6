//! Pages by time and id, as all lists here but the audit log are.

use chrono::{DateTime, Utc};
use conventions::page::Page;
use serde::Serialize;
use serde::de::DeserializeOwned;
use service_host::Refusal;
use uuid::Uuid;

/// The key of a list that is sorted by when things were made.
pub(super) type Key = (DateTime<Utc>, Uuid);

/// What a request asks for.
pub(super) fn read<K: Serialize + DeserializeOwned>(
    list: &str,
    size: i32,
    token: &str,
) -> Result<Page<K>, Refusal> {
    Ok(Page::read(list, size, token)?)
}
