//! A contract made by hand, such as `contract-build` would generate it: five methods and their
//! policies.

use std::convert::Infallible;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};

use conventions::{Command, MethodPolicy, Owned, Role};
use futures::future::BoxFuture;
use http::Request as HttpRequest;
use prost::Message as _;
use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto,
    ServiceDescriptorProto,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::body::Body;
use tonic::codegen::http::Response as HttpResponse;
use tonic::server::{ClientStreamingService, Grpc, NamedService, ServerStreamingService, UnaryService};
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

pub const NAME: &str = "artel.test.v1.TestService";
pub const PUT: &str = "/artel.test.v1.TestService/Put";
pub const OPEN: &str = "/artel.test.v1.TestService/Open";
pub const STAFF: &str = "/artel.test.v1.TestService/Staff";
pub const WATCH: &str = "/artel.test.v1.TestService/Watch";
pub const UPLOAD: &str = "/artel.test.v1.TestService/Upload";

#[derive(Clone, PartialEq, prost::Message)]
pub struct PutRequest {
    #[prost(string, tag = "1")]
    pub request_id: String,
    #[prost(string, tag = "2")]
    pub client_id: String,
    #[prost(string, tag = "3")]
    pub text: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct PutResponse {
    #[prost(string, tag = "1")]
    pub text: String,
    #[prost(int64, tag = "2")]
    pub number: i64,
}

impl Command for PutRequest {
    fn request_id(&self) -> &str {
        &self.request_id
    }
}

impl Owned for PutRequest {
    fn owner(&self) -> Option<&str> {
        Some(&self.client_id)
    }
}

const fn method(path: &'static str, roles: &'static [Role], owner: Option<&'static str>) -> MethodPolicy {
    MethodPolicy {
        path,
        roles,
        owner,
        request: "artel.test.v1.PutRequest",
        client_streaming: false,
    }
}

pub const METHODS: &[MethodPolicy] = &[
    method(PUT, &[Role::Client, Role::Manager], Some("client_id")),
    method(OPEN, &[Role::Anyone], None),
    method(STAFF, &[Role::Manager, Role::Quality], None),
    method(WATCH, &[Role::Client, Role::Manager], Some("client_id")),
    MethodPolicy {
        client_streaming: true,
        ..method(UPLOAD, &[Role::Client, Role::Manager], Some("client_id"))
    },
];

/// The descriptor set, as `contract-build` writes it.
pub fn descriptors() -> &'static [u8] {
    static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| set().encode_to_vec());
    &BYTES
}

fn set() -> FileDescriptorSet {
    let field = |name: &str, number, kind| FieldDescriptorProto {
        name: Some(name.to_owned()),
        number: Some(number),
        r#type: Some(kind),
        label: Some(1),
        ..Default::default()
    };
    let message = |name: &str, field| DescriptorProto {
        name: Some(name.to_owned()),
        field,
        ..Default::default()
    };
    let method = |name: &str, upload, stream| MethodDescriptorProto {
        name: Some(name.to_owned()),
        input_type: Some(".artel.test.v1.PutRequest".to_owned()),
        output_type: Some(".artel.test.v1.PutResponse".to_owned()),
        client_streaming: Some(upload),
        server_streaming: Some(stream),
        ..Default::default()
    };
    let file = FileDescriptorProto {
        name: Some("artel/test/v1/test.proto".to_owned()),
        package: Some("artel.test.v1".to_owned()),
        syntax: Some("proto3".to_owned()),
        message_type: vec![
            message(
                "PutRequest",
                vec![
                    field("request_id", 1, 9),
                    field("client_id", 2, 9),
                    field("text", 3, 9),
                ],
            ),
            message("PutResponse", vec![field("text", 1, 9), field("number", 2, 3)]),
        ],
        service: vec![ServiceDescriptorProto {
            name: Some("TestService".to_owned()),
            method: vec![
                method("Put", false, false),
                method("Open", false, false),
                method("Staff", false, false),
                method("Watch", false, true),
                method("Upload", true, false),
            ],
            ..Default::default()
        }],
        ..Default::default()
    };
    FileDescriptorSet { file: vec![file] }
}

type Handled<T> = BoxFuture<'static, Result<Response<T>, Status>>;
pub type Watched = ReceiverStream<Result<PutResponse, Status>>;

/// What the service does, as the tests want it.
pub trait Api: Send + Sync + 'static {
    /// All unary methods come here; the request's extensions tell which.
    fn unary(self: Arc<Self>, request: Request<PutRequest>) -> Handled<PutResponse>;
    /// The stream.
    fn watch(self: Arc<Self>, request: Request<PutRequest>) -> Handled<Watched>;
    /// The stream of requests.
    fn upload(self: Arc<Self>, request: Request<Streaming<PutRequest>>) -> Handled<PutResponse>;
}

/// What tonic generates for a service.
pub struct TestServer<A>(Arc<A>);

impl<A> TestServer<A> {
    pub fn new(api: A) -> Self {
        Self(Arc::new(api))
    }
}

impl<A> Clone for TestServer<A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<A> NamedService for TestServer<A> {
    const NAME: &'static str = NAME;
}

struct Unary<A>(Arc<A>);

impl<A: Api> UnaryService<PutRequest> for Unary<A> {
    type Response = PutResponse;
    type Future = Handled<PutResponse>;

    fn call(&mut self, request: Request<PutRequest>) -> Self::Future {
        Arc::clone(&self.0).unary(request)
    }
}

struct Watch<A>(Arc<A>);

impl<A: Api> ServerStreamingService<PutRequest> for Watch<A> {
    type Response = PutResponse;
    type ResponseStream = Watched;
    type Future = Handled<Watched>;

    fn call(&mut self, request: Request<PutRequest>) -> Self::Future {
        Arc::clone(&self.0).watch(request)
    }
}

struct Upload<A>(Arc<A>);

impl<A: Api> ClientStreamingService<PutRequest> for Upload<A> {
    type Response = PutResponse;
    type Future = Handled<PutResponse>;

    fn call(&mut self, request: Request<Streaming<PutRequest>>) -> Self::Future {
        Arc::clone(&self.0).upload(request)
    }
}

impl<A: Api> tower::Service<HttpRequest<Body>> for TestServer<A> {
    type Response = HttpResponse<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<HttpResponse<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest<Body>) -> Self::Future {
        let api = Arc::clone(&self.0);
        Box::pin(async move {
            let mut grpc = Grpc::new(ProstCodec::default());
            Ok(match request.uri().path() {
                WATCH => grpc.server_streaming(Watch(api), request).await,
                UPLOAD => grpc.client_streaming(Upload(api), request).await,
                _ => grpc.unary(Unary(api), request).await,
            })
        })
    }
}
