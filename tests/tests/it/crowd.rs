//! The crowd: it stands between the story and the services. What the story sends once, arrives from
//! sixty-four callers at once; what they are told is compared, and kept.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use artel::contracts::Context;
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared, join_all};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use prost_reflect::MessageDescriptor;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Status};
use tower::service_fn;

use crate::offered;
use crate::program::Program;
use crate::wire::{Answer, Call, GRPC, Wire};

/// How many callers send the same at once.
const HEADS: usize = 64;
/// How long each of them goes on while a service is away or busy.
const PATIENCE: Duration = Duration::from_mins(1);
/// Pause between attempts.
const PAUSE: Duration = Duration::from_millis(100);

/// A command that was accepted, and what everybody was told.
#[derive(Clone)]
pub struct Accepted {
    pub service: &'static str,
    pub wire: Wire,
    pub input: MessageDescriptor,
    pub call: Call,
    pub answer: Bytes,
}

/// What the crowd was told, once all of it is.
type Told = Shared<BoxFuture<'static, Answer>>;

/// The crowd before all services.
pub struct Crowd {
    commands: HashMap<String, MessageDescriptor>,
    /// By what is sent. The story, who may tire and ask again, waits with those who are asking
    /// already.
    asking: Mutex<HashMap<(String, Bytes), Told>>,
    accepted: Mutex<Vec<Accepted>>,
    contradictions: Mutex<Vec<String>>,
}

impl Crowd {
    pub fn gather() -> Arc<Self> {
        let methods = Context::ALL.into_iter().flat_map(offered::by_contract);
        let commands = methods.filter(offered::Method::is_command);
        Arc::new(Self {
            commands: commands.map(|method| (method.path, method.input)).collect(),
            asking: Mutex::default(),
            accepted: Mutex::default(),
            contradictions: Mutex::default(),
        })
    }

    /// Proxies a service: each call through the proxy is made 64 times.
    pub fn stand_before(self: &Arc<Self>, program: &Program) -> String {
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        let url = format!("http://{}", incoming.local_addr().expect("an address"));
        let (crowd, service, wire) = (Arc::clone(self), program.name(), Wire::to(&program.url()));
        let relay = service_fn(move |request: Request<axum::body::Body>| {
            let (crowd, wire) = (Arc::clone(&crowd), wire.clone());
            async move {
                let answer = crowd.relay(service, &wire, request.map(Body::new)).await;
                Ok::<_, Infallible>(answer.map(axum::body::Body::new))
            }
        });
        let routes = Routes::from(axum::Router::new().fallback_service(relay));
        let server = tonic::transport::Server::builder().add_routes(routes);
        tokio::spawn(server.serve_with_incoming(incoming));
        url
    }

    /// The paths of all commands that there are.
    pub fn commands(&self) -> BTreeSet<&str> {
        self.commands.keys().map(String::as_str).collect()
    }

    /// What was accepted so far, oldest first.
    pub fn accepted(&self) -> Vec<Accepted> {
        self.accepted.lock().expect("no panic").clone()
    }

    /// Where two of the crowd were told different things.
    pub fn contradictions(&self) -> Vec<String> {
        self.contradictions.lock().expect("no panic").clone()
    }

    async fn relay(
        self: &Arc<Self>,
        service: &'static str,
        wire: &Wire,
        request: Request<Body>,
    ) -> Response<Body> {
        let Some(input) = self.commands.get(request.uri().path()) else {
            let passed = wire.pass(request).await;
            return passed.unwrap_or_else(|error| Status::unavailable(error.to_string()).into_http());
        };
        let (head, body) = request.into_parts();
        let token = head
            .headers
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        let Ok(body) = body.collect().await else {
            return Status::cancelled("the story has hung up").into_http();
        };
        let call = Call {
            path: head.uri.path().to_owned(),
            content_type: GRPC,
            token: token
                .and_then(|value| value.strip_prefix("Bearer "))
                .map(str::to_owned),
            headers: vec![],
            body: body.to_bytes(),
            streams: false,
        };
        let key = (call.path.clone(), call.body.clone());
        let asking = {
            let mut all = self.asking.lock().expect("no panic");
            let all = all.entry(key.clone());
            all.or_insert_with(|| self.ask(service, wire, input, call))
                .clone()
        };
        let told = asking.await;
        if told.status.code() == Code::Ok {
            return accept(told.body);
        }
        // The same may be accepted later, once what it names is known.
        self.asking.lock().expect("no panic").remove(&key);
        told.status.into_http()
    }

    /// Goes on whether or not the story still listens.
    fn ask(
        self: &Arc<Self>,
        service: &'static str,
        wire: &Wire,
        input: &MessageDescriptor,
        call: Call,
    ) -> Told {
        let (crowd, wire, input) = (Arc::clone(self), wire.clone(), input.clone());
        let asking = tokio::spawn(async move {
            let mut told = join_all((0..HEADS).map(|_| persist(&wire, &call))).await;
            let is_ok = |answer: &&Answer| answer.status.code() == Code::Ok;
            let Some(first) = told.iter().find(is_ok).cloned() else {
                return told[0].clone();
            };
            // An event that the call depends on may arrive between two of the calls. The refused
            // ones are repeated now.
            for answer in &mut told {
                if !is_ok(&&*answer) && !is_told_twice(answer) {
                    *answer = persist(&wire, &call).await;
                }
            }
            let otherwise = |answer: &&Answer| !is_ok(answer) || answer.body != first.body;
            let others = told.iter().filter(otherwise);
            let others = others.map(|answer| format!("{}: {:?} {:?}", call.path, answer.status, answer.body));
            crowd.contradictions.lock().expect("no panic").extend(others);
            crowd.accepted.lock().expect("no panic").push(Accepted {
                service,
                wire,
                input,
                call,
                answer: first.body.clone(),
            });
            first
        });
        asking.map(|told| told.expect("no panic")).boxed().shared()
    }
}

/// Sends until there is an answer that another attempt would not change.
pub async fn persist(wire: &Wire, call: &Call) -> Answer {
    let give_up = Instant::now() + PATIENCE;
    loop {
        match wire.send(call).await {
            Ok(answer) if !is_passing(&answer.status) => return answer,
            other => assert!(Instant::now() < give_up, "{}: {other:?}", call.path),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Away, cut off in the middle, busy, or too many of us: not yet an answer.
fn is_passing(status: &Status) -> bool {
    match status.code() {
        Code::Unavailable
        | Code::Unknown
        | Code::Cancelled
        | Code::DeadlineExceeded
        | Code::ResourceExhausted => true,
        Code::Aborted => test_support::reason_of(status) == "CONTENTION",
        // A connection that breaks within an answer.
        Code::Internal => !status.message().starts_with("internal error"),
        _ => false,
    }
}

/// Was one of the crowd refused because another had been there first? Refusals of what isn't known
/// yet are another matter: the event that brings it may arrive between two of them.
fn is_told_twice(answer: &Answer) -> bool {
    let reason = test_support::reason_of(&answer.status);
    answer.status.code() == Code::AlreadyExists || reason == "REQUEST_ID_REUSED" || reason.contains("ALREADY")
}

fn accept(answer: Bytes) -> Response<Body> {
    let trailers = HeaderMap::from_iter([(
        "grpc-status".parse().expect("a name"),
        "0".parse().expect("a value"),
    )]);
    let body = Full::new(answer).with_trailers(std::future::ready(Some(Ok(trailers))));
    let mut response = Response::new(Body::new(body));
    response
        .headers_mut()
        .insert("content-type", GRPC.parse().expect("a value"));
    response
}
