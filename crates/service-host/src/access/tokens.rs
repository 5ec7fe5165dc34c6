//! Verification of tokens.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use conventions::Role;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, decode_header};
use serde::Deserialize;

use super::keys::{Key, KeySet};
use crate::Refusal;

/// The longest token, in bytes.
const MAX_TOKEN: usize = 8 * 1024;
/// How far the clocks of issuer and service may differ, in seconds.
const LEEWAY: u64 = 5;
/// The longest subject, in bytes.
const MAX_SUBJECT: usize = 200;

/// The contents of a verified token.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub subject: String,
    pub roles: Vec<Role>,
    /// Unix time in seconds.
    expires: u64,
    /// The thumbprint of the key that signed the token. `None` for a call without a token.
    key: Option<Arc<str>>,
}

impl Identity {
    /// The identity of a call without a token.
    pub(super) fn anyone() -> Self {
        Self {
            subject: String::new(),
            roles: vec![Role::Anyone],
            expires: u64::MAX,
            key: None,
        }
    }

    pub(super) fn is_expired(&self) -> bool {
        self.left().is_none()
    }

    /// How long the token is still valid. `None` if it has expired.
    pub(super) fn left(&self) -> Option<Duration> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(u64::MAX, |now| now.as_secs());
        let left = self.expires.saturating_add(LEEWAY).checked_sub(now)?;
        // The token is valid until the end of the second in which it expires.
        Some(Duration::from_secs(left.saturating_add(1)))
    }

    /// Whether the key that signed the token is one of `keys`.
    pub(super) fn is_signed_by(&self, keys: &KeySet) -> bool {
        self.key.as_deref().is_none_or(|key| keys.holds(key))
    }
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
    #[serde(default)]
    roles: Vec<String>,
}

/// Why a token is rejected.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TokenRejection {
    /// The key that signed the token is unknown. It may be new.
    UnknownKey,
    /// The token has expired.
    Expired,
    /// Any other reason. The text is for the log.
    Invalid(&'static str),
}

impl From<TokenRejection> for Refusal {
    /// The caller does not learn the exact reason, because that would help to forge tokens.
    fn from(rejection: TokenRejection) -> Self {
        tracing::debug!(reason = ?rejection, "a token was rejected");
        match rejection {
            TokenRejection::Expired => Self::unauthenticated("TOKEN_EXPIRED", "the token has expired"),
            TokenRejection::UnknownKey | TokenRejection::Invalid(_) => {
                Self::unauthenticated("TOKEN_INVALID", "the token is not valid here")
            }
        }
    }
}

/// The values that a token must have.
pub(super) struct Expected {
    pub issuer: String,
    pub audience: String,
}

impl Expected {
    /// Verifies a token. The token must use the algorithm of its key.
    pub(super) fn verify(&self, token: &str, keys: &KeySet) -> Result<Identity, TokenRejection> {
        if token.len() > MAX_TOKEN {
            return Err(TokenRejection::Invalid("too long"));
        }
        let header = decode_header(token).map_err(|_| TokenRejection::Invalid("unreadable header"))?;
        if header.crit.is_some() {
            return Err(TokenRejection::Invalid("requires unknown extensions"));
        }
        let key = keys
            .find(header.kid.as_deref())
            .ok_or(TokenRejection::UnknownKey)?;
        let token = decode::<Claims>(token, &key.verifier, &self.validation(key))
            .map_err(|error| rejection(&error))?;
        let claims = token.claims;
        if claims.sub.is_empty() || claims.sub.len() > MAX_SUBJECT {
            return Err(TokenRejection::Invalid("no subject, or too long"));
        }
        let roles = claims
            .roles
            .iter()
            .filter_map(|word| Role::from_claim(word))
            .collect();
        Ok(Identity {
            subject: claims.sub,
            roles,
            expires: claims.exp,
            key: Some(Arc::clone(&key.thumbprint)),
        })
    }

    fn validation(&self, key: &Key) -> Validation {
        let mut validation = Validation::new(key.algorithm);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation
    }
}

fn rejection(error: &jsonwebtoken::errors::Error) -> TokenRejection {
    match error.kind() {
        ErrorKind::ExpiredSignature => TokenRejection::Expired,
        ErrorKind::InvalidSignature => TokenRejection::Invalid("wrong signature"),
        ErrorKind::InvalidIssuer => TokenRejection::Invalid("other issuer"),
        ErrorKind::InvalidAudience => TokenRejection::Invalid("other audience"),
        ErrorKind::ImmatureSignature => TokenRejection::Invalid("not valid yet"),
        ErrorKind::InvalidAlgorithm => TokenRejection::Invalid("other algorithm than the key's"),
        ErrorKind::MissingRequiredClaim(_) => TokenRejection::Invalid("a claim is missing"),
        _ => TokenRejection::Invalid("malformed"),
    }
}
