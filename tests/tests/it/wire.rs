//! gRPC by hand: bytes go in, and what comes back is looked at as it is.

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full};
use tonic::body::Body;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tower::{Service as _, ServiceExt as _};

pub const GRPC: &str = "application/grpc";
pub const GRPC_WEB: &str = "application/grpc-web+proto";

/// What a service answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status: 200 for every gRPC answer.
    pub http: u16,
    /// The call's status. A stream that began successfully counts as OK: its messages are not read.
    pub status: Status,
    /// Did it say how it ended?
    pub said: bool,
    /// The answer's bytes, frames and all.
    pub body: Bytes,
}

/// A connection to a service.
#[derive(Clone)]
pub struct Wire(Channel);

/// One call, down to the bytes.
#[derive(Debug, Clone)]
pub struct Call {
    pub path: String,
    pub content_type: &'static str,
    pub token: Option<String>,
    /// Headers beside those.
    pub headers: Vec<(&'static str, &'static str)>,
    pub body: Bytes,
    /// Does the method answer with a stream?
    pub streams: bool,
}

impl Wire {
    /// To the service at this address.
    pub fn to(url: &str) -> Self {
        Self(artel::mesh::connect(url).expect("an address"))
    }

    /// Passes a call on as it came, and its answer back.
    pub async fn pass(
        &self,
        request: Request<Body>,
    ) -> Result<http::Response<Body>, tonic::transport::Error> {
        let mut channel = self.0.clone();
        channel.ready().await?.call(request).await
    }

    /// Sends a call and takes the answer.
    pub async fn send(&self, call: &Call) -> Result<Answer, tonic::transport::Error> {
        let mut request = Request::post(call.path.as_str())
            .header("content-type", call.content_type)
            .header("te", "trailers");
        if let Some(token) = &call.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in &call.headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Body::new(Full::new(call.body.clone())))
            .expect("a request can be put together");
        let mut channel = self.0.clone();
        let (head, body) = channel.ready().await?.call(request).await?.into_parts();
        let http = head.status.as_u16();
        let early = Status::from_header_map(&head.headers);
        if early.is_some() || call.streams {
            let (said, status) = (early.is_some(), early.unwrap_or_else(|| Status::ok("")));
            return Ok(Answer {
                http,
                status,
                said: said || http == 200,
                body: Bytes::new(),
            });
        }
        Ok(match body.collect().await {
            Ok(whole) => {
                let trailers = whole.trailers().cloned();
                let body = whole.to_bytes();
                let late = trailers
                    .or_else(|| web_trailers(call, &body))
                    .and_then(|trailers| Status::from_header_map(&trailers));
                Answer {
                    http,
                    said: late.is_some(),
                    status: late.unwrap_or_else(|| Status::unknown("no status")),
                    body,
                }
            }
            Err(status) => Answer {
                http,
                status,
                said: false,
                body: Bytes::new(),
            },
        })
    }
}

impl Answer {
    /// Did it blame itself, where only the caller can be at fault?
    pub fn blames_the_server(&self) -> bool {
        let code = matches!(
            self.status.code(),
            Code::Unknown | Code::Internal | Code::Unavailable | Code::DataLoss | Code::DeadlineExceeded
        );
        // Below gRPC (no such content type, no such verb) HTTP's own status says whose fault it is.
        self.http >= 500 || (self.http == 200 && (code || !self.said))
    }
}

/// A message as it goes over the wire.
pub fn framed(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(message.len() + 5);
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).expect("messages are small"));
    frame.put_slice(message);
    frame.freeze()
}

/// gRPC-Web has its trailers in the body, as the last frame.
fn web_trailers(call: &Call, body: &[u8]) -> Option<HeaderMap> {
    if call.content_type != GRPC_WEB {
        return None;
    }
    let mut rest = body;
    while let Some((head, after)) = rest.split_at_checked(5) {
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let (payload, next) = after.split_at_checked(usize::try_from(length).ok()?)?;
        if head[0] & 0x80 != 0 {
            let text = std::str::from_utf8(payload).ok()?;
            return text
                .lines()
                .map(|line| {
                    let (name, value) = line.split_once(':')?;
                    Some((name.trim().parse().ok()?, value.trim().parse().ok()?))
                })
                .collect::<Option<HeaderMap>>();
        }
        rest = next;
    }
    None
}
