//! Events that could not be processed.

use clap::Subcommand;

use super::{Page, Request};
use crate::contracts::Context;

/// Events that could not be processed. Each service keeps its own.
#[derive(Debug, Subcommand)]
pub enum Parked {
    /// List a service's.
    List {
        /// The service.
        service: Context,
        #[command(flatten)]
        page: Page,
    },
    /// Show one: what, why, since when, its headers, its payload decoded.
    Show {
        /// The service.
        service: Context,
        /// The event's number in the list.
        id: i64,
    },
    /// Try one again, after its cause is mended; the key's later events follow in order.
    Retry {
        /// The service.
        service: Context,
        /// The event's number in the list.
        id: i64,
    },
    /// Give one up. The reason is kept; the key's later events go on.
    Drop {
        /// The service.
        service: Context,
        /// The event's number in the list.
        id: i64,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

impl Parked {
    /// As a call.
    pub fn request(self) -> Request {
        match self {
            Self::List { service, page } => page.of(Request::new(service, "ListParked")),
            Self::Show { service, id } => Request::new(service, "GetParked").field("id", id),
            Self::Retry { service, id } => Request::new(service, "RetryParked").field("id", id),
            Self::Drop { service, id, reason } => Request::new(service, "DropParked")
                .field("id", id)
                .field("reason", reason),
        }
    }
}
