//! Which method may be called by whom: the contracts' tables, looked up by path.

use std::collections::HashMap;

use conventions::{MethodPolicy, Role};

/// Services that everyone may call: they tell nothing but that the process is there, and what it offers.
const OPEN: [&str; 2] = ["/grpc.health.v1.Health/", "/grpc.reflection."];

/// The one method of those that has one answer.
const CHECK: &str = "/grpc.health.v1.Health/Check";

/// One method, as it is served.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Method {
    /// Who may call it.
    pub policy: MethodPolicy,
    /// Whether it answers with a stream.
    pub server_streaming: bool,
}

impl Method {
    /// May it be called without a token?
    pub(crate) fn open_to_anyone(&self) -> bool {
        self.policy.roles.contains(&Role::Anyone)
    }
}

/// All methods of a server, by path.
#[derive(Debug, Default)]
pub(crate) struct Policies(HashMap<&'static str, Method>);

impl Policies {
    pub(crate) fn insert(&mut self, method: Method) {
        self.0.insert(method.policy.path, method);
    }

    pub(crate) fn get(&self, path: &str) -> Option<&Method> {
        self.0.get(path)
    }

    /// Health and reflection: no policy, no token.
    pub(crate) fn is_open(path: &str) -> bool {
        OPEN.iter().any(|prefix| path.starts_with(prefix))
    }

    /// Does this method of theirs answer with a stream? All do but one.
    pub(crate) fn is_open_stream(path: &str) -> bool {
        path != CHECK
    }
}
