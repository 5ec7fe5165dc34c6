//! The gRPC server with the layers in front of the handlers.
//!
//! From the outside in: the bound on connections, CORS, gRPC-Web, and for every call trace and
//! metrics, deadline, load shedding, access, the checks of messages, and the handling of panics.
//! Every server also serves health and reflection.

mod backpressure;
mod builder;
mod call;
mod connection;
mod connections;
mod contracts;
mod deadline;
mod health;
mod limits;
mod messages;
mod observe;
mod response_body;
mod web;

pub use builder::Server;
pub use contracts::Error as ContractError;

/// Why a server does not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is not available.
    #[error("cannot listen on {address} for gRPC (--grpc-listen, ARTEL_GRPC_LISTEN)")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// The cause.
        source: std::io::Error,
    },
    /// The contracts do not cover all served methods.
    #[error("the contracts do not cover all served methods")]
    Contracts(#[from] ContractError),
    /// An origin of pages is invalid.
    #[error("`{0}` is not an origin (--grpc-cors-origins, ARTEL_GRPC_CORS_ORIGINS)")]
    Origin(String),
    /// Accepting connections failed.
    #[error("the gRPC server failed")]
    Serve(#[from] tonic::transport::Error),
}
