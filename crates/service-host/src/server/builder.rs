//! Building and running a server.

use std::convert::Infallible;
use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use conventions::MethodPolicy;
use http::Request;
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::{Routes, RoutesBuilder};
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tonic_web::GrpcWebLayer;
use tower::Service;
use tower::util::option_layer;

use super::call::{CallLayer, Shared};
use super::connections;
use super::contracts::{Contracts, Error as ContractError};
use super::health::{Dependency, watch};
use super::limits::Limits;
use super::observe::Instruments;
use super::{Error, web};
use crate::access::{Access, Policies};
use crate::config::{GrpcOptions, Only};

/// The largest headers of a call, in bytes: a token of up to 8 KiB and other headers.
const MAX_HEADERS: u32 = 16 * 1024;
/// How many connections may wait until the server accepts them.
const BACKLOG: u32 = 1024;

/// A gRPC server. It listens already, and serves calls when it [`run`](Self::run)s.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    options: GrpcOptions,
    access: Access,
    contracts: Contracts,
    services: Vec<&'static str>,
    routes: RoutesBuilder,
    dependencies: Vec<Dependency>,
}

impl Server {
    /// Binds the address. Port 0 takes a free port, see [`local_addr`](Self::local_addr).
    ///
    /// # Errors
    /// The address is taken or does not belong to this machine.
    pub fn bind(options: &GrpcOptions, access: Access) -> Result<Self, Error> {
        let (listener, address) = listen(options.listen).map_err(|source| Error::Listen {
            address: options.listen,
            source,
        })?;
        let server = Self {
            listener,
            address,
            options: options.clone(),
            access: access.clone(),
            contracts: Contracts::default(),
            services: Vec::new(),
            routes: Routes::builder(),
            dependencies: Vec::new(),
        };
        Ok(server.needs("jwks", access, async |access: Access| access.probe().await))
    }

    /// The address that the server listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Adds a contract: its access policies, and its descriptors for reflection. Every service
    /// needs one.
    pub fn contract(mut self, methods: &[MethodPolicy], descriptors: &'static [u8]) -> Self {
        self.contracts.policies.extend_from_slice(methods);
        self.contracts.descriptors.push(descriptors);
        self
    }

    /// Adds a gRPC service.
    pub fn service<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Error = Infallible> + NamedService + Clone + Send + Sync + 'static,
        S::Response: axum::response::IntoResponse,
        S::Future: Send + 'static,
    {
        self.services.push(S::NAME);
        self.routes.add_service(service);
        self
    }

    /// Adds a dependency without which this process cannot serve callers: while `probe` fails, the
    /// overall health is NOT_SERVING.
    pub fn needs<D, R, E>(
        mut self,
        name: &'static str,
        dependency: D,
        probe: impl Fn(D) -> R + Send + Sync + 'static,
    ) -> Self
    where
        D: Clone + Send + Sync + 'static,
        R: Future<Output = Result<(), E>> + Send + 'static,
        E: Display,
    {
        let probe = move || probe(dependency.clone());
        self.dependencies.push(Dependency::new(name, true, probe));
        self
    }

    /// Adds a dependency without which this process still serves callers. While `probe` fails, only
    /// the dependency's own health entry is NOT_SERVING.
    pub fn uses<D, R, E>(
        mut self,
        name: &'static str,
        dependency: D,
        probe: impl Fn(D) -> R + Send + Sync + 'static,
    ) -> Self
    where
        D: Clone + Send + Sync + 'static,
        R: Future<Output = Result<(), E>> + Send + 'static,
        E: Display,
    {
        let probe = move || probe(dependency.clone());
        self.dependencies.push(Dependency::new(name, false, probe));
        self
    }

    /// Restricts the server to a part of the service. Without the part `grpc`, it serves only
    /// health and reflection.
    pub fn of_part(mut self, only: Option<Only>) -> Self {
        if !Only::grpc(only) {
            self.contracts = Contracts::default();
            self.services.clear();
            self.routes = Routes::builder();
        }
        self
    }

    /// Checks that the contracts cover all served methods.
    ///
    /// # Errors
    /// A served method has no policy, or a service has no contract.
    pub fn check(&self) -> Result<(), Error> {
        self.policies().map(drop)
    }

    fn policies(&self) -> Result<Policies, Error> {
        Ok(self.contracts.cover(&self.services)?)
    }

    /// Serves until the shutdown. Then calls in flight may continue for the setting `grpc-drain`.
    ///
    /// # Errors
    /// The error of [`check`](Self::check), an invalid origin, or a failure of the server.
    pub async fn run(mut self, shutdown: CancellationToken) -> Result<(), Error> {
        let policies = self.policies()?;
        let cors = web::cors(&self.options.cors_origins)?;
        let (reporter, health) = tonic_health::server::health_reporter();
        reporter.set_service_status("", ServingStatus::NotServing).await;
        self.routes.add_service(health);
        self.routes
            .add_service(self.reflection().map_err(ContractError::Reflection)?);

        let options = self.options;
        let shared = Arc::new(Shared {
            access: self.access.clone(),
            policies,
            limits: Limits::new(&options),
            options: options.clone(),
            instruments: Arc::new(Instruments::new()),
            draining: shutdown.clone(),
        });
        let incoming = TcpIncoming::from(self.listener)
            .with_nodelay(Some(true))
            .with_keepalive(Some(options.keepalive));
        let serving = tonic::transport::Server::builder()
            .accept_http1(true)
            .max_concurrent_streams(options.max_connection_streams)
            .http2_max_header_list_size(MAX_HEADERS)
            .http2_keepalive_interval(Some(options.keepalive))
            .http2_keepalive_timeout(Some(options.keepalive_timeout))
            .layer(option_layer(cors))
            .layer(GrpcWebLayer::new())
            .layer(CallLayer(shared))
            .add_routes(self.routes.routes())
            .serve_with_incoming_shutdown(
                connections::bounded(incoming, options.clone()),
                shutdown.clone().cancelled_owned(),
            );
        tracing::info!(address = %self.address, "serving gRPC");
        let drained = async {
            shutdown.cancelled().await;
            tokio::time::sleep(options.drain).await;
        };
        let background = async {
            tokio::join!(
                self.access.refresh(shutdown.clone()),
                watch(reporter, self.dependencies, shutdown.clone()),
                std::future::pending::<()>(),
            )
        };
        tokio::select! {
            served = serving => served?,
            () = drained => tracing::warn!(drain = ?options.drain, "calls were in flight after the drain and were cut off"),
            _ = background => {}
        }
        Ok(())
    }

    fn reflection(
        &self,
    ) -> Result<
        tonic_reflection::server::v1::ServerReflectionServer<
            impl tonic_reflection::server::v1::ServerReflection,
        >,
        tonic_reflection::server::Error,
    > {
        // Callers decode the details of refusals by reflection, which needs
        // google/rpc/error_details.proto.
        let always = [
            tonic_types::pb::FILE_DESCRIPTOR_SET,
            tonic_health::pb::FILE_DESCRIPTOR_SET,
        ];
        self.contracts
            .descriptors
            .iter()
            .copied()
            .chain(always)
            .fold(tonic_reflection::server::Builder::configure(), |builder, set| {
                builder.register_encoded_file_descriptor_set(set)
            })
            .build_v1()
    }
}

fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // Without it, a restart would have to wait until the kernel forgets the old process's
    // connections.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}
