//! The caller, as a handler sees it.

use std::sync::Arc;

use conventions::types::Actor;
use conventions::{Owned, Role};
use tonic::{Request, Streaming};
use uuid::Uuid;

use super::tokens::Identity;
use crate::Refusal;

/// Roles that may access only their own resources.
const OWNERS: [Role; 3] = [Role::Client, Role::Worker, Role::Candidate];

/// An authenticated caller that the method's policy admits.
#[derive(Debug, Clone)]
pub struct Caller {
    identity: Arc<Identity>,
    /// The roles of the caller that the policy admits. Never empty.
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

    /// The caller of a request. If the policy names the owner's field, this checks the owner,
    /// because a client, worker or candidate may access only their own resources.
    ///
    /// # Errors
    /// PERMISSION_DENIED with `NOT_YOURS`: the request names another owner.
    pub fn of<M: Owned>(request: &Request<M>) -> Result<Self, Refusal> {
        let caller = Self::admitted(request)?;
        if let Some(owner) = request.get_ref().owner() {
            caller.must_be(owner)?;
        }
        Ok(caller)
    }

    /// The caller of a stream of requests. The messages arrive later: check the owner of each with
    /// [`must_be`](Self::must_be).
    ///
    /// # Errors
    /// INTERNAL if the call did not pass the access layer.
    pub fn of_stream<M>(request: &Request<Streaming<M>>) -> Result<Self, Refusal> {
        Self::admitted(request)
    }

    fn admitted<T>(request: &Request<T>) -> Result<Self, Refusal> {
        request
            .extensions()
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Refusal::internal("a handler was called without the access layer"))
    }

    /// The token's subject: the id of the client, worker, manager, employee or program. Empty
    /// without a token.
    pub fn subject(&self) -> &str {
        &self.identity.subject
    }

    /// The subject as an id.
    ///
    /// # Errors
    /// PERMISSION_DENIED with `SUBJECT_NOT_AN_ID`: the token's subject is not a UUID.
    pub fn subject_uuid(&self) -> Result<Uuid, Refusal> {
        self.subject()
            .parse()
            .map_err(|_| Refusal::denied("SUBJECT_NOT_AN_ID", "the token's subject is not a UUID"))
    }

    /// All roles of the token, including those that the method does not admit.
    pub fn roles(&self) -> &[Role] {
        &self.identity.roles
    }

    /// Whether the token has this role.
    pub fn has(&self, role: Role) -> bool {
        self.identity.roles.contains(&role)
    }

    /// The role in which the caller is admitted: the first one that the method's policy names.
    pub fn role(&self) -> Role {
        self.admitted.first().copied().unwrap_or(Role::Anyone)
    }

    /// The caller as the actor of a change.
    pub fn actor(&self) -> Actor {
        Actor {
            role: self.role().into(),
            id: self.subject().to_owned(),
        }
    }

    /// Whether the caller is admitted in another role than client, worker or candidate, and may
    /// access the resources of others.
    pub fn is_staff(&self) -> bool {
        self.admitted
            .iter()
            .any(|role| !OWNERS.contains(role) && *role != Role::Anyone)
    }

    /// Whether the caller may access the resources of `owner`. Staff always may. Otherwise refuse
    /// the call with NOT_FOUND, because the caller must not learn that the resource exists.
    pub fn owns(&self, owner: &str) -> bool {
        self.is_staff() || (!owner.is_empty() && self.subject() == owner)
    }

    /// As [`owns`](Self::owns), for an owner that the request itself names.
    ///
    /// # Errors
    /// PERMISSION_DENIED with `NOT_YOURS`.
    pub fn must_be(&self, owner: &str) -> Result<(), Refusal> {
        if self.owns(owner) {
            Ok(())
        } else {
            Err(Refusal::denied("NOT_YOURS", "this belongs to another owner"))
        }
    }

    /// The path of the called method: `/artel.orders.v1.OrdersService/PlaceOrder`.
    pub fn method(&self) -> &'static str {
        self.method
    }
}
