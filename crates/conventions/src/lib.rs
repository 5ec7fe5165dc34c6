//! What all contracts share.
//!
//! * [`types`], [`access`], [`event`]: generated code of the shared proto packages.
//! * [`Event`], [`Command`], [`Owned`]: traits that `contract-build` implements for messages from
//!   their options.
//! * [`page`]: keyset paging of lists, with one form of token.
//! * [`wire`]: times, sums and ids on the wire, to and from Rust values.
//! * [`Actor`]: who did something.
//! * [`ids!`]: UUIDs as distinct types, one for each kind of object.
//! * [`ValidatingCodec`]: the server's codec. A request that reaches a handler has passed its
//!   `buf.validate` rules.
//!
//! The crate knows no context and depends on no service.

mod actor;
mod codec;
mod ids;
pub mod page;
pub mod wire;

pub use access::Role;
pub use actor::Actor;
pub use codec::ValidatingCodec;
pub use prost_protovalidate::Validate;

#[doc(hidden)]
pub use {chrono, serde, uuid};

pub use generated::access::v1 as access;
pub use generated::event::v1 as event;
pub use generated::r#type::v1 as types;

/// The modules are nested like the proto packages, because generated code refers to other packages
/// by `super::super`.
#[allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used
)]
mod generated {
    pub mod access {
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/artel.access.v1.rs"));
        }
    }
    pub mod event {
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/artel.event.v1.rs"));
        }
    }
    pub mod r#type {
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/artel.r#type.v1.rs"));
        }
    }
}

#[allow(clippy::all, clippy::pedantic, clippy::unwrap_used, clippy::expect_used)]
mod validation {
    use super::generated as artel;
    include!(concat!(env!("OUT_DIR"), "/validate_impl.rs"));
}

/// A message that is published to Kafka. Implemented from the option `(artel.event.v1.event)`.
pub trait Event: prost::Message + Default + Validate + 'static {
    /// The message's full name, `artel.orders.v1.OrderPlaced`: the CloudEvents type.
    const TYPE: &'static str;
    /// The topic that the event is published to.
    const TOPIC: &'static str;
    /// The name of the field that holds the record's key: `order_id`.
    const KEY: &'static str;
    /// The record's key. Events with the same key are delivered in order.
    fn key(&self) -> &str;
    /// The encoded descriptor set of the contract that defines this message, with which operators
    /// read its payloads. Empty for a message without a contract: its payload is shown as bytes.
    fn descriptors() -> &'static [u8] {
        &[]
    }
}

/// A request that changes state and carries an idempotency key, `request_id`.
pub trait Command: prost::Message {
    /// The idempotency key, a UUID chosen by the caller. A repeated request gets the first answer.
    fn request_id(&self) -> &str;
}

/// A request that may name the owner of the objects it is about. Implemented from the method's
/// policy.
pub trait Owned {
    /// The id of the client or worker who owns the objects, if the request names it.
    fn owner(&self) -> Option<&str>;
}

/// What a context's protos declare. Every contract crate has one, `CONTRACT`.
#[derive(Debug, Clone, Copy)]
pub struct Contract {
    /// Who may call each method.
    pub methods: &'static [MethodPolicy],
    /// The encoded descriptor set, with all custom options.
    pub descriptors: &'static [u8],
    /// The topics that the context writes. Empty for a context that publishes nothing.
    pub topics: &'static [Topic],
}

/// The access policy of one method, as its contract declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodPolicy {
    /// The HTTP/2 path: `/artel.orders.v1.OrdersService/PlaceOrder`.
    pub path: &'static str,
    /// A caller needs one of these roles. Never empty.
    pub roles: &'static [Role],
    /// The request field that names the owner, see [`Owned`].
    pub owner: Option<&'static str>,
    /// The request message's full name: `artel.orders.v1.PlaceOrderRequest`.
    pub request: &'static str,
    /// Whether the caller sends a stream of requests.
    pub client_streaming: bool,
}

/// A Kafka topic that a context publishes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    /// The name without the deployment's prefix: `artel.orders.order.v1`.
    pub name: &'static str,
    /// `true` for a state topic, which keeps the last whole state per key; `false` for a history.
    pub compacted: bool,
}

impl Role {
    /// The word in a token's `roles` claim and in the column `actor_role`: `client`.
    pub fn claim(self) -> &'static str {
        self.into()
    }

    /// The role that a word of a token's `roles` claim grants. `None` for unknown words and for
    /// `anyone` and `system`, which no token can grant.
    pub fn from_claim(word: &str) -> Option<Self> {
        let role = word.parse().ok()?;
        (!matches!(role, Self::Unspecified | Self::Anyone | Self::System)).then_some(role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g6_a_token_grants_the_roles_of_people_and_services_only() {
        for word in [
            "client",
            "worker",
            "candidate",
            "manager",
            "quality",
            "consumables",
            "root",
            "service",
        ] {
            assert_eq!(Role::from_claim(word).map(Role::claim), Some(word));
        }
        for word in ["anyone", "system", "unspecified", "Client", ""] {
            assert_eq!(Role::from_claim(word), None, "{word}");
        }
    }
}
