//! Letters.

use clap::Subcommand;
use uuid::Uuid;

use super::{Page, Request};
use crate::contracts::Context::Notify;

/// Letters.
#[derive(Debug, Subcommand)]
pub enum Mail {
    /// Deliveries, newest first.
    List {
        /// Only these.
        #[arg(long, value_parser = ["pending", "sent", "dead", "erased"])]
        status: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Send one that was given up again.
    Resend {
        /// The delivery.
        delivery_id: Uuid,
    },
    /// The templates.
    Templates,
    /// A template as it would look.
    Preview {
        /// The template's name.
        template: String,
        /// ru or en.
        #[arg(long, default_value = "ru", value_parser = ["ru", "en"])]
        language: String,
    },
}

impl Mail {
    /// As a call.
    pub fn request(self) -> Request {
        match self {
            Self::List { status, page } => {
                let status = status.map(|status| format!("DELIVERY_STATUS_{}", status.to_uppercase()));
                page.of(Request::new(Notify, "ListDeliveries").field("status", status))
            }
            Self::Resend { delivery_id } => {
                Request::new(Notify, "ResendDelivery").field("deliveryId", delivery_id)
            }
            Self::Templates => Request::new(Notify, "ListTemplates"),
            Self::Preview { template, language } => Request::new(Notify, "PreviewTemplate")
                .field("template", template)
                .field("language", language),
        }
    }
}
