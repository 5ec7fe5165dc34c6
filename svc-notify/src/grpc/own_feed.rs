//! Which feed a caller may read: the own one, and employees also the department's.

use conventions::{Owned, Role};
use service_host::{Caller, Refusal, field};
use tonic::Request;

use crate::domain::ids::RecipientId;
use crate::domain::recipient::DEPARTMENT;
use crate::error::Error;

/// The caller and the requested feed. `Caller::of` has checked clients and workers only, so that
/// all callers are checked here.
pub(super) fn of<M: Owned>(request: &Request<M>) -> Result<(Caller, RecipientId), Error> {
    let caller = Caller::of(request)?;
    let owner = request
        .get_ref()
        .owner()
        .ok_or_else(|| Refusal::invalid("recipient_id", "must be a UUID"))?;
    let feed = field::id("recipient_id", owner)?;
    if feed == DEPARTMENT && caller.has(Role::Consumables) || caller.subject() == owner {
        return Ok((caller, feed));
    }
    Err(Error::FeedOfAnother)
}
