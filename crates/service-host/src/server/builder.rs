//! Putting a server together, and running it.

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

/// No call has more headers than this, in bytes: a token of 8 KiB and what else there is.
const HEADERS: u32 = 16 * 1024;
/// How many connections may wait until the server accepts them.
const BACKLOG: u32 = 1024;

/// A gRPC server that listens already, and serves once it [`run`](Self::run)s.
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
    /// Takes the address. With port 0 a free one, see [`local_addr`](Self::local_addr).
    ///
    /// # Errors
    /// The address is taken, or not one of this machine.
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

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Adds a contract: who may call what, and what reflection tells. Every service belongs to one.
    pub fn contract(mut self, methods: &[MethodPolicy], descriptors: &'static [u8]) -> Self {
        self.contracts.policies.extend_from_slice(methods);
        self.contracts.descriptors.push(descriptors);
        self
    }

    /// Adds a service.
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

    /// What this part of a service serves: everything, or, where another part takes the calls, its health alone.
    pub fn of_part(mut self, only: Option<Only>) -> Self {
        if !Only::grpc(only) {
            self.contracts = Contracts::default();
            self.services.clear();
            self.routes = Routes::builder();
        }
        self
    }

    /// Do the contracts cover everything that is served? [`run`](Self::run) asks this first.
    ///
    /// # Errors
    /// A served method without a policy, or a service without a contract.
    pub fn check(&self) -> Result<(), Error> {
        self.policies().map(drop)
    }

    fn policies(&self) -> Result<Policies, Error> {
        Ok(self.contracts.cover(&self.services)?)
    }

    /// Serves until the shutdown, then lets running calls finish, for as long as the setting `grpc-drain` says.
    ///
    /// # Errors
    /// What [`check`](Self::check) finds; an origin that makes no sense; or the server failed.
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
            .http2_max_header_list_size(HEADERS)
            .http2_keepalive_interval(Some(options.keepalive))
            .http2_keepalive_timeout(Some(options.keepalive_patience))
            .layer(option_layer(cors))
            .layer(GrpcWebLayer::new())
            .layer(CallLayer(shared))
            .add_routes(self.routes.routes())
            .serve_with_incoming_shutdown(
                connections::bounded(incoming, options.clone()),
                shutdown.clone().cancelled_owned(),
            );
        tracing::info!(address = %self.address, "serving gRPC");
        let late = async {
            shutdown.cancelled().await;
            tokio::time::sleep(options.drain).await;
        };
        let aside = async {
            tokio::join!(
                self.access.refresh(shutdown.clone()),
                watch(reporter, self.dependencies, shutdown.clone()),
                std::future::pending::<()>(),
            )
        };
        tokio::select! {
            served = serving => served?,
            () = late => tracing::warn!(drain = ?options.drain, "calls were still running after the drain; cut"),
            _ = aside => {}
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
        // The details of refusals are decoded by callers only if reflection knows google/rpc/error_details.proto.
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
    // Without it, a restart would have to wait until the kernel forgets the old process's connections.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}
