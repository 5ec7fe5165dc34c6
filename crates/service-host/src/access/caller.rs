//! Who is calling, as a handler sees it.

use std::sync::Arc;

use conventions::types::Actor;
use conventions::{Owned, Role};
use tonic::{Request, Streaming};
use uuid::Uuid;

use super::tokens::Identity;
use crate::Refusal;

/// Roles that may deal only with what is their own.
const OWNERS: [Role; 3] = [Role::Client, Role::Worker, Role::Candidate];

/// Who is calling: verified, and admitted by the method's policy.
#[derive(Debug, Clone)]
pub struct Caller {
    identity: Arc<Identity>,
    /// The caller's roles that the policy admits. Never empty.
    admitted: Arc<[Role]>,
    method: &'static str,
}

impl Caller {
    pub(super) fn new(identity: Arc<Identity>, admitted: Arc<[Role]>, method: &'static str) -> Self {
        Self {
            identity,
            admitted,
            method,
        }
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Who sends this request. Where the policy names the owner's field, it has been checked: a client, worker or
    /// candidate deals only with what is their own.
    ///
    /// # Errors
    /// PERMISSION_DENIED with `NOT_YOURS`: the request names somebody else as the owner.
    pub fn of<M: Owned>(request: &Request<M>) -> Result<Self, Refusal> {
        let caller = Self::admitted(request)?;
        if let Some(owner) = request.get_ref().owner() {
            caller.must_be(owner)?;
        }
        Ok(caller)
    }

    /// Who sends this stream of requests. Its messages come later: check each owner with [`must_be`](Self::must_be).
    ///
    /// # Errors
    /// INTERNAL where the access layer is missing.
    pub fn of_stream<M>(request: &Request<Streaming<M>>) -> Result<Self, Refusal> {
        Self::admitted(request)
    }

    fn admitted<T>(request: &Request<T>) -> Result<Self, Refusal> {
        request
            .extensions()
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Refusal::internal("a handler was called around the access layer"))
    }

    /// The token's subject: the id of the client, worker, manager, employee or program. Empty without a token.
    pub fn subject(&self) -> &str {
        &self.identity.subject
    }

    /// The subject as an id.
    ///
    /// # Errors
    /// PERMISSION_DENIED with `SUBJECT_NOT_AN_ID`: the issuer's tokens name this caller by something else.
    pub fn subject_uuid(&self) -> Result<Uuid, Refusal> {
        self.subject()
            .parse()
            .map_err(|_| Refusal::denied("SUBJECT_NOT_AN_ID", "the token's subject is not a UUID"))
    }

    /// All roles of the token, whether the method admits them or not.
    pub fn roles(&self) -> &[Role] {
        &self.identity.roles
    }

    /// Does the token have this role?
    pub fn has(&self, role: Role) -> bool {
        self.identity.roles.contains(&role)
    }

    /// The role in which the caller was admitted: the first that the method's policy names.
    pub fn role(&self) -> Role {
        self.admitted.first().copied().unwrap_or(Role::Anyone)
    }

    /// Who did it, for records.
    pub fn actor(&self) -> Actor {
        Actor {
            role: self.role().into(),
            id: self.subject().to_owned(),
        }
    }

    /// Is the caller admitted as more than a client, worker or candidate, and may deal with other people's things?
    pub fn is_staff(&self) -> bool {
        self.admitted
            .iter()
            .any(|role| !OWNERS.contains(role) && *role != Role::Anyone)
    }

    /// May the caller deal with what belongs to `owner`? Staff may always. Where not, say NOT_FOUND: that there is such
    /// a thing is nobody else's business.
    pub fn owns(&self, owner: &str) -> bool {
        self.is_staff() || (!owner.is_empty() && self.subject() == owner)
    }

    /// As [`owns`](Self::owns), for what the request itself names.
    ///
    /// # Errors
    /// PERMISSION_DENIED with `NOT_YOURS`.
    pub fn must_be(&self, owner: &str) -> Result<(), Refusal> {
        if self.owns(owner) {
            Ok(())
        } else {
            Err(Refusal::denied("NOT_YOURS", "this belongs to somebody else"))
        }
    }

    /// The path of the method called: `/artel.orders.v1.OrdersService/PlaceOrder`.
    pub fn method(&self) -> &'static str {
        self.method
    }
}
