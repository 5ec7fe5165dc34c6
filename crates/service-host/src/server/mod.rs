//! The gRPC server, with everything that stands before a handler.
//!
//! Outside in: the bound on connections, CORS, gRPC-Web, then for every call trace and metrics, deadline, load shedding,
//! access, the bound on messages, and a net for panics. Health and reflection are there of themselves.

mod answer;
mod builder;
mod call;
mod connection;
mod connections;
mod contracts;
mod deadline;
mod health;
mod limits;
mod line;
mod observe;
mod size;
mod web;

pub use builder::Server;
pub use contracts::Error as ContractError;

/// Why a server doesn't start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address can't be listened on.
    #[error("can't listen on {address} for gRPC (--grpc-listen, ARTEL_GRPC_LISTEN)")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// What is served and what the contracts say don't agree.
    #[error("the contracts don't cover what is served")]
    Contracts(#[from] ContractError),
    /// The origins for pages can't be understood.
    #[error("`{0}` is no origin (--grpc-cors-origins, ARTEL_GRPC_CORS_ORIGINS)")]
    Origin(String),
    /// Accepting connections failed.
    #[error("the gRPC server failed")]
    Serve(#[from] tonic::transport::Error),
}
