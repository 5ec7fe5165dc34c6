//! Who is calling, and may they.
//!
//! A caller shows a token (JWT, `authorization: Bearer …`). [`Access`] verifies it against the issuer's public keys and
//! the method's policy before the handler runs; the handler sees a [`Caller`].

mod cache;
mod caller;
mod keys;
mod layer;
mod policies;
mod tokens;

pub use caller::Caller;
pub use layer::{Access, Error};
pub(crate) use policies::{Method, Policies, Target};
