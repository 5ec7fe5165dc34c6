//! The contract of the onboarding context, generated from `proto/artel/onboarding/v1`; nothing else lives here.

#![warn(missing_docs)]

/// Messages, clients and servers.
#[allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used
)]
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/v1.rs"));
    include!(concat!(env!("OUT_DIR"), "/server.rs"));
}

#[allow(clippy::all, clippy::pedantic, clippy::unwrap_used, clippy::expect_used)]
mod validation {
    include!(concat!(env!("OUT_DIR"), "/validate_impl.rs"));
}

include!(concat!(env!("OUT_DIR"), "/tables.rs"));

/// The protos with all custom options, encoded: for reflection, and for whoever decodes messages by name.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// Whether it still fits to what has landed.
#[cfg(test)]
mod history {
    include!(concat!(env!("OUT_DIR"), "/history.rs"));
}
