//! What every contract says the same way.
//!
//! * [`types`], [`access`], [`event`]: generated code of the shared proto packages (money, slot, actor, trait; roles and
//!   policies; the event option).
//! * [`Event`], [`Command`], [`Owned`]: what `contract-build` implements for messages from their options.
//! * [`page`]: keyset paging of lists, one form of token for all of them.
//! * [`wire`]: times and sums, between the wire and everybody's values.
//! * [`ids!`]: UUIDs of distinct types, one for each kind of thing.
//! * [`ValidatingCodec`]: the server side's codec. What reaches a handler has passed its `buf.validate` rules.
//!
//! It knows no context, and nothing here depends on a service.

#![warn(missing_docs)]

mod codec;
mod ids;
pub mod page;
pub mod wire;

pub use access::Role;
pub use codec::ValidatingCodec;
pub use prost_protovalidate::Validate;

#[doc(hidden)]
pub use chrono;
#[doc(hidden)]
pub use uuid;

pub use generated::access::v1 as access;
pub use generated::event::v1 as event;
pub use generated::r#type::v1 as types;

/// The modules lie as the proto packages do: generated code refers to its neighbours by `super::super`.
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

/// A message that travels through Kafka. Implemented from the option `(artel.event.v1.event)`.
pub trait Event: prost::Message + Default + Validate + 'static {
    /// The message's full name, `artel.orders.v1.OrderPlaced`: the CloudEvents type.
    const TYPE: &'static str;
    /// The topic that it is written to.
    const TOPIC: &'static str;
    /// The name of the field that is the record's key: `order_id`.
    const KEY: &'static str;
    /// The record's key: events of one key stay in order.
    fn key(&self) -> &str;
    /// The encoded descriptor set of the contract that defines this message, with which operators
    /// read its payloads. Empty for a message without a contract: its payload is shown as bytes.
    fn descriptors() -> &'static [u8] {
        &[]
    }
}

/// A request that changes something, and says so with a `request_id`.
pub trait Command: prost::Message {
    /// The caller's id of this request, a UUID. Repeating it gives the first answer again.
    fn request_id(&self) -> &str;
}

/// A request message, asked whose things it is about. Implemented from the method's policy.
pub trait Owned {
    /// The id of the client or worker whose things the request is about, where the request itself names it.
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

/// Who may call one method, as its contract declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodPolicy {
    /// The HTTP/2 path: `/artel.orders.v1.OrdersService/PlaceOrder`.
    pub path: &'static str,
    /// Any one of these roles suffices. Never empty.
    pub roles: &'static [Role],
    /// The request field that names the owner, see [`Owned`].
    pub owner: Option<&'static str>,
    /// The request message's full name: `artel.orders.v1.PlaceOrderRequest`.
    pub request: &'static str,
    /// Whether the caller sends a stream of requests.
    pub client_streaming: bool,
}

/// A Kafka topic that a context writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    /// Without the deployment's prefix: `artel.orders.order.v1`.
    pub name: &'static str,
    /// A state topic: compacted, whole state per key. Otherwise a history.
    pub compacted: bool,
}

impl Role {
    /// The word in a token's `roles` claim: `client`.
    pub fn claim(self) -> &'static str {
        match self {
            Self::Unspecified => "",
            Self::Anyone => "anyone",
            Self::Client => "client",
            Self::Worker => "worker",
            Self::Candidate => "candidate",
            Self::Manager => "manager",
            Self::Quality => "quality",
            Self::Consumables => "consumables",
            Self::Root => "root",
            Self::Service => "service",
            Self::System => "system",
        }
    }

    /// The role that a token's word means. `anyone` and `system` are nobody's role and are not understood.
    pub fn from_claim(word: &str) -> Option<Self> {
        [
            Self::Client,
            Self::Worker,
            Self::Candidate,
            Self::Manager,
            Self::Quality,
            Self::Consumables,
            Self::Root,
            Self::Service,
        ]
        .into_iter()
        .find(|role| role.claim() == word)
    }
}
