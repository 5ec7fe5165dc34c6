//! The parts of a service.

/// One part of a service, for replicas that scale separately. Without it, a process runs all parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Only {
    /// The gRPC server.
    Grpc,
    /// The relay and the event listeners.
    Events,
    /// The jobs.
    Jobs,
}

impl Only {
    /// Whether this process serves gRPC.
    pub fn grpc(only: Option<Self>) -> bool {
        only.is_none_or(|only| only == Self::Grpc)
    }

    /// Whether this process publishes events and listens to them.
    pub fn events(only: Option<Self>) -> bool {
        only.is_none_or(|only| only == Self::Events)
    }

    /// Whether this process runs jobs.
    pub fn jobs(only: Option<Self>) -> bool {
        only.is_none_or(|only| only == Self::Jobs)
    }
}
