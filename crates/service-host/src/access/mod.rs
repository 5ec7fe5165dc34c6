//! Authentication and authorization.
//!
//! A caller sends a token (JWT, `authorization: Bearer …`). Before the handler runs, [`Access`]
//! verifies the token against the issuer's public keys and checks the method's policy. The handler
//! sees a [`Caller`].

mod cache;
mod caller;
mod keys;
mod layer;
mod policies;
mod tokens;

pub use caller::Caller;
pub use layer::{Access, Error};
pub(crate) use policies::{Method, Policies, Target};
