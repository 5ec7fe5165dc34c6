//! The policies of all methods, by path.

use std::collections::HashMap;

use conventions::{MethodPolicy, Role};

/// Methods that everyone may call. They only show that the process is alive and which methods it
/// has.
const OPEN: [OpenMethod; 3] = [
    OpenMethod {
        path: "/grpc.health.v1.Health/Check",
        server_streaming: false,
    },
    OpenMethod {
        path: "/grpc.health.v1.Health/Watch",
        server_streaming: true,
    },
    OpenMethod {
        path: "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        server_streaming: true,
    },
];

/// A method of health or reflection. It has no policy and needs no token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenMethod {
    /// The path of the method.
    pub path: &'static str,
    /// Whether the response is a stream.
    pub server_streaming: bool,
}

/// The method that a call addresses.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// A method of the contracts.
    Declared(Method),
    /// A method that everyone may call.
    Open(OpenMethod),
    /// An unknown method.
    Unknown,
}

impl Target {
    /// The name in spans and metrics: the path without its leading slash. An unknown path is not
    /// used as a name, because callers could create any number of names.
    pub(crate) fn name(&self) -> &'static str {
        let path = match self {
            Self::Declared(method) => method.policy.path,
            Self::Open(method) => method.path,
            Self::Unknown => "/unknown/unknown",
        };
        path.trim_start_matches('/')
    }

    /// The method, if a contract declares it.
    pub(crate) fn declared(&self) -> Option<&Method> {
        match self {
            Self::Declared(method) => Some(method),
            Self::Open(_) | Self::Unknown => None,
        }
    }
}

/// A method that is served.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Method {
    /// The roles that may call the method.
    pub policy: MethodPolicy,
    /// Whether the response is a stream.
    pub server_streaming: bool,
}

impl Method {
    /// Whether the method may be called without a token.
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

    pub(crate) fn target(&self, path: &str) -> Target {
        let open = || OPEN.into_iter().find(|method| method.path == path);
        match self.0.get(path) {
            Some(method) => Target::Declared(*method),
            None => open().map_or(Target::Unknown, Target::Open),
        }
    }
}

#[cfg(test)]
mod tests {
    use conventions::{MethodPolicy, Role};

    use super::{Method, Policies, Target};

    #[test]
    fn an_unknown_path_has_no_name_of_its_own() {
        let mut policies = Policies::default();
        policies.insert(Method {
            policy: MethodPolicy {
                path: "/artel.orders.v1.OrdersService/GetOrder",
                roles: &[Role::Client],
                owner: None,
                request: "artel.orders.v1.GetOrderRequest",
                client_streaming: false,
            },
            server_streaming: false,
        });
        let name = |path: &str| policies.target(path).name();
        let declared = "artel.orders.v1.OrdersService/GetOrder";
        assert_eq!(name("/artel.orders.v1.OrdersService/GetOrder"), declared);
        assert_eq!(
            name("/grpc.health.v1.Health/Check"),
            "grpc.health.v1.Health/Check"
        );
        for path in [
            "/artel.orders.v1.OrdersService/Get",
            "/grpc.health.v1.Health/Anything",
            "/grpc.reflection.v1.ServerReflection/",
            "/grpc.reflection.v2",
            "/",
            "",
        ] {
            assert!(matches!(policies.target(path), Target::Unknown), "{path}");
            assert_eq!(name(path), "unknown/unknown");
        }
    }
}
