//! Generates the contract crates from the protos.
//!
//! The `build.rs` of a contract crate is one call, [`context`]. It generates `contract.rs`, which
//! is the whole crate, and the files that it includes:
//!
//! * `v1.rs`: messages and clients.
//! * `server.rs`: servers whose codec validates requests. A request message without `buf.validate`
//!   rules has no `Validate` implementation, and a service that uses it does **not compile**.
//! * `validate_impl.rs`: the `Validate` implementations.
//! * `tables.rs`: access policies, event traits, topics, a view of each aggregate's events, and the
//!   macro `dispatch!`. A method without a policy fails the build.
//! * `history.rs`, for tests only: the list of messages that are stored, see `contract-history`.
//!
//! Code that reads custom options works on the encoded descriptor *bytes*. The typed
//! `FileDescriptorSet` drops custom options silently, and with them every policy and every rule.

#![warn(missing_docs)]

mod aggregates;
mod dispatch;
mod stored;
mod tables;

use std::path::{Path, PathBuf};

use prost::Message as _;
use prost_reflect::DescriptorPool;
use tonic_prost_build::FileDescriptorSet;

/// Why a contract cannot be generated. Cargo shows it as the build script's failure.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A method has no access policy.
    #[error("{0} has no option (artel.access.v1.policy) with roles: name the roles that may call it")]
    MethodWithoutPolicy(String),
    /// A policy names a request field that does not exist or is not a string.
    #[error("{method}: policy.owner names {field}, which is not a string field of the request")]
    UnknownOwnerField {
        /// The method's full name.
        method: String,
        /// The field's name in the policy.
        field: String,
    },
    /// An event option names a field that does not exist or is not a string.
    #[error("{message}: event.key names {field}, which is not a string field of the message")]
    UnknownKeyField {
        /// The message's full name.
        message: String,
        /// The field's name in the option.
        field: String,
    },
    /// One topic is declared both as state and as history.
    #[error("topic {0} is declared both as state and as history")]
    TopicOfTwoKinds(String),
}

/// Folders with protos, relative to a contract crate (`crates/<name>`).
const INCLUDES: [&str; 2] = ["../../proto", "../../third_party"];

/// Rust paths of packages that are generated in other crates.
const SHARED: [(&str, &str); 4] = [
    (".artel.type.v1", "::conventions::types"),
    (".artel.access.v1", "::conventions::access"),
    (".artel.event.v1", "::conventions::event"),
    (".buf.validate", "::prost_protovalidate::types"),
];

/// Generates the contract of one context from `proto/artel/<name>/v1/*.proto`.
///
/// # Errors
/// Unreadable or invalid protos, rules that generated code cannot check (CEL), and every [`Error`].
pub fn context(name: &str) -> Result<(), Box<dyn std::error::Error>> {
    let folder = format!("artel/{name}/v1");
    let files = protos_in(&folder)?;
    let compiled = Compiled::new(&files)?;
    let out = out_dir()?;
    let package = format!(".artel.{name}.v1");

    let messages = builder(&SHARED).build_client(true).build_server(false);
    generate(messages, &compiled, &out.join("messages"))?;
    std::fs::copy(
        out.join(format!("messages/artel.{name}.v1.rs")),
        out.join("v1.rs"),
    )?;

    let mut elsewhere = SHARED.to_vec();
    elsewhere.push((&package, "crate::v1"));
    let servers = builder(&elsewhere)
        .build_client(false)
        .build_server(true)
        .codec_path("::conventions::ValidatingCodec");
    generate(servers, &compiled, &out.join("servers"))?;
    let server = out.join(format!("servers/artel.{name}.v1.rs"));
    if server.exists() {
        std::fs::copy(server, out.join("server.rs"))?;
    } else {
        std::fs::write(out.join("server.rs"), "")?;
    }

    validation(&compiled)?;
    keep_own_package(name, &out.join("validate_impl.rs"))?;
    let pool = DescriptorPool::decode(compiled.bytes.as_slice())?;
    let package = package.trim_start_matches('.');
    let tables = tables::generate(&pool, package)?
        + &aggregates::generate(&pool, package)
        + &dispatch::generate(&pool, package);
    std::fs::write(out.join("tables.rs"), tables)?;
    std::fs::write(out.join("history.rs"), stored::generate(&pool, name))?;
    std::fs::write(out.join("contract.rs"), CONTRACT)?;
    std::fs::write(out.join("descriptors.bin"), compiled.bytes)?;
    Ok(())
}

/// The contract crate itself.
const CONTRACT: &str = r#"
/// Messages, clients and servers.
#[allow(missing_docs, clippy::all, clippy::pedantic, clippy::unwrap_used, clippy::expect_used)]
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/v1.rs"));
    include!(concat!(env!("OUT_DIR"), "/server.rs"));
}

#[allow(clippy::all, clippy::pedantic, clippy::unwrap_used, clippy::expect_used)]
mod validation {
    include!(concat!(env!("OUT_DIR"), "/validate_impl.rs"));
}

include!(concat!(env!("OUT_DIR"), "/tables.rs"));

/// The encoded protos with all custom options: for reflection, and to decode messages by name.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// Tests that the contract is compatible with earlier versions.
#[cfg(test)]
mod history {
    include!(concat!(env!("OUT_DIR"), "/history.rs"));
}
"#;

/// Generates the shared packages for the `conventions` crate itself.
///
/// # Errors
/// Unreadable or invalid protos.
pub fn conventions() -> Result<(), Box<dyn std::error::Error>> {
    let mut files = Vec::new();
    for folder in ["artel/access/v1", "artel/event/v1", "artel/type/v1"] {
        files.extend(protos_in(folder)?);
    }
    let compiled = Compiled::new(&files)?;
    let out = out_dir()?;
    let foreign = &SHARED[3..];
    let messages = builder(foreign)
        .build_client(false)
        .build_server(false)
        .enum_attribute(
            ".artel.access.v1.Role",
            "#[derive(::strum::EnumString, ::strum::IntoStaticStr)] #[strum(serialize_all = \"snake_case\")]",
        );
    generate(messages, &compiled, &out)?;
    validation(&compiled)
}

fn builder(elsewhere: &[(&str, &str)]) -> tonic_prost_build::Builder {
    elsewhere
        .iter()
        .fold(tonic_prost_build::configure(), |builder, (proto, rust)| {
            builder.extern_path(proto, rust)
        })
        .emit_rerun_if_changed(false)
}

fn generate(
    builder: tonic_prost_build::Builder,
    compiled: &Compiled,
    out: &Path,
) -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all(out)?;
    builder.out_dir(out).compile_fds(compiled.documented.clone())?;
    Ok(())
}

/// Generates the checks of all packages, shared ones included. If shared packages were in
/// `extern_path`, fields with their messages would get **no** checks.
fn validation(compiled: &Compiled) -> Result<(), Box<dyn std::error::Error>> {
    let (rules, home) = SHARED[3];
    prost_protovalidate_build::Builder::new()
        .file_descriptor_set_bytes(compiled.bytes.clone())
        .fail_on_runtime_only(true)
        .extern_path(rules, home)
        .compile()?;
    Ok(())
}

/// The start of a generated implementation.
const IMPLEMENTATION: &str = "impl ::prost_protovalidate::Validate for ";

/// Keeps only the checks of the context's own messages, because `conventions` has those of shared
/// ones. The generated code refers to `artel::<name>::v1`, so that this path is defined too.
fn keep_own_package(name: &str, file: &Path) -> std::io::Result<()> {
    let own = format!("artel::{name}::v1::");
    let generated = std::fs::read_to_string(file)?;
    let mut blocks = generated.split(IMPLEMENTATION);
    let mut kept = format!("mod artel {{ pub mod {name} {{ pub use crate::v1; }} }}\n");
    kept.push_str(blocks.next().unwrap_or_default());
    for block in blocks.filter(|block| block.starts_with(&own)) {
        kept.push_str(IMPLEMENTATION);
        kept.push_str(block);
    }
    std::fs::write(file, kept)
}

/// One set of protos, compiled in pure Rust.
struct Compiled {
    /// With comments, for documentation in the generated code, but without custom options.
    documented: FileDescriptorSet,
    /// With all custom options, but without comments: for tables, validation and reflection.
    bytes: Vec<u8>,
}

impl Compiled {
    fn new(files: &[PathBuf]) -> Result<Self, Box<dyn std::error::Error>> {
        let mut plain = protox::Compiler::new(INCLUDES)?;
        plain.include_imports(true).open_files(files)?;
        let mut commented = protox::Compiler::new(INCLUDES)?;
        commented
            .include_imports(true)
            .include_source_info(true)
            .open_files(files)?;
        let documented = FileDescriptorSet::decode(commented.encode_file_descriptor_set().as_slice())?;
        Ok(Self {
            documented,
            bytes: plain.encode_file_descriptor_set(),
        })
    }
}

fn protos_in(folder: &str) -> Result<Vec<PathBuf>, Box<dyn std::error::Error>> {
    let path = Path::new(INCLUDES[0]).join(folder);
    for watched in ["artel/access", "artel/event", "artel/type", folder] {
        println!("cargo::rerun-if-changed={}/{watched}", INCLUDES[0]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&path).map_err(|error| format!("{}: {error}", path.display()))? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "proto") {
            files.push(Path::new(folder).join(file.file_name().unwrap_or_default()));
        }
    }
    files.sort();
    Ok(files)
}

fn out_dir() -> Result<PathBuf, std::env::VarError> {
    std::env::var("OUT_DIR").map(PathBuf::from)
}
