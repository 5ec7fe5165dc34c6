//! Chance that can be repeated: the same candidate sees the same task the same way, after every lost connection.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// Makes one candidate's view of one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed(Vec<u8>);

impl Seed {
    /// The seed of a task, by its place, for a candidate.
    pub fn new(application: Uuid, test: usize, task: usize) -> Self {
        let mut bytes = application.as_bytes().to_vec();
        bytes.extend_from_slice(&test.to_be_bytes());
        bytes.extend_from_slice(&task.to_be_bytes());
        Self(bytes)
    }

    /// A name for a choice from which neither its id nor its place can be told.
    pub fn blind(&self, id: &str) -> String {
        let digest = Sha256::new().chain_update(&self.0).chain_update(id).finalize();
        let first = digest.first_chunk().copied().map(u64::from_be_bytes);
        format!("{:016x}", first.unwrap_or_default())
    }
}
