//! Reads the templates, embedded or from a folder.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use minijinja::{Environment, UndefinedBehavior};

use crate::domain::facts::Facts;

/// The embedded files: name and contents.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// Folders with parts of letters.
const PARTS: [&str; 2] = ["layout", "signature"];

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {0}")]
    Unreadable(PathBuf, #[source] std::io::Error),
    #[error("{0} does not begin with a line \"Subject: …\" and an empty one")]
    NoSubject(String),
    #[error("{0} does not hold facts as JSON")]
    Example(String, #[source] serde_json::Error),
    /// It cannot be compiled, or uses a fact that is missing.
    #[error("template {0} is broken")]
    Broken(String, #[source] minijinja::Error),
    /// Also a template that lacks the language.
    #[error("there is no template {0}")]
    Missing(String),
}

pub(super) struct Loaded {
    pub env: Environment<'static>,
    pub examples: BTreeMap<String, Facts>,
}

/// Loads the templates of the folder, or the embedded ones.
pub(super) fn load(folder: Option<&Path>) -> Result<Loaded, Error> {
    let mut loaded = Loaded {
        env: environment(),
        examples: BTreeMap::new(),
    };
    match folder {
        None => {
            for (name, contents) in EMBEDDED {
                loaded.add(name, Cow::Borrowed(contents))?;
            }
        }
        Some(root) => {
            for folder in entries(root)?.into_iter().filter(|path| path.is_dir()) {
                for file in entries(&folder)? {
                    let contents = std::fs::read_to_string(&file)
                        .map_err(|error| Error::Unreadable(file.clone(), error))?;
                    let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
                    loaded.add(&name, Cow::Owned(contents))?;
                }
            }
        }
    }
    Ok(loaded)
}

impl Loaded {
    fn add(&mut self, name: &str, contents: Cow<'static, str>) -> Result<(), Error> {
        let (folder, file) = name.split_once('/').unwrap_or((name, ""));
        if file == "example.json" {
            let facts =
                serde_json::from_str(&contents).map_err(|error| Error::Example(name.to_owned(), error))?;
            self.examples.insert(folder.to_owned(), facts);
            return Ok(());
        }
        let Some(language) = file.strip_suffix(".txt").filter(|_| !PARTS.contains(&folder)) else {
            return self.compile(name.to_owned(), contents);
        };
        let (subject, text) = contents
            .strip_prefix("Subject: ")
            .and_then(|rest| rest.split_once("\n\n"))
            .filter(|(subject, _)| !subject.contains('\n'))
            .ok_or_else(|| Error::NoSubject(name.to_owned()))?;
        self.compile(
            format!("{folder}/{language}.subject"),
            Cow::Owned(subject.to_owned()),
        )?;
        self.compile(name.to_owned(), Cow::Owned(text.to_owned()))
    }

    fn compile(&mut self, name: String, contents: Cow<'static, str>) -> Result<(), Error> {
        self.env
            .add_template_owned(name.clone(), contents)
            .map_err(|error| Error::Broken(name, error))
    }
}

/// A missing fact is an error. Templates whose names end in `.html` escape what they fill in:
/// minijinja's default.
fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_trim_blocks(true);
    env.set_lstrip_blocks(true);
    env.set_recursion_limit(50);
    env
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let unreadable = |error| Error::Unreadable(folder.to_owned(), error);
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    entries
        .map(|entry| Ok(entry.map_err(unreadable)?.path()))
        .collect()
}
