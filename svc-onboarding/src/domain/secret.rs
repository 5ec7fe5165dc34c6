//! Tokens in letters. Whoever holds one acts as the candidate; only a hash of it is kept.

use std::fmt;
use std::hint::black_box;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A token: which application it is about, and a secret of 256 bits. Written in 64 characters fit for a link.
///
/// The application's id in front finds the row by its key, so that the secret itself is never looked up, only compared.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    application: Uuid,
    secret: [u8; 32],
}

/// What is kept of a token.
#[derive(Debug, Clone, Copy)]
pub struct Hash([u8; 32]);

/// Text that is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this link is not valid")]
pub struct NotAToken;

impl Token {
    /// A token from 32 bytes of true randomness.
    pub fn new(application: Uuid, secret: [u8; 32]) -> Self {
        Self { application, secret }
    }

    /// Reads what [`Token::reveal`] wrote.
    pub fn parse(text: &str) -> Result<Self, NotAToken> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAToken)?;
        let (application, secret) = bytes.split_first_chunk::<16>().ok_or(NotAToken)?;
        Ok(Self {
            application: Uuid::from_bytes(*application),
            secret: secret.try_into().map_err(|_| NotAToken)?,
        })
    }

    /// The application that the token is about; whether it truly is, only [`Hash::matches`] says.
    pub fn application(&self) -> Uuid {
        self.application
    }

    /// The token as it stands in a link. Named so that it is seen where a secret leaves.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode([self.application.as_bytes().as_slice(), &self.secret].concat())
    }

    /// What is kept of it. The secret has full entropy: a plain digest can't be guessed back.
    pub fn hash(&self) -> Hash {
        let digest = Sha256::new()
            .chain_update(self.application.as_bytes())
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
    /// A hash as it was kept.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// For keeping.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether the token is the one; takes the same time whether it differs early, late or not at all.
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
        Token::new(Uuid::from_u128(1), [7; 32])
    }

    #[test]
    fn h3_a_token_fits_a_link_and_comes_back_whole() {
        let text = token().reveal();
        assert_eq!(text.len(), 64);
        assert!(
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
        assert_eq!(Token::parse(&text), Ok(token()));
    }

    #[test]
    fn h3_a_kept_hash_knows_its_token_only() {
        let kept = Hash::from_slice(token().hash().as_bytes()).unwrap();
        assert!(kept.matches(&token()));
        assert!(!kept.matches(&Token::new(Uuid::from_u128(2), [7; 32])));
        let mut secret = [7; 32];
        secret[31] ^= 1;
        assert!(!kept.matches(&Token::new(Uuid::from_u128(1), secret)));
    }

    #[test]
    fn h3_a_token_does_not_show_itself_in_logs() {
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
