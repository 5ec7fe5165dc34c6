//! Calls made from descriptors: JSON in, JSON out.

use std::time::{Duration, Instant};

use bytes::Buf as _;
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor, SerializeOptions};
use serde_json::Value;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataValue;
use tonic::{Code, Request, Status, Streaming};
use uuid::Uuid;

use crate::contracts::Context;
use crate::failure::Error;
use crate::mesh::Mesh;

/// The timeout of one attempt.
const ATTEMPT: Duration = Duration::from_secs(10);
/// The pause between attempts while a service is away.
const PAUSE: Duration = Duration::from_millis(250);

/// Makes calls with one identity.
#[derive(Clone)]
pub struct Caller {
    mesh: Mesh,
    token: Option<String>,
    /// How long calls are retried while their service is away. Only queries and commands with a
    /// request id are retried.
    patience: Duration,
    traceparent: Option<String>,
}

impl Caller {
    /// Calls with this token, or anonymously.
    pub fn new(mesh: Mesh, token: Option<String>) -> Self {
        Self {
            mesh,
            token,
            patience: Duration::ZERO,
            traceparent: None,
        }
    }

    /// The same caller with another retry limit.
    #[must_use]
    pub fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The same caller with calls that belong to one trace (a W3C `traceparent`).
    #[must_use]
    pub fn traced(self, traceparent: String) -> Self {
        Self {
            traceparent: Some(traceparent),
            ..self
        }
    }

    /// Calls a unary method. Adds a `requestId` to a command that has none.
    pub async fn call(&self, context: Context, method: &str, request: Value) -> Result<Value, Error> {
        let (method, request) = prepare(context, method, request)?;
        let give_up = Instant::now() + self.patience;
        loop {
            match self.once(context, &method, &request).await {
                Ok(answer) => return to_json(&answer),
                Err(status) if is_passing(&status) && Instant::now() < give_up => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(status) => return Err(failed(context, &method, status)),
            }
        }
    }

    /// Calls a method with a stream of answers.
    pub async fn stream(&self, context: Context, method: &str, request: Value) -> Result<Answers, Error> {
        let (method, request) = prepare(context, method, request)?;
        let mut grpc = tonic::client::Grpc::new(self.mesh.channel(context)?);
        let ready = grpc
            .ready()
            .await
            .map_err(|error| Status::unavailable(error.to_string()));
        ready.map_err(|status| failed(context, &method, status))?;
        let path = path(&method)?;
        let mut request = self.request(request)?;
        request.metadata_mut().remove("grpc-timeout");
        let answers = grpc
            .server_streaming(request, path, JsonCodec(method.output()))
            .await;
        let answers = answers
            .map_err(|status| failed(context, &method, status))?
            .into_inner();
        Ok(Answers {
            context,
            method,
            stream: answers,
        })
    }

    /// Calls a method with a stream of requests.
    pub async fn upload(&self, context: Context, method: &str, requests: Vec<Value>) -> Result<Value, Error> {
        let method = find(context, method)?;
        let requests = requests
            .into_iter()
            .map(|request| to_message(&method, request))
            .collect::<Result<Vec<_>, _>>()?;
        let give_up = Instant::now() + self.patience;
        loop {
            match self.upload_once(context, &method, requests.clone()).await {
                Ok(answer) => return to_json(&answer),
                Err(status) if is_passing(&status) && Instant::now() < give_up => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(status) => return Err(failed(context, &method, status)),
            }
        }
    }

    async fn once(
        &self,
        context: Context,
        method: &MethodDescriptor,
        request: &DynamicMessage,
    ) -> Result<DynamicMessage, Status> {
        let channel = self
            .mesh
            .channel(context)
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        let mut grpc = tonic::client::Grpc::new(channel);
        grpc.ready()
            .await
            .map_err(|error| Status::unavailable(error.to_string()))?;
        let path = path(method).map_err(|error| Status::internal(error.to_string()))?;
        let request = self
            .request(request.clone())
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        Ok(grpc
            .unary(request, path, JsonCodec(method.output()))
            .await?
            .into_inner())
    }

    async fn upload_once(
        &self,
        context: Context,
        method: &MethodDescriptor,
        requests: Vec<DynamicMessage>,
    ) -> Result<DynamicMessage, Status> {
        let channel = self
            .mesh
            .channel(context)
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        let mut grpc = tonic::client::Grpc::new(channel);
        grpc.ready()
            .await
            .map_err(|error| Status::unavailable(error.to_string()))?;
        let path = path(method).map_err(|error| Status::internal(error.to_string()))?;
        let stream = tokio_stream::iter(requests);
        let request = self
            .request(stream)
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        Ok(grpc
            .client_streaming(request, path, JsonCodec(method.output()))
            .await?
            .into_inner())
    }

    fn request<T>(&self, message: T) -> Result<Request<T>, Error> {
        let mut request = Request::new(message);
        request.set_timeout(ATTEMPT);
        let header = |text: String| {
            MetadataValue::try_from(text)
                .map_err(|_| Error::Input("the token holds characters that no token has".into()))
        };
        if let Some(token) = &self.token {
            request
                .metadata_mut()
                .insert("authorization", header(format!("Bearer {token}"))?);
        }
        if let Some(traceparent) = &self.traceparent {
            request
                .metadata_mut()
                .insert("traceparent", header(traceparent.clone())?);
        }
        Ok(request)
    }
}

/// A stream of answers.
pub struct Answers {
    context: Context,
    method: MethodDescriptor,
    stream: Streaming<DynamicMessage>,
}

impl Answers {
    /// The next answer; `None` at the stream's end.
    pub async fn next(&mut self) -> Result<Option<Value>, Error> {
        let answer = self
            .stream
            .message()
            .await
            .map_err(|status| failed(self.context, &self.method, status))?;
        answer.as_ref().map(to_json).transpose()
    }
}

fn find(context: Context, name: &str) -> Result<MethodDescriptor, Error> {
    context.method(name).ok_or_else(|| {
        let context = context.name();
        Error::Input(format!(
            "{context} has no method {name}; `artel methods {context}` lists them"
        ))
    })
}

fn prepare(
    context: Context,
    method: &str,
    mut request: Value,
) -> Result<(MethodDescriptor, DynamicMessage), Error> {
    let method = find(context, method)?;
    if method.input().get_field_by_name("request_id").is_some()
        && let Some(fields) = request.as_object_mut()
        && !fields.contains_key("request_id")
    {
        fields
            .entry("requestId")
            .or_insert_with(|| Uuid::new_v4().to_string().into());
    }
    let request = to_message(&method, request)?;
    Ok((method, request))
}

fn to_message(method: &MethodDescriptor, request: Value) -> Result<DynamicMessage, Error> {
    DynamicMessage::deserialize(method.input(), request).map_err(|error| {
        Error::Input(format!(
            "{} does not fit {}: {error}",
            "the request",
            method.input().full_name()
        ))
    })
}

/// Protobuf JSON with all fields, including those with default values.
fn to_json(answer: &DynamicMessage) -> Result<Value, Error> {
    let options = SerializeOptions::new()
        .skip_default_fields(false)
        .stringify_64_bit_integers(false);
    answer
        .serialize_with_options(serde_json::value::Serializer, &options)
        .map_err(|error| Error::Input(format!("the answer can't be shown: {error}")))
}

fn path(method: &MethodDescriptor) -> Result<tonic::codegen::http::uri::PathAndQuery, Error> {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
        .parse()
        .map_err(|_| Error::Input(format!("{} is no path", method.full_name())))
}

fn failed(context: Context, method: &MethodDescriptor, status: Status) -> Error {
    Error::Call {
        what: format!("{} {}", context.name(), method.name()),
        status: Box::new(status),
    }
}

/// Whether the service may be away. tonic reports a timeout as Cancelled and a connection cut by a
/// terminating server as Unknown. Calls here are safe to repeat, so both are retried.
fn is_passing(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable | Code::Unknown | Code::Cancelled | Code::DeadlineExceeded | Code::Aborted
    ) && tonic_types::StatusExt::get_details_error_info(status)
        .is_none_or(|info| info.reason != "REQUEST_ID_REUSED")
}

/// Encodes dynamic messages; holds the type of the answer.
struct JsonCodec(MessageDescriptor);

impl Codec for JsonCodec {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self(self.0.clone())
    }

    fn decoder(&mut self) -> Self {
        Self(self.0.clone())
    }
}

impl Encoder for JsonCodec {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(&mut self, message: DynamicMessage, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        message
            .encode(buffer)
            .map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for JsonCodec {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        DynamicMessage::decode(self.0.clone(), bytes)
            .map(Some)
            .map_err(|error| Status::internal(error.to_string()))
    }
}
