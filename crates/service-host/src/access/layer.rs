//! The access check of every call.

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
use super::tokens::{Expected, Identity, TokenRejection};
use crate::Refusal;
use crate::config::AccessOptions;
use crate::error_chain::chain;

/// How often the token of an open stream is checked. The clock may be set, which moves the token's
/// end.
const CHECK_INTERVAL: Duration = Duration::from_mins(1);
/// The pause before a retry after the keys could not be read.
const RETRY_PAUSE: Duration = Duration::from_secs(2);

/// Why access control cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The HTTP client for the keys cannot be created.
    #[error("cannot set up the HTTP client for the keys")]
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
    /// When the keys were last read, as Unix time in seconds.
    read_at: Gauge<u64>,
}

impl Access {
    /// Prepares access control. Reads no keys yet: the server does, and retries while the issuer is
    /// away.
    ///
    /// # Errors
    /// The HTTP client for the keys cannot be created.
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
                    .with_description("Time of the last successful read of the keys that sign tokens")
                    .build(),
            }),
        })
    }

    /// Authenticates the caller by its token and checks that the method's policy admits it.
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

    /// Returns when the caller's token expires or its key is withdrawn, because a stream must not
    /// outlive the token that opened it.
    pub(crate) async fn ends(self, caller: Caller) -> Refusal {
        let mut keys = self.inner.keys.watch();
        let identity = caller.identity();
        loop {
            let Some(left) = identity.left() else {
                return TokenRejection::Expired.into();
            };
            if !identity.is_signed_by(&keys.borrow_and_update()) {
                return TokenRejection::UnknownKey.into();
            }
            // An error is impossible: the sender lives as long as `self`.
            let _ = tokio::time::timeout(left.min(CHECK_INTERVAL), keys.changed()).await;
        }
    }

    async fn identity(&self, token: &str) -> Result<Arc<Identity>, Refusal> {
        let inner = &self.inner;
        if let Some(identity) = inner.verified.get(token) {
            return if identity.is_expired() {
                Err(TokenRejection::Expired.into())
            } else {
                Ok(identity)
            };
        }
        let mut keys = inner.keys.current();
        let mut result = inner.expected.verify(token, &keys);
        if result
            .as_ref()
            .is_err_and(|rejection| *rejection == TokenRejection::UnknownKey)
        {
            self.read(inner.keys.read_if_stale().await);
            keys = inner.keys.current();
            result = inner.expected.verify(token, &keys);
        }
        match result {
            Ok(identity) => {
                let identity = Arc::new(identity);
                inner.verified.put(token, Arc::clone(&identity));
                // If the keys changed meanwhile, the cache was cleared, perhaps before this token
                // was added.
                if !Arc::ptr_eq(&keys, &inner.keys.current()) {
                    inner.verified.clear();
                }
                Ok(identity)
            }
            Err(TokenRejection::UnknownKey) if !inner.keys.is_loaded() => Err(Refusal::unavailable(
                "KEYS_UNAVAILABLE",
                "tokens cannot be verified: the issuer's keys could not be read yet",
                RETRY_PAUSE,
            )),
            Err(rejection) => Err(rejection.into()),
        }
    }

    /// Handles the result of a read. Returns whether it succeeded or was skipped.
    fn read(&self, result: Result<Reading, super::keys::Error>) -> bool {
        match result {
            Ok(Reading::Skipped) => true,
            Ok(reading) => {
                let now = u64::try_from(Utc::now().timestamp()).unwrap_or_default();
                self.inner.read_at.record(now, &[]);
                if reading == Reading::Changed {
                    self.inner.verified.clear();
                    tracing::info!("the issuer's keys have changed");
                }
                true
            }
            Err(error) => {
                tracing::warn!(error = chain(&error), "the issuer's keys cannot be read");
                false
            }
        }
    }

    /// Re-reads the keys at every interval until the shutdown.
    pub(crate) async fn refresh(&self, shutdown: CancellationToken) {
        loop {
            let pause = if self.read(self.inner.keys.read().await) {
                self.inner.refresh
            } else {
                RETRY_PAUSE
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Whether tokens can be verified. For health.
    pub(crate) async fn probe(&self) -> Result<(), &'static str> {
        let keys = &self.inner.keys;
        if !keys.is_loaded() {
            // At the start the first read may be in progress. This waits for it.
            self.read(keys.read_if_stale().await);
        }
        if keys.is_loaded() {
            Ok(())
        } else {
            Err("the keys were never read")
        }
    }
}

/// The bearer token, if there is an `authorization` header. Several headers or another scheme are
/// invalid.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let invalid = || Refusal::from(TokenRejection::Invalid("no bearer token"));
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
