//! The journal's seal (B10): what was booked is hashed, entry by entry, into blocks that name their predecessor's hash.
//!
//! Changing an entry breaks its digest; changing the digest too breaks its block; changing the block breaks all later
//! ones. Rewriting everything to the end is visible to whoever noted an earlier head.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::{Entry, TransactionId};

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What the first block names as its predecessor.
    pub const GENESIS: Self = Self([0; 32]);

    /// From the database's bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// From the 64 hexadecimal digits that [`fmt::Display`] writes.
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One posting as it lies in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPosting {
    /// Its id.
    pub id: i64,
    /// The account's id.
    pub account: uuid::Uuid,
    /// Minor units, debits positive.
    pub minor_units: i64,
    /// The currency's code.
    pub currency: String,
    /// The reason's word.
    pub reason: String,
}

/// One entry's digest, over everything that the journal says about it. `postings` come in the order of their ids.
pub fn digest(transaction: TransactionId, entry: &Entry, postings: &[SealedPosting]) -> Hash {
    let mut fields = Fields(Sha256::new_with_prefix(b"artel-journal-entry-1"));
    fields.put(transaction.0.as_bytes());
    fields.put(entry.cause.as_str().as_bytes());
    let order = entry.order.map(|order| order.0.into_bytes());
    fields.put(order.as_ref().map_or(&[], <[u8; 16]>::as_slice));
    fields.put(entry.note.as_bytes());
    fields.put(entry.by.role.as_bytes());
    fields.put(entry.by.id.as_bytes());
    fields.put(&entry.occurred_at.timestamp_micros().to_be_bytes());
    fields.put(&entry.booked_at.timestamp_micros().to_be_bytes());
    for posting in postings {
        fields.put(&posting.id.to_be_bytes());
        fields.put(posting.account.as_bytes());
        fields.put(&posting.minor_units.to_be_bytes());
        fields.put(posting.currency.as_bytes());
        fields.put(posting.reason.as_bytes());
    }
    fields.finish()
}

/// A block's hash: its predecessor's, its height, and the digests of its entries in order.
pub fn block(previous: Hash, height: i64, entries: &[Hash]) -> Hash {
    let mut fields = Fields(Sha256::new_with_prefix(b"artel-journal-block-1"));
    fields.put(&previous.0);
    fields.put(&height.to_be_bytes());
    for entry in entries {
        fields.put(&entry.0);
    }
    fields.finish()
}

/// Fields with their lengths: no two different lists of fields hash the same bytes.
struct Fields(Sha256);

impl Fields {
    fn put(&mut self, field: &[u8]) {
        self.0.update((field.len() as u64).to_be_bytes());
        self.0.update(field);
    }

    fn finish(self) -> Hash {
        Hash(self.0.finalize().into())
    }
}
