//! Reproducible randomness: a candidate sees a task the same way after every lost connection.

use sha2::{Digest as _, Sha256};

use crate::domain::attempt::TaskIndex;
use crate::domain::ids::ApplicationId;

/// The seed of one candidate's view of one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed(Vec<u8>);

impl Seed {
    pub fn new(application: ApplicationId, index: TaskIndex) -> Self {
        let mut bytes = application.0.as_bytes().to_vec();
        bytes.extend_from_slice(&index.test.to_be_bytes());
        bytes.extend_from_slice(&index.task.to_be_bytes());
        Self(bytes)
    }

    /// A name for a choice that reveals neither its id nor its position.
    pub fn opaque_id(&self, id: &str) -> String {
        let digest = Sha256::new().chain_update(&self.0).chain_update(id).finalize();
        let first = digest.first_chunk().copied().map(u64::from_be_bytes);
        format!("{:016x}", first.unwrap_or_default())
    }
}
