//! What a token must be to be believed.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use conventions::Role;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, decode_header};
use serde::Deserialize;

use super::keys::{Key, KeySet};
use crate::Refusal;

/// No token is longer, in bytes.
const LONGEST: usize = 8 * 1024;
/// How far clocks may be apart, in seconds.
const LEEWAY: u64 = 5;
/// No subject is longer, in bytes.
const LONGEST_SUBJECT: usize = 200;

/// What a verified token says.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub subject: String,
    pub roles: Vec<Role>,
    /// Seconds since 1970.
    expires: u64,
    /// The thumbprint of the key that signed it. A call without a token needs none.
    key: Option<Arc<str>>,
}

impl Identity {
    /// Nobody in particular: a call without a token.
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

    /// For how long it will be believed; `None` when it has expired.
    pub(super) fn left(&self) -> Option<Duration> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(u64::MAX, |now| now.as_secs());
        let left = self.expires.saturating_add(LEEWAY).checked_sub(now)?;
        // The second in which it ends is its last one.
        Some(Duration::from_secs(left.saturating_add(1)))
    }

    /// Is the key that signed it among these?
    pub(super) fn is_backed_by(&self, keys: &KeySet) -> bool {
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

/// Why a token isn't believed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Signed with a key that isn't known. Perhaps a new one.
    UnknownKey,
    /// It was good once.
    Expired,
    /// Anything else; the text is for the log.
    Invalid(&'static str),
}

impl From<Doubt> for Refusal {
    /// The caller isn't told what exactly is wrong: whoever forges tokens would learn from it.
    fn from(doubt: Doubt) -> Self {
        tracing::debug!(doubt = ?doubt, "a token was not believed");
        match doubt {
            Doubt::Expired => Self::unauthenticated("TOKEN_EXPIRED", "the token has expired"),
            Doubt::UnknownKey | Doubt::Invalid(_) => {
                Self::unauthenticated("TOKEN_INVALID", "the token is not valid here")
            }
        }
    }
}

/// What tokens are checked against, besides keys.
pub(super) struct Expected {
    pub issuer: String,
    pub audience: String,
}

impl Expected {
    /// Verifies a token. The algorithm is the key's; what the token claims must agree with it.
    pub(super) fn verify(&self, token: &str, keys: &KeySet) -> Result<Identity, Doubt> {
        if token.len() > LONGEST {
            return Err(Doubt::Invalid("too long"));
        }
        let header = decode_header(token).map_err(|_| Doubt::Invalid("unreadable header"))?;
        if header.crit.is_some() {
            return Err(Doubt::Invalid("demands extensions that are not known here"));
        }
        let key = keys.find(header.kid.as_deref()).ok_or(Doubt::UnknownKey)?;
        let token =
            decode::<Claims>(token, &key.verifier, &self.validation(key)).map_err(|error| doubt(&error))?;
        let claims = token.claims;
        if claims.sub.is_empty() || claims.sub.len() > LONGEST_SUBJECT {
            return Err(Doubt::Invalid("no subject, or a very long one"));
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

fn doubt(error: &jsonwebtoken::errors::Error) -> Doubt {
    match error.kind() {
        ErrorKind::ExpiredSignature => Doubt::Expired,
        ErrorKind::InvalidSignature => Doubt::Invalid("wrong signature"),
        ErrorKind::InvalidIssuer => Doubt::Invalid("other issuer"),
        ErrorKind::InvalidAudience => Doubt::Invalid("for somebody else"),
        ErrorKind::ImmatureSignature => Doubt::Invalid("not valid yet"),
        ErrorKind::InvalidAlgorithm => Doubt::Invalid("other algorithm than the key's"),
        ErrorKind::MissingRequiredClaim(_) => Doubt::Invalid("a claim is missing"),
        _ => Doubt::Invalid("malformed"),
    }
}
