//! Which part of a service a process runs.

/// One part of a service, for replicas that scale apart. Without it a process runs everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Only {
    /// The gRPC server.
    Grpc,
    /// The relay and the listeners of events.
    Events,
    /// What the clock starts.
    Jobs,
}

impl Only {
    /// Does this process serve gRPC?
    pub fn grpc(only: Option<Self>) -> bool {
        only.is_none_or(|only| only == Self::Grpc)
    }

    /// Does this process publish and listen to events?
    pub fn events(only: Option<Self>) -> bool {
        only.is_none_or(|only| only == Self::Events)
    }

    /// Does this process run jobs?
    pub fn jobs(only: Option<Self>) -> bool {
        only.is_none_or(|only| only == Self::Jobs)
    }
}
