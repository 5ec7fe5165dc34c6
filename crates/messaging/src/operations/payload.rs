//! Showing a payload to a person.

use prost_reflect::{DescriptorPool, DynamicMessage};

/// The contracts that payloads are decoded with.
#[derive(Debug, Clone, Default)]
pub(super) struct Contracts {
    pool: DescriptorPool,
}

impl Contracts {
    pub(super) fn of(descriptors: &[&[u8]]) -> Self {
        let mut pool = DescriptorPool::new();
        for set in descriptors {
            // Contracts share files; the same file twice is fine. A set that can't be read costs only the view.
            if let Err(error) = pool.decode_file_descriptor_set(*set) {
                tracing::warn!(%error, "a contract's descriptors can't be read; its payloads are shown as bytes only");
            }
        }
        Self { pool }
    }

    /// Protobuf JSON, or nothing where the type is unknown or the payload does not decode.
    pub(super) fn json(&self, event_type: &str, payload: &[u8]) -> Option<String> {
        let message = self.pool.get_message_by_name(event_type)?;
        let message = DynamicMessage::decode(message, payload).ok()?;
        serde_json::to_string_pretty(&message).ok()
    }
}
