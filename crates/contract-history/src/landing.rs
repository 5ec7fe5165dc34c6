//! `proto/golden`: one folder per landing, and the changes that were accepted since the last one.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost_reflect::DescriptorPool;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto/golden");
/// The contracts of a landing: a buf image, which decodes as a `FileDescriptorSet`. A landing with
/// this file is closed.
const CONTRACTS: &str = "contracts.binpb";

/// A payload, as bytes and as JSON for readers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Golden {
    base64: String,
    pub(crate) json: Json,
}

impl Golden {
    pub(crate) fn new(bytes: &[u8], json: Json) -> Self {
        Self {
            base64: STANDARD.encode(bytes),
            json,
        }
    }

    pub(crate) fn bytes(&self) -> Result<Vec<u8>, String> {
        STANDARD.decode(&self.base64).map_err(|error| error.to_string())
    }
}

/// The payloads that are new in one landing. A landing is open until its contracts are stored
/// beside them.
pub(crate) struct Landing {
    pub(crate) number: u32,
    folder: PathBuf,
}

impl fmt::Display for Landing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number.fmt(f)
    }
}

impl Landing {
    /// All landings, oldest first.
    pub(crate) fn all() -> Vec<Self> {
        let mut all: Vec<Self> = fs::read_dir(ROOT)
            .unwrap_or_else(|error| panic!("{ROOT}: {error}"))
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .map(Self::numbered)
            .collect();
        all.sort_by_key(|landing| landing.number);
        all
    }

    /// The last closed landing, with its contracts.
    pub(crate) fn last_closed() -> Option<(Self, DescriptorPool)> {
        let landing = Self::all().into_iter().rfind(Self::is_closed)?;
        let file = landing.folder.join(CONTRACTS);
        let bytes = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let pool = DescriptorPool::decode(bytes.as_slice())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Some((landing, pool))
    }

    /// The changes that were accepted since the last closed landing, with their reasons.
    pub(crate) fn accepted() -> BTreeMap<String, String> {
        let file = Path::new(ROOT).join("accepted.txt");
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let lines = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines
            .map(|line| match line.split_once(" -- ") {
                Some((change, why)) if !why.trim().is_empty() => (change.to_owned(), why.to_owned()),
                _ => panic!(
                    "{}: `{line}` has no reason; write `change -- reason`",
                    file.display()
                ),
            })
            .collect()
    }

    /// Writes payloads that no closed landing has to the open landing. Creates it if there is none.
    pub(crate) fn write(context: &str, today: &BTreeMap<String, Golden>) {
        let mut all = Self::all();
        let next = all.last().map_or(1, |last| last.number + 1);
        let open = match all.pop_if(|last| !last.is_closed()) {
            Some(open) => open,
            None => Self::numbered(next),
        };
        let mut known = BTreeMap::new();
        for closed in all {
            known.extend(closed.payloads(context));
        }
        let new: BTreeMap<&String, &Golden> = today
            .iter()
            .filter(|(key, golden)| known.get(*key) != Some(golden))
            .collect();
        let file = open.file(context);
        if new.is_empty() {
            // Removes the payloads of a change that was reverted before it landed.
            let _ = fs::remove_file(&file);
            return;
        }
        let mut text = serde_json::to_string_pretty(&new)
            .unwrap_or_else(|error| panic!("payloads of {context}: {error}"));
        text.push('\n');
        fs::create_dir_all(&open.folder)
            .and_then(|()| fs::write(&file, text))
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// The payloads of one context that are new, or have a new form, in this landing.
    pub(crate) fn payloads(&self, context: &str) -> BTreeMap<String, Golden> {
        let file = self.file(context);
        match fs::read(&file) {
            Ok(text) => {
                serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => panic!("{}: {error}", file.display()),
        }
    }

    fn numbered(number: u32) -> Self {
        Self {
            number,
            folder: Path::new(ROOT).join(number.to_string()),
        }
    }

    fn is_closed(&self) -> bool {
        self.folder.join(CONTRACTS).exists()
    }

    fn file(&self, context: &str) -> PathBuf {
        self.folder.join(format!("{context}.json"))
    }
}
