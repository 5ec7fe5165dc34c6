//! The only name that a manager has here.

use std::fmt::{self, Write as _};

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// Bytes of a pseudonym: 80 bits, so that two managers never share one by chance.
const LENGTH: usize = 10;

/// A manager's name in this service: a keyed digest of the manager's id. Without the key nobody can
/// tell whose it is, nor try ids one by one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pseudonym(String);

impl Pseudonym {
    /// The pseudonym that was written down as `text`.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The name as text: twenty hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key that links managers to their pseudonyms. Its text form never leaves it.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

/// The key is too short to keep anything hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key must have at least {} characters", Key::SHORTEST)]
pub struct TooShort;

impl Key {
    /// The fewest characters that a key has.
    pub const SHORTEST: usize = 32;

    /// A key from its text form.
    pub fn new(text: &str) -> Result<Self, TooShort> {
        if text.len() < Self::SHORTEST {
            return Err(TooShort);
        }
        Hmac::new_from_slice(text.as_bytes())
            .map(Self)
            .map_err(|_| TooShort)
    }

    /// The pseudonym of the manager whose tokens have this subject.
    pub fn pseudonym(&self, subject: &str) -> Pseudonym {
        let digest = self
            .0
            .clone()
            .chain_update(b"artel.totalizator.manager\0")
            .chain_update(subject.to_ascii_lowercase())
            .finalize()
            .into_bytes();
        let text = digest[..LENGTH].iter().fold(String::new(), |mut text, byte| {
            // Writing to a string can't fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        Pseudonym(text)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(hidden)")
    }
}
