//! A server that answers `GetOrder` from memory, with more or fewer of the real layers before it.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::task::{Context, Poll};

use anyhow::Context as _;
use conventions::{MethodPolicy, Role, ValidatingCodec};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use orders_contract::v1 as pb;
use prost::Message as _;
use service_host::{Access, AccessOptions, GrpcOptions, Server, TelemetryOptions, shutdown, telemetry};
use tonic::body::Body;
use tonic::codec::Codec;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use tower::Service;

type Plain = ProstCodec<pb::GetOrderResponse, pb::GetOrderRequest>;
type Validating = ValidatingCodec<pb::GetOrderResponse, pb::GetOrderRequest>;

#[derive(clap::Args)]
pub struct Fixed {
    /// Which layers stand before the answer
    #[arg(long)]
    layers: Layers,
    /// The answer, in hexadecimal
    #[arg(long)]
    response: String,
    #[command(flatten)]
    grpc: GrpcOptions,
    #[command(flatten)]
    access: AccessOptions,
    #[command(flatten)]
    telemetry: TelemetryOptions,
}

/// What stands before the answer.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Layers {
    /// Nothing of Artel's.
    Bare,
    /// The host's server, open to anyone.
    Host,
    /// And access, as the contract has it.
    Access,
    /// And the contract's rules.
    Rules,
}

impl Layers {
    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Host => "host",
            Self::Access => "access",
            Self::Rules => "rules",
        }
    }
}

/// Serves until it is told to stop.
pub async fn serve(options: &Fixed) -> anyhow::Result<()> {
    let response = pb::GetOrderResponse::decode(unhex(&options.response)?.as_slice())?;
    match options.layers {
        Layers::Bare => bare(options, Answer::<Plain>::new(response)).await,
        Layers::Host => host(options, &open_to_anyone(), Answer::<Plain>::new(response)).await,
        Layers::Access => host(options, orders_contract::METHODS, Answer::<Plain>::new(response)).await,
        Layers::Rules => {
            host(
                options,
                orders_contract::METHODS,
                Answer::<Validating>::new(response),
            )
            .await
        }
    }
}

async fn bare(options: &Fixed, answer: Answer<Plain>) -> anyhow::Result<()> {
    let (_reporter, health) = tonic_health::server::health_reporter();
    Ok(tonic::transport::Server::builder()
        .tcp_nodelay(true)
        .add_service(health)
        .add_service(answer)
        .serve(options.grpc.listen)
        .await?)
}

async fn host<C: Coded>(options: &Fixed, methods: &[MethodPolicy], answer: Answer<C>) -> anyhow::Result<()> {
    let telemetry = telemetry::init("fixed", &options.telemetry).await?;
    let server = Server::bind(&options.grpc, Access::new(&options.access)?)?;
    let server = server
        .contract(methods, orders_contract::FILE_DESCRIPTOR_SET)
        .service(answer);
    server.run(shutdown::on_signal()).await?;
    telemetry.shutdown().await;
    Ok(())
}

fn open_to_anyone() -> Vec<MethodPolicy> {
    let open = |method: &MethodPolicy| MethodPolicy {
        roles: &[Role::Anyone],
        ..*method
    };
    orders_contract::METHODS.iter().map(open).collect()
}

/// A codec of the method.
pub trait Coded:
    Codec<Encode = pb::GetOrderResponse, Decode = pb::GetOrderRequest> + Default + Clone + Send + Sync + 'static
{
}
impl Coded for Plain {}
impl Coded for Validating {}

#[derive(Clone)]
struct Answer<C> {
    response: pb::GetOrderResponse,
    codec: PhantomData<fn() -> C>,
}

impl<C> Answer<C> {
    fn new(response: pb::GetOrderResponse) -> Self {
        Self {
            response,
            codec: PhantomData,
        }
    }
}

impl<C> NamedService for Answer<C> {
    const NAME: &'static str = "artel.orders.v1.OrdersService";
}

impl<C: Coded> Service<http::Request<Body>> for Answer<C> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let answer = self.clone();
        async move { Ok(Grpc::new(C::default()).unary(answer, request).await) }.boxed()
    }
}

impl<C: Coded> UnaryService<pb::GetOrderRequest> for Answer<C> {
    type Response = pb::GetOrderResponse;
    type Future = Ready<Result<Response<pb::GetOrderResponse>, Status>>;

    fn call(&mut self, _: Request<pb::GetOrderRequest>) -> Self::Future {
        ready(Ok(Response::new(self.response.clone())))
    }
}

/// Bytes as they are handed to [`serve`].
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> anyhow::Result<Vec<u8>> {
    (0..text.len())
        .step_by(2)
        .map(|place| {
            let pair = text.get(place..place + 2).context("half a byte")?;
            Ok(u8::from_str_radix(pair, 16)?)
        })
        .collect()
}
