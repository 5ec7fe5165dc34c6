//! Checks that today's contract is compatible with the landed ones. A dev-dependency of contract
//! crates.
//!
//! Two versions of a program meet in three places: in Kafka, which keeps events for years; in the
//! table of answers; and while one version replaces the other or is rolled back.
//! `proto/golden/<n>/` keeps the payloads that each landing wrote (see the README there). Every
//! contract crate tests four claims:
//!
//! * Today's code reads every payload of every landing and encodes it to the same bytes, because a
//!   request's digest is computed from them.
//! * Programs of the last landing read every payload of today's code and find every field that they
//!   know.
//! * Every stored message has a golden payload in today's form.
//! * A changed policy, topic, key or rule is listed in `proto/golden/accepted.txt` with its reason.
//!
//! A check fails by panicking, with a message that says what to do.

#![warn(missing_docs)]
#![allow(
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test fails by panicking"
)]

mod changes;
mod landing;
mod rules;
mod sample;

use std::collections::{BTreeMap, BTreeSet};

use conventions::Validate;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, Kind, MessageDescriptor, Value};
use serde_json::Value as Json;

use crate::landing::{Golden, Landing};

/// The environment variable that makes the completeness test write missing payloads. Set by
/// `make golden`.
const WRITE: &str = "ARTEL_WRITE_GOLDEN";

/// A message that is stored, and so is read by programs other than the one that wrote it.
#[derive(Debug, Clone, Copy)]
pub struct Stored {
    name: &'static str,
    rewrite: fn(&[u8]) -> Result<Vec<u8>, String>,
}

impl Stored {
    /// An event or the request of a command: checked against its rules when it is read.
    pub const fn checked<M: Message + Default + Validate>(name: &'static str) -> Self {
        Self {
            name,
            rewrite: |bytes| {
                let message = M::decode(bytes).map_err(|error| error.to_string())?;
                message.validate().map_err(|error| error.to_string())?;
                Ok(message.encode_to_vec())
            },
        }
    }

    /// The answer to a command: read without checks.
    pub const fn trusted<M: Message + Default>(name: &'static str) -> Self {
        Self {
            name,
            rewrite: |bytes| {
                let message = M::decode(bytes).map_err(|error| error.to_string())?;
                Ok(message.encode_to_vec())
            },
        }
    }
}

/// The tests of one contract crate. `contract-build` generates this call with the stored messages.
#[macro_export]
macro_rules! tests {
    ($context:literal, $descriptors:expr, $stored:expr) => {
        const STORED: &[$crate::Stored] = $stored;

        fn contract() -> $crate::Contract {
            $crate::Contract::new($context, $descriptors, STORED)
        }

        #[test]
        fn today_s_code_reads_landed_payloads() {
            contract().reads_landed_payloads();
        }

        #[test]
        fn landed_code_reads_today_s_payloads() {
            contract().is_read_by_landed_code();
        }

        #[test]
        fn every_stored_message_has_a_golden_payload() {
            contract().has_all_golden_payloads();
        }

        #[test]
        fn every_change_that_affects_landed_code_is_accepted() {
            contract().has_only_accepted_changes();
        }
    };
}

/// Today's contract of one context.
pub struct Contract {
    context: &'static str,
    pool: DescriptorPool,
    stored: &'static [Stored],
}

impl Contract {
    /// `descriptors` with all custom options; `stored` lists all messages that the context stores.
    pub fn new(context: &'static str, descriptors: &[u8], stored: &'static [Stored]) -> Self {
        let pool = DescriptorPool::decode(descriptors)
            .unwrap_or_else(|error| panic!("the descriptors of {context} cannot be read: {error}"));
        Self {
            context,
            pool,
            stored,
        }
    }

    /// Every payload of every landing is decoded by today's code, passes today's rules, has the
    /// same content, and is encoded to the same bytes: a request that is repeated across a roll-out
    /// must keep its digest.
    pub fn reads_landed_payloads(&self) {
        let mut wrong = Vec::new();
        for landing in Landing::all() {
            for (key, golden) in landing.payloads(self.context) {
                if let Err(why) = self.read(&key, &golden) {
                    wrong.push(format!("{key} of landing {landing}: {why}"));
                }
            }
        }
        assert_none(&wrong, "today's code does not read these landed payloads");
    }

    fn read(&self, key: &str, golden: &Golden) -> Result<(), String> {
        let name = key.split_once('#').map_or(key, |(name, _)| name);
        let stored = self.stored.iter().find(|stored| stored.name == name);
        let stored =
            stored.ok_or("the message is no longer an event, a command's request or a command's answer")?;
        let bytes = golden.bytes()?;
        let again = (stored.rewrite)(&bytes)?;
        let content = json(&decode(&self.message(name), &bytes));
        if content != golden.json {
            return Err(format!(
                "the content was {} and is read as {content}",
                golden.json
            ));
        }
        if again != bytes {
            return Err("the encoding differs, and so would the digests of stored requests".to_owned());
        }
        Ok(())
    }

    /// The last landing's descriptors decode every payload of today's code and find every field
    /// that they found before.
    pub fn is_read_by_landed_code(&self) {
        let Some((landing, landed)) = Landing::last_closed() else {
            return;
        };
        let mut before: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for earlier in Landing::all()
            .into_iter()
            .filter(|earlier| earlier.number <= landing.number)
        {
            for (key, golden) in earlier.payloads(self.context) {
                let name = key.split_once('#').map_or(key.as_str(), |(name, _)| name);
                if let (Some(message), Ok(bytes)) = (landed.get_message_by_name(name), golden.bytes()) {
                    paths(
                        "",
                        &decode(&message, &bytes),
                        before.entry(name.to_owned()).or_default(),
                    );
                }
            }
        }
        let mut wrong = Vec::new();
        for stored in self.stored {
            let Some(message) = landed.get_message_by_name(stored.name) else {
                continue;
            };
            let mut now = BTreeSet::new();
            for payload in self.payloads(stored) {
                paths("", &decode(&message, &payload), &mut now);
            }
            let missing = before.get(stored.name).into_iter().flatten();
            for path in missing.filter(|path| !now.contains(*path)) {
                wrong.push(format!("{}{path}", stored.name));
            }
        }
        assert_none(
            &wrong,
            &format!("programs of landing {landing} do not find these fields in today's payloads"),
        );
    }

    /// The newest golden payload of every stored message equals today's. With `ARTEL_WRITE_GOLDEN`
    /// set, writes the missing payloads to the open landing; a closed landing is never changed.
    pub fn has_all_golden_payloads(&self) {
        let (mut today, mut empty) = (BTreeMap::new(), Vec::new());
        for stored in self.stored {
            empty.extend(self.never_set(stored));
            for (variant, bytes) in self.payloads(stored).into_iter().enumerate() {
                let key = match variant {
                    0 => stored.name.to_owned(),
                    _ => format!("{}#{variant}", stored.name),
                };
                let json = json(&decode(&self.message(stored.name), &bytes));
                today.insert(key, Golden::new(&bytes, json));
            }
        }
        assert_none(
            &empty,
            "no sample sets these fields: extend crates/contract-history/src/sample.rs",
        );
        if std::env::var_os(WRITE).is_some() {
            Landing::write(self.context, &today);
        }
        let mut newest = BTreeMap::new();
        for landing in Landing::all() {
            newest.extend(landing.payloads(self.context));
        }
        let missing: Vec<String> = today
            .into_iter()
            .filter(|(key, golden)| newest.get(key) != Some(golden))
            .map(|(key, _)| key)
            .collect();
        assert_none(
            &missing,
            "these messages have no golden payload in today's form. Run `make golden` and commit its output with the change",
        );
    }

    /// Policies, events and rules equal those of the last landing, or the change is listed in
    /// `accepted.txt`.
    pub fn has_only_accepted_changes(&self) {
        let Some((landing, landed)) = Landing::last_closed() else {
            return;
        };
        // Every context checks the shared package too, and reports its changes in the same words.
        let packages = [format!("artel.{}.v1", self.context), "artel.type.v1".to_owned()];
        let changes: Vec<String> = packages
            .iter()
            .flat_map(|package| changes::between(&landed, &self.pool, package))
            .collect();
        let accepted = Landing::accepted();
        let unaccepted: Vec<String> = changes
            .iter()
            .filter(|change| !accepted.contains_key(*change))
            .cloned()
            .collect();
        assert_none(
            &unaccepted,
            &format!(
                "these changes affect programs and callers of landing {landing}. Revert them, or list each in \
                 proto/golden/accepted.txt as `change -- reason`"
            ),
        );
        let stale: Vec<String> = accepted
            .into_keys()
            .filter(|listed| {
                packages
                    .iter()
                    .any(|package| listed.starts_with(&format!("{package}.")))
            })
            .filter(|listed| !changes.contains(listed))
            .collect();
        assert_none(
            &stale,
            "proto/golden/accepted.txt lists changes that do not exist",
        );
    }

    /// Today's payloads, with every field set.
    fn payloads(&self, stored: &Stored) -> Vec<Vec<u8>> {
        let variants = sample::variants(&self.message(stored.name));
        let write = |message: &DynamicMessage| {
            (stored.rewrite)(&message.encode_to_vec())
                .unwrap_or_else(|why| panic!("the sample of {} breaks its own contract: {why}", stored.name))
        };
        variants.iter().map(write).collect()
    }

    /// Fields at any depth that no variant of the sample sets, so that no check would cover them.
    fn never_set(&self, stored: &Stored) -> Vec<String> {
        let message = self.message(stored.name);
        let (mut all, mut set) = (BTreeSet::new(), BTreeSet::new());
        all_paths("", &message, &mut all);
        for payload in self.payloads(stored) {
            paths("", &decode(&message, &payload), &mut set);
        }
        all.difference(&set)
            .map(|path| format!("{}{path}", stored.name))
            .collect()
    }

    fn message(&self, name: &str) -> MessageDescriptor {
        self.pool
            .get_message_by_name(name)
            .unwrap_or_else(|| panic!("there is no message {name}"))
    }
}

fn decode(message: &MessageDescriptor, bytes: &[u8]) -> DynamicMessage {
    DynamicMessage::decode(message.clone(), bytes)
        .unwrap_or_else(|error| panic!("{} cannot be decoded: {error}", message.full_name()))
}

fn json(message: &DynamicMessage) -> Json {
    serde_json::to_value(message).unwrap_or_else(|error| panic!("a message has no JSON: {error}"))
}

/// The paths of all fields of Artel's own messages, at any depth: `.order.slot.start`.
fn all_paths(above: &str, message: &MessageDescriptor, found: &mut BTreeSet<String>) {
    for field in message.fields() {
        let path = format!("{above}.{}", field.name());
        match field.kind() {
            Kind::Message(inner) if inner.package_name().starts_with("artel.") => {
                all_paths(&path, &inner, found);
            }
            _ => {}
        }
        found.insert(path);
    }
}

/// The paths of all fields that are set, at any depth.
fn paths(above: &str, message: &DynamicMessage, found: &mut BTreeSet<String>) {
    for (field, value) in message.fields() {
        let path = format!("{above}.{}", field.name());
        match value {
            Value::Message(inner) => paths(&path, inner, found),
            Value::List(list) => list
                .iter()
                .filter_map(Value::as_message)
                .for_each(|inner| paths(&path, inner, found)),
            _ => {}
        }
        found.insert(path);
    }
}

fn assert_none(found: &[String], problem: &str) {
    assert!(found.is_empty(), "{problem}:\n  {}", found.join("\n  "));
}
