//! What a contract was when it landed, and whether today's still fits to it. A dev-dependency of contract crates only.
//!
//! Programs of two versions meet: in Kafka, where events lie for years; in the table of answers; while one version replaces
//! the other, or takes its place back. `proto/golden/<n>/` keeps, per landing, what was written then (see the README there).
//! Against it stand four claims, each a test of every contract crate:
//!
//! * today's code reads what any landing's code wrote, and writes it again byte for byte: a request's digest is made of that;
//! * programs of the last landing read what today's code writes, and miss no field that they know;
//! * everything that is stored has a golden payload of the form that it has today;
//! * a policy, an event's topic or key, or a rule that changed is named in `proto/golden/accepted.txt`, with why it may.
//!
//! It panics where something is missing, with words that say what to do: that is how a test fails.

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

/// The environment variable that makes the completeness test write what is missing: `make golden` sets it.
const WRITE: &str = "ARTEL_WRITE_GOLDEN";

/// A kind of message that outlives the program that wrote it.
#[derive(Debug, Clone, Copy)]
pub struct Stored {
    name: &'static str,
    rewrite: fn(&[u8]) -> Result<Vec<u8>, String>,
}

impl Stored {
    /// One that is checked against its rules when it is read: an event, or a command's request.
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

    /// One that is taken as it is: a command's answer.
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

/// The tests of one contract crate. `contract-build` writes this call, with what its context stores.
#[macro_export]
macro_rules! tests {
    ($context:literal, $descriptors:expr, $stored:expr) => {
        const STORED: &[$crate::Stored] = $stored;

        fn contract() -> $crate::Contract {
            $crate::Contract::new($context, $descriptors, STORED)
        }

        #[test]
        fn today_s_code_reads_what_landed_code_wrote() {
            contract().reads_what_landed_code_wrote();
        }

        #[test]
        fn landed_code_reads_what_today_s_code_writes() {
            contract().is_read_by_landed_code();
        }

        #[test]
        fn everything_stored_has_a_golden_payload() {
            contract().has_all_golden_payloads();
        }

        #[test]
        fn every_change_that_landed_code_could_meet_is_named() {
            contract().names_its_changes();
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
    /// `descriptors` with all custom options; `stored` is everything that the context stores.
    pub fn new(context: &'static str, descriptors: &[u8], stored: &'static [Stored]) -> Self {
        let pool = DescriptorPool::decode(descriptors)
            .unwrap_or_else(|error| panic!("the descriptors of {context} can't be read: {error}"));
        Self {
            context,
            pool,
            stored,
        }
    }

    /// Every payload of every landing is decoded by today's code, keeps today's rules, says what it said, and is encoded to
    /// the same bytes: a request that is repeated across a roll-out keeps its digest.
    pub fn reads_what_landed_code_wrote(&self) {
        let mut wrong = Vec::new();
        for landing in Landing::all() {
            for (key, golden) in landing.payloads(self.context) {
                if let Err(why) = self.read(&key, &golden) {
                    wrong.push(format!("{key} of landing {landing}: {why}"));
                }
            }
        }
        nothing(&wrong, "what landed code wrote is not read any more");
    }

    fn read(&self, key: &str, golden: &Golden) -> Result<(), String> {
        let name = key.split_once('#').map_or(key, |(name, _)| name);
        let stored = self.stored.iter().find(|stored| stored.name == name);
        let stored = stored.ok_or("it is neither an event nor a command's request or answer any more")?;
        let bytes = golden.bytes()?;
        let again = (stored.rewrite)(&bytes)?;
        let said = json(&decode(&self.message(name), &bytes));
        if said != golden.json {
            return Err(format!("it said {}, and is read as {said}", golden.json));
        }
        if again != bytes {
            return Err(
                "it is encoded to other bytes than before: the digests of stored requests would differ"
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// The last landing's descriptors decode what today's code writes, and find every field that they found before.
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
        nothing(
            &wrong,
            &format!("programs of landing {landing} miss these fields in what today's code writes"),
        );
    }

    /// The newest golden payload of everything stored is what today's code writes. With `ARTEL_WRITE_GOLDEN` set, writes
    /// those that differ into the open landing; a closed one is never touched.
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
        nothing(
            &empty,
            "no sample sets these fields: teach contract-history's samples",
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
        nothing(
            &missing,
            "these have no golden payload of today's form. `make golden` writes it; commit it with the change. Missing",
        );
    }

    /// Policies, events and rules are those of the last landing, or the difference is named in `accepted.txt`.
    pub fn names_its_changes(&self) {
        let Some((landing, landed)) = Landing::last_closed() else {
            return;
        };
        // What all share is everybody's: each context names it the same way.
        let packages = [format!("artel.{}.v1", self.context), "artel.type.v1".to_owned()];
        let changes: Vec<String> = packages
            .iter()
            .flat_map(|package| changes::between(&landed, &self.pool, package))
            .collect();
        let accepted = Landing::accepted();
        let unnamed: Vec<String> = changes
            .iter()
            .filter(|change| !accepted.contains_key(*change))
            .cloned()
            .collect();
        nothing(
            &unnamed,
            &format!(
                "programs and callers of landing {landing} would meet these changes. Take them back, or name each in \
                 proto/golden/accepted.txt as `change -- why it may be`"
            ),
        );
        let stale: Vec<String> = accepted
            .into_keys()
            .filter(|named| {
                packages
                    .iter()
                    .any(|package| named.starts_with(&format!("{package}.")))
            })
            .filter(|named| !changes.contains(named))
            .collect();
        nothing(&stale, "proto/golden/accepted.txt names what is no change");
    }

    /// What today's code writes, with every field filled.
    fn payloads(&self, stored: &Stored) -> Vec<Vec<u8>> {
        let variants = sample::variants(&self.message(stored.name));
        let write = |message: &DynamicMessage| {
            (stored.rewrite)(&message.encode_to_vec())
                .unwrap_or_else(|why| panic!("the sample of {} breaks its own contract: {why}", stored.name))
        };
        variants.iter().map(write).collect()
    }

    /// Fields that are empty in every variant of the sample, at whatever depth: nothing would be known of them.
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
        .unwrap_or_else(|error| panic!("{} can't be decoded: {error}", message.full_name()))
}

fn json(message: &DynamicMessage) -> Json {
    serde_json::to_value(message).unwrap_or_else(|error| panic!("a message has no JSON: {error}"))
}

/// Every field of Artel's own messages, however deep: `.order.slot.start`.
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

/// Where something is set, however deep.
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

fn nothing(found: &[String], what: &str) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}
