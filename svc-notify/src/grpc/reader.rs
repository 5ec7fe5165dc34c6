//! Whose feed a caller may read.

use conventions::{Owned, Role};
use service_host::{Caller, Refusal};
use tonic::Request;
use uuid::Uuid;

use super::convert::uuid;
use crate::domain::recipient::DEPARTMENT;
use crate::error::Error;

/// The caller and the feed, if it is theirs. The layer before has checked clients and workers; staff read their own, too,
/// and employees of the department the department's.
pub(super) fn of<M: Owned>(request: &Request<M>) -> Result<(Caller, Uuid), Error> {
    let caller = Caller::of(request)?;
    let asked = request
        .get_ref()
        .owner()
        .ok_or_else(|| Refusal::invalid("recipient_id", "must be a UUID"))?;
    let feed = uuid("recipient_id", asked)?;
    if feed == DEPARTMENT && caller.has(Role::Consumables) || caller.subject() == asked {
        return Ok((caller, feed));
    }
    Err(Error::FeedOfAnother)
}
