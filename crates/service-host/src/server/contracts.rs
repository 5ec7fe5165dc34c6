//! The check that the contracts cover all served methods.

use std::collections::HashMap;

use conventions::MethodPolicy;
use prost::Message as _;
use prost_types::FileDescriptorSet;

use crate::access::{Method, Policies};

/// A mismatch between contracts and services. The server does not start, because an undeclared
/// method would have no access policy.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A descriptor set cannot be decoded.
    #[error("cannot decode a contract's descriptor set")]
    Descriptors(#[from] prost::DecodeError),
    /// A descriptor set cannot be served by reflection.
    #[error("cannot serve a contract's descriptor set by reflection")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// No contract describes a served service.
    #[error("{0} is served, but no contract describes it")]
    UnknownService(&'static str),
    /// A served method has no policy, or one without roles.
    #[error("{0} has no policy; declare who may call it")]
    MethodWithoutPolicy(String),
}

/// The contracts of a server.
#[derive(Default)]
pub(super) struct Contracts {
    pub(super) policies: Vec<MethodPolicy>,
    pub(super) descriptors: Vec<&'static [u8]>,
}

impl Contracts {
    /// The policies of all methods of `services`.
    pub(super) fn cover(&self, services: &[&'static str]) -> Result<Policies, Error> {
        let described = self.described()?;
        let mut policies = Policies::default();
        for name in services {
            let methods = described.get(*name).ok_or(Error::UnknownService(name))?;
            for (path, server_streaming) in methods {
                let policy = self
                    .policies
                    .iter()
                    .find(|policy| policy.path == path && !policy.roles.is_empty());
                let policy = *policy.ok_or_else(|| Error::MethodWithoutPolicy(path.clone()))?;
                policies.insert(Method {
                    policy,
                    server_streaming: *server_streaming,
                });
            }
        }
        Ok(policies)
    }

    /// The services by full name. For each method: its path, and whether its response is a stream.
    fn described(&self) -> Result<HashMap<String, Vec<(String, bool)>>, Error> {
        let mut services = HashMap::new();
        for bytes in &self.descriptors {
            for file in FileDescriptorSet::decode(*bytes)?.file {
                let package = file.package().to_owned();
                for service in file.service {
                    let name = format!("{package}.{}", service.name());
                    let path = |method: &str| format!("/{name}/{method}");
                    let methods: Vec<_> = service
                        .method
                        .iter()
                        .map(|method| (path(method.name()), method.server_streaming()))
                        .collect();
                    services.insert(name, methods);
                }
            }
        }
        Ok(services)
    }
}
