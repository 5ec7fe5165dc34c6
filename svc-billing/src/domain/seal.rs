//! The seal of the journal (B10): every entry is hashed into a block, and every block contains the
//! hash of the block before it.
//!
//! A changed entry does not match its digest, a changed digest does not match its block, and a
//! changed block does not match the next one. A journal that was rewritten to its end does not
//! contain a head that was noted before.

use std::fmt;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The predecessor of the first block.
    pub const GENESIS: Self = Self([0; 32]);

    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Reads the 64 hexadecimal digits that [`fmt::Display`] writes.
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

/// A transaction exactly as the journal stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    pub transaction_id: Uuid,
    pub cause: String,
    pub order_id: Option<Uuid>,
    pub note: String,
    pub actor_role: String,
    pub actor_id: String,
    pub occurred_at: DateTime<Utc>,
    pub booked_at: DateTime<Utc>,
    /// In the order of their ids.
    pub postings: Vec<JournalPosting>,
}

/// A posting exactly as the journal stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalPosting {
    pub id: i64,
    pub account_id: Uuid,
    pub amount: i64,
    pub currency: String,
    pub reason: String,
}

impl JournalEntry {
    /// A hash over all fields.
    pub fn digest(&self) -> Hash {
        let mut fields = Fields(Sha256::new_with_prefix(b"artel-journal-entry-1"));
        fields.put(self.transaction_id.as_bytes());
        fields.put(self.cause.as_bytes());
        let order = self.order_id.map(Uuid::into_bytes);
        fields.put(order.as_ref().map_or(&[], <[u8; 16]>::as_slice));
        fields.put(self.note.as_bytes());
        fields.put(self.actor_role.as_bytes());
        fields.put(self.actor_id.as_bytes());
        fields.put(&self.occurred_at.timestamp_micros().to_be_bytes());
        fields.put(&self.booked_at.timestamp_micros().to_be_bytes());
        for posting in &self.postings {
            fields.put(&posting.id.to_be_bytes());
            fields.put(posting.account_id.as_bytes());
            fields.put(&posting.amount.to_be_bytes());
            fields.put(posting.currency.as_bytes());
            fields.put(posting.reason.as_bytes());
        }
        fields.finish()
    }
}

/// The hash of a block: over its predecessor's hash, its height, and the digests of its entries in
/// order.
pub fn block(previous: Hash, height: i64, entries: &[Hash]) -> Hash {
    let mut fields = Fields(Sha256::new_with_prefix(b"artel-journal-block-1"));
    fields.put(&previous.0);
    fields.put(&height.to_be_bytes());
    for entry in entries {
        fields.put(&entry.0);
    }
    fields.finish()
}

/// Hashes each field with its length, so that different lists of fields are different bytes.
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
