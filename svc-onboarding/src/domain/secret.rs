//! Tokens in e-mails. The holder of a token acts as the candidate. Only its hash is stored.

use std::fmt;
use std::hint::black_box;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::ids::ApplicationId;

/// The id of an application and a secret of 256 bits, written as 64 characters for a link.
///
/// The id finds the row by its key, so that the secret is compared and never looked up.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    application: ApplicationId,
    secret: [u8; 32],
}

/// The hash of a token, which is stored.
#[derive(Debug, Clone, Copy)]
pub struct Hash([u8; 32]);

/// The text is not a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this link is not valid")]
pub struct NotAToken;

impl Token {
    /// A token with `secret`, which must be random.
    pub fn new(application: ApplicationId, secret: [u8; 32]) -> Self {
        Self { application, secret }
    }

    /// Reads the text of [`Token::reveal`].
    pub fn parse(text: &str) -> Result<Self, NotAToken> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAToken)?;
        let (application, secret) = bytes.split_first_chunk::<16>().ok_or(NotAToken)?;
        Ok(Self {
            application: ApplicationId(Uuid::from_bytes(*application)),
            secret: secret.try_into().map_err(|_| NotAToken)?,
        })
    }

    /// The application that the token claims to open. [`Hash::matches`] verifies the claim.
    pub fn application(&self) -> ApplicationId {
        self.application
    }

    /// The token's text in a link. The name makes uses of the secret easy to find.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode([self.application.0.as_bytes().as_slice(), &self.secret].concat())
    }

    /// The hash to store. A plain digest is enough, because a random secret cannot be guessed.
    pub fn hash(&self) -> Hash {
        let digest = Sha256::new()
            .chain_update(self.application.0)
            .chain_update(self.secret)
            .finalize();
        Hash(digest.into())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}, …)", self.application)
    }
}

impl Hash {
    /// A stored hash. `None` if the length is wrong.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether this is the token's hash. Takes constant time.
    pub fn matches(&self, token: &Token) -> bool {
        let other = token.hash();
        let difference = self
            .0
            .iter()
            .zip(other.0)
            .fold(0, |all, (a, b)| black_box(all | (a ^ b)));
        black_box(difference) == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token() -> Token {
        Token::new(ApplicationId(Uuid::from_u128(1)), [7; 32])
    }

    #[test]
    fn h3_a_token_fits_a_link_and_is_read_back_unchanged() {
        let text = token().reveal();
        assert_eq!(text.len(), 64);
        assert!(
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
        assert_eq!(Token::parse(&text), Ok(token()));
    }

    #[test]
    fn h3_a_stored_hash_matches_its_token_only() {
        let stored = Hash::from_slice(token().hash().as_bytes()).unwrap();
        assert!(stored.matches(&token()));
        assert!(!stored.matches(&Token::new(ApplicationId(Uuid::from_u128(2)), [7; 32])));
        let mut secret = [7; 32];
        secret[31] ^= 1;
        assert!(!stored.matches(&Token::new(ApplicationId(Uuid::from_u128(1)), secret)));
    }

    #[test]
    fn h3_logs_do_not_show_a_token() {
        assert!(!format!("{:?}", token()).contains("7, 7"));
        assert!(!format!("{:?}", token()).contains(&token().reveal()));
    }

    proptest! {
        #[test]
        fn h3_other_text_is_no_token(text in "\\PC{0,90}") {
            if let Ok(token) = Token::parse(&text) {
                prop_assert_eq!(token.reveal(), text);
            }
        }
    }
}
