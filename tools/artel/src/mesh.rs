//! Addresses of the services, and connections to them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tonic::transport::{Channel, Endpoint};

use crate::contracts::Context;
use crate::failure::Error;

/// Addresses of the services. Defaults are those of `make up`.
#[derive(Debug, Clone, clap::Args)]
pub struct Addresses {
    /// The admin service.
    #[arg(
        long,
        global = true,
        env = "ARTEL_ADMIN_ADDRESS",
        default_value = "http://127.0.0.1:17101",
        hide = true
    )]
    pub admin_address: String,
    /// The orders service.
    #[arg(
        long,
        global = true,
        env = "ARTEL_ORDERS_ADDRESS",
        default_value = "http://127.0.0.1:17102",
        hide = true
    )]
    pub orders_address: String,
    /// The consumables service.
    #[arg(
        long,
        global = true,
        env = "ARTEL_CONSUMABLES_ADDRESS",
        default_value = "http://127.0.0.1:17103",
        hide = true
    )]
    pub consumables_address: String,
    /// The billing service.
    #[arg(
        long,
        global = true,
        env = "ARTEL_BILLING_ADDRESS",
        default_value = "http://127.0.0.1:17104",
        hide = true
    )]
    pub billing_address: String,
    /// The onboarding service.
    #[arg(
        long,
        global = true,
        env = "ARTEL_ONBOARDING_ADDRESS",
        default_value = "http://127.0.0.1:17105",
        hide = true
    )]
    pub onboarding_address: String,
    /// The notify service.
    #[arg(
        long,
        global = true,
        env = "ARTEL_NOTIFY_ADDRESS",
        default_value = "http://127.0.0.1:17106",
        hide = true
    )]
    pub notify_address: String,
}

impl Addresses {
    /// The address of a service.
    pub fn of(&self, context: Context) -> &str {
        match context {
            Context::Admin => &self.admin_address,
            Context::Orders => &self.orders_address,
            Context::Consumables => &self.consumables_address,
            Context::Billing => &self.billing_address,
            Context::Onboarding => &self.onboarding_address,
            Context::Notify => &self.notify_address,
        }
    }
}

/// Connections, made when first needed.
#[derive(Clone)]
pub struct Mesh {
    addresses: Addresses,
    channels: Arc<Mutex<HashMap<Context, Channel>>>,
}

impl Mesh {
    /// Opens no connection yet.
    pub fn new(addresses: Addresses) -> Self {
        Self {
            addresses,
            channels: Arc::default(),
        }
    }

    /// A connection to a service.
    pub fn channel(&self, context: Context) -> Result<Channel, Error> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(channel) = channels.get(&context) {
            return Ok(channel.clone());
        }
        let channel = connect(self.addresses.of(context))?;
        channels.insert(context, channel.clone());
        Ok(channel)
    }
}

/// A connection that is opened on first use and detects a dead or frozen server within seconds.
pub fn connect(address: &str) -> Result<Channel, Error> {
    let endpoint = Endpoint::from_shared(address.to_owned()).map_err(|error| {
        Error::Input(format!(
            "{address} is no address such as http://127.0.0.1:17101: {error}"
        ))
    })?;
    Ok(endpoint
        .connect_timeout(Duration::from_secs(2))
        .http2_keep_alive_interval(Duration::from_secs(5))
        .keep_alive_timeout(Duration::from_secs(3))
        .keep_alive_while_idle(true)
        .connect_lazy())
}
