//! What the stand-ins share: settings, the call log, the fault switch, and each one's own memory.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::bakery::Bakery;
use crate::calls::CallLog;
use crate::card::CardGateway;
use crate::faults::Faults;
use crate::golden_hat::GoldenHat;
use crate::mailbox::Mailbox;
use crate::options::Options;
use crate::wallet::Wallet;

/// A stand-in, by the name under which calls are listed and faults are switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    Card,
    Wallet,
    GoldenHat,
    Bakery,
    Smtp,
}

/// The whole outside world.
pub struct World {
    pub options: Options,
    pub calls: Kept<CallLog>,
    pub faults: Kept<Faults>,
    /// Told whenever a fault was switched.
    pub switched: Notify,
    pub card: Kept<CardGateway>,
    pub wallet: Kept<Wallet>,
    pub golden_hat: Kept<GoldenHat>,
    pub bakery: Kept<Bakery>,
    pub mailbox: Kept<Mailbox>,
}

impl World {
    pub fn new(options: Options) -> Self {
        Self {
            calls: Kept::new(CallLog::keeping(options.keep)),
            mailbox: Kept::new(Mailbox::keeping(options.keep)),
            options,
            faults: Kept::default(),
            switched: Notify::new(),
            card: Kept::default(),
            wallet: Kept::default(),
            golden_hat: Kept::default(),
            bakery: Kept::default(),
        }
    }

    /// Returns once the stand-in is not silent, or not any more.
    pub async fn speaks(&self, service: Service) {
        loop {
            let switched = self.switched.notified();
            if !self.faults.lock().is_silent(service) {
                return;
            }
            switched.await;
        }
    }
}

/// A mutex that a panic elsewhere does not close: one broken call must not take the other stand-ins
/// away.
#[derive(Default)]
pub struct Kept<T>(Mutex<T>);

impl<T> Kept<T> {
    fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Exclusive access; never held across an await.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
