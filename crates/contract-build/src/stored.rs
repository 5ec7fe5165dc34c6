//! The messages that a context stores: events (in the outbox, in topics, parked), requests of
//! commands (as digests) and their answers. The next and the previous version of the program must
//! read them.

use std::collections::BTreeMap;

use prost_reflect::{DescriptorPool, MessageDescriptor};

use crate::tables::{event, is_command};

/// Rust source for one context's tests: one call of `contract_history::tests`.
pub(crate) fn generate(pool: &DescriptorPool, name: &str) -> String {
    let package = format!("artel.{name}.v1");
    // By name, because several methods may have the same answer. A message that is checked when it
    // is read overrides the same message as an answer, which is not.
    let mut stored: BTreeMap<String, &str> = BTreeMap::new();
    let own =
        |message: &MessageDescriptor| message.package_name() == package && message.parent_message().is_none();
    let services = pool
        .services()
        .filter(|service| service.package_name() == package);
    for method in services.flat_map(|service| service.methods().collect::<Vec<_>>()) {
        // The answer to a stream of requests is not stored.
        if is_command(&method.input()) && !method.is_client_streaming() && own(&method.output()) {
            stored.insert(method.output().name().to_owned(), "trusted");
        }
    }
    for message in pool.all_messages().filter(own) {
        if event(pool, &message).is_some() || is_command(&message) {
            stored.insert(message.name().to_owned(), "checked");
        }
    }
    let entries: Vec<String> = stored
        .into_iter()
        .map(|(message, how)| {
            format!("    contract_history::Stored::{how}::<crate::v1::{message}>(\"{package}.{message}\"),\n")
        })
        .collect();
    format!(
        "contract_history::tests!({name:?}, crate::FILE_DESCRIPTOR_SET, &[\n{}]);\n",
        entries.concat()
    )
}
