//! The check that every call passes.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use conventions::Role;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use opentelemetry::global;
use opentelemetry::metrics::Gauge;
use tokio_util::sync::CancellationToken;

use super::cache::Verified;
use super::caller::Caller;
use super::keys::{Keys, Reading};
use super::policies::Method;
use super::tokens::{Doubt, Expected, Identity};
use crate::Refusal;
use crate::config::AccessOptions;
use crate::refusal::chain;

/// How often an open stream's token is looked at: were the clock set, its end would come sooner or later than reckoned.
const LOOK: Duration = Duration::from_mins(1);
/// How soon keys that could not be read are asked for again.
const AGAIN: Duration = Duration::from_secs(2);

/// Why access control can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The HTTP client that reads the keys can't be made.
    #[error("the client that reads the keys can't be set up")]
    Client(#[source] reqwest::Error),
}

/// Verifies callers' tokens. Cheap to clone.
#[derive(Clone)]
pub struct Access {
    inner: Arc<Inner>,
}

struct Inner {
    keys: Keys,
    expected: Expected,
    verified: Verified,
    refresh: Duration,
    /// When the keys were last read, in seconds of Unix time.
    read_at: Gauge<u64>,
}

impl Access {
    /// Sets it up. Reads no keys yet: the server does, and goes on trying where the issuer is away.
    ///
    /// # Errors
    /// The HTTP client for the keys can't be made.
    pub fn new(options: &AccessOptions) -> Result<Self, Error> {
        Ok(Self {
            inner: Arc::new(Inner {
                keys: Keys::new(&options.jwks).map_err(Error::Client)?,
                expected: Expected {
                    issuer: options.issuer.clone(),
                    audience: options.audience.clone(),
                },
                verified: Verified::default(),
                refresh: options.refresh,
                read_at: global::meter("service-host")
                    .u64_gauge("artel.access.keys.read.timestamp")
                    .with_unit("s")
                    .with_description("When the keys that tokens are signed with were last read")
                    .build(),
            }),
        })
    }

    /// May whoever sends these headers call this method? If so, as whom.
    pub(crate) async fn admit(&self, method: &Method, headers: &HeaderMap) -> Result<Caller, Refusal> {
        let identity = match bearer(headers)? {
            Some(token) => self.identity(token).await?,
            None if method.open_to_anyone() => Arc::new(Identity::anyone()),
            None => {
                return Err(Refusal::unauthenticated(
                    "TOKEN_MISSING",
                    "send a token: `authorization: Bearer …`",
                ));
            }
        };
        let admitted: Arc<[Role]> = method
            .policy
            .roles
            .iter()
            .copied()
            .filter(|role| identity.roles.contains(role))
            .collect();
        if !admitted.is_empty() {
            return Ok(Caller::new(identity, admitted, method.policy.path));
        }
        if method.open_to_anyone() {
            return Ok(Caller::new(
                identity,
                Arc::new([Role::Anyone]),
                method.policy.path,
            ));
        }
        let needed: Vec<_> = method.policy.roles.iter().map(|role| role.claim()).collect();
        Err(Refusal::denied(
            "ROLE_NOT_ALLOWED",
            format!("only for: {}", needed.join(", ")),
        ))
    }

    /// Ends when the caller's token does: it expires, or its key is withdrawn. A stream that goes on for hours is worth no
    /// more than the token that opened it.
    pub(crate) async fn ends(self, caller: Caller) -> Refusal {
        let mut keys = self.inner.keys.watch();
        let identity = caller.identity();
        loop {
            let Some(left) = identity.left() else {
                return Doubt::Expired.into();
            };
            if !identity.is_backed_by(&keys.borrow_and_update()) {
                return Doubt::UnknownKey.into();
            }
            // The sender lives as long as `self`.
            let _ = tokio::time::timeout(left.min(LOOK), keys.changed()).await;
        }
    }

    async fn identity(&self, token: &str) -> Result<Arc<Identity>, Refusal> {
        let inner = &self.inner;
        if let Some(identity) = inner.verified.get(token) {
            return if identity.is_expired() {
                Err(Doubt::Expired.into())
            } else {
                Ok(identity)
            };
        }
        let mut keys = inner.keys.current();
        let mut result = inner.expected.verify(token, &keys);
        if result.as_ref().is_err_and(|doubt| *doubt == Doubt::UnknownKey) {
            self.read(inner.keys.read_if_stale().await);
            keys = inner.keys.current();
            result = inner.expected.verify(token, &keys);
        }
        match result {
            Ok(identity) => {
                let identity = Arc::new(identity);
                inner.verified.put(token, Arc::clone(&identity));
                // Keys that changed meanwhile have cleared the cache, perhaps before this token came into it.
                if !Arc::ptr_eq(&keys, &inner.keys.current()) {
                    inner.verified.clear();
                }
                Ok(identity)
            }
            Err(Doubt::UnknownKey) if !inner.keys.are_there() => Err(Refusal::unavailable(
                "KEYS_UNAVAILABLE",
                "tokens can't be checked: the issuer's keys are away",
                AGAIN,
            )),
            Err(doubt) => Err(doubt.into()),
        }
    }

    /// Says whether the keys could be read, or need not be.
    fn read(&self, result: Result<Reading, super::keys::Error>) -> bool {
        match result {
            Ok(Reading::Spared) => true,
            Ok(reading) => {
                let now = u64::try_from(Utc::now().timestamp()).unwrap_or_default();
                self.inner.read_at.record(now, &[]);
                if reading == Reading::Changed {
                    self.inner.verified.clear();
                    tracing::info!("the keys that tokens are signed with were read");
                }
                true
            }
            Err(error) => {
                tracing::warn!(
                    error = chain(&error),
                    "the keys that tokens are signed with can't be read"
                );
                false
            }
        }
    }

    /// Keeps the keys fresh until the shutdown.
    pub(crate) async fn refresh(&self, shutdown: CancellationToken) {
        loop {
            let pause = if self.read(self.inner.keys.read().await) {
                self.inner.refresh
            } else {
                AGAIN
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// For health: can tokens be checked?
    pub(crate) async fn probe(&self) -> Result<(), &'static str> {
        let keys = &self.inner.keys;
        if !keys.are_there() {
            // At the start the first reading may be under way: this waits for it.
            self.read(keys.read_if_stale().await);
        }
        if keys.are_there() {
            Ok(())
        } else {
            Err("the keys were never read")
        }
    }
}

/// The token that was sent, if any. Several, or another scheme, is no way to call.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let invalid = || Refusal::from(Doubt::Invalid("no bearer token"));
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(invalid());
    }
    let text = value.to_str().map_err(|_| invalid())?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => {
            Ok(Some(token.trim()))
        }
        _ => Err(invalid()),
    }
}
