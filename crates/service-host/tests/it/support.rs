//! A running server with the test contract, and ways to call it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use clap::Parser;
use diesel_async::{AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use service_host::{
    Access, AccessOptions, Caller, Database, DatabaseOptions, GrpcOptions, Refusal, Server, command,
};
use service_host::{TelemetryOptions, database};
use test_support::Tokens;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::client::Grpc;
use tonic::transport::Channel;
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;
use uuid::Uuid;

use crate::contract::{self, Api, PutRequest, PutResponse, TestServer, Watched};

/// As a service composes its settings.
#[derive(Debug, Clone, Parser)]
pub struct Config {
    #[command(flatten)]
    pub grpc: GrpcOptions,
    #[command(flatten)]
    pub database: DatabaseOptions,
    #[command(flatten)]
    pub access: AccessOptions,
    #[command(flatten)]
    pub telemetry: TelemetryOptions,
}

impl Config {
    pub fn new(database_url: &str, tokens: &Tokens, more: &[&str]) -> Self {
        let standard = [
            "test".to_owned(),
            "--grpc-listen=127.0.0.1:0".to_owned(),
            "--metrics-listen=127.0.0.1:0".to_owned(),
            format!("--database-url={database_url}"),
            format!("--jwks={}", tokens.jwks_path().display()),
            format!("--jwt-issuer={}", tokens.issuer()),
            format!("--jwt-audience={}", tokens.audience()),
        ];
        let name = |setting: &str| setting.split('=').next().map(ToOwned::to_owned);
        let given: Vec<_> = more.iter().map(|setting| name(setting)).collect();
        let standard = standard
            .into_iter()
            .filter(|setting| !given.contains(&name(setting)));
        Self::try_parse_from(standard.chain(more.iter().map(ToString::to_string))).unwrap()
    }
}

/// A service's error, as services write it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("not in this state of things")]
    NotNow,
    #[error("the database failed")]
    Database(#[from] diesel::result::Error),
    #[error(transparent)]
    Host(#[from] Refusal),
}

impl database::Failure for Error {
    fn database(&self) -> Option<&diesel::result::Error> {
        match self {
            Self::Database(error) => Some(error),
            Self::Host(refusal) => refusal.database(),
            Self::NotNow => None,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::NotNow => Self::precondition("NOT_NOW", error.to_string()),
            Error::Database(source) => source.into(),
            Error::Host(refusal) => refusal,
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        Refusal::from(error).into()
    }
}

/// What the handlers share, and the tests look at.
pub struct State {
    pub db: Database,
    /// How often a handler's effect ran.
    pub runs: AtomicI64,
    /// Handlers of `wait` go on when this is notified.
    pub go_on: Notify,
    /// Told when a handler of `wait` has begun.
    pub begun: Notify,
    /// While set, `refuse` refuses.
    pub refuses: AtomicBool,
    /// How many messages the floods have told so far.
    pub flooded: AtomicI64,
    /// Told when a flood's stream was ended.
    pub ebbed: Notify,
}

struct Handlers(Arc<State>);

impl Api for Handlers {
    fn unary(
        self: Arc<Self>,
        request: Request<PutRequest>,
    ) -> BoxFuture<'static, Result<Response<PutResponse>, Status>> {
        async move { Ok(Response::new(handle(&self.0, request).await?)) }.boxed()
    }

    fn watch(
        self: Arc<Self>,
        request: Request<PutRequest>,
    ) -> BoxFuture<'static, Result<Response<Watched>, Status>> {
        async move {
            Caller::of(&request)?;
            let (send, receive) = mpsc::channel(1);
            let state = Arc::clone(&self.0);
            if request.get_ref().text == FLOOD {
                tokio::spawn(flood(state, send));
                return Ok(Response::new(ReceiverStream::new(receive)));
            }
            tokio::spawn(async move {
                let first = PutResponse {
                    text: "first".to_owned(),
                    number: 1,
                };
                let _ = send.send(Ok(first)).await;
                state.begun.notify_one();
                // An open watch with nothing to tell.
                send.closed().await;
            });
            Ok(Response::new(ReceiverStream::new(receive)))
        }
        .boxed()
    }

    fn upload(
        self: Arc<Self>,
        request: Request<Streaming<PutRequest>>,
    ) -> BoxFuture<'static, Result<Response<PutResponse>, Status>> {
        upload(request).boxed()
    }
}

/// What a watch is asked for that tells without end, as fast as it is listened to.
pub const FLOOD: &str = "flood";
/// How large its messages are.
pub const WAVE: usize = 64 * 1024;

async fn flood(state: Arc<State>, send: mpsc::Sender<Result<PutResponse, Status>>) {
    let wave = PutResponse {
        text: "x".repeat(WAVE),
        number: 0,
    };
    while send.send(Ok(wave.clone())).await.is_ok() {
        state.flooded.fetch_add(1, Ordering::SeqCst);
    }
    state.ebbed.notify_one();
}

async fn upload(request: Request<Streaming<PutRequest>>) -> Result<Response<PutResponse>, Status> {
    let caller = Caller::of_stream(&request)?;
    let mut messages = request.into_inner();
    let mut number = 0;
    while let Some(message) = messages.message().await? {
        caller.must_be(&message.client_id)?;
        number += 1;
    }
    let text = format!("{:?} {}", caller.role(), caller.subject());
    Ok(Response::new(PutResponse { text, number }))
}

/// What a handler does depends on the text, so that one method serves all tests.
async fn handle(state: &State, request: Request<PutRequest>) -> Result<PutResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    match request.text.as_str() {
        "who" => Ok(PutResponse {
            text: format!("{:?} {}", caller.role(), caller.subject()),
            number: 0,
        }),
        "wait" => {
            state.begun.notify_one();
            state.go_on.notified().await;
            Ok(PutResponse {
                text: "waited".to_owned(),
                number: 0,
            })
        }
        "forever" => {
            state.begun.notify_one();
            std::future::pending().await
        }
        "log" => {
            tracing::info!(test.number = 7, "a handler speaks");
            tracing::debug!("a handler whispers");
            Ok(PutResponse::default())
        }
        "panic" => panic!("as the test wants it"),
        "broken" => Err(Refusal::internal("secret: the vault's number is 42").into()),
        _ => Ok(put(state, &caller, &request).await?),
    }
}

async fn put(state: &State, caller: &Caller, request: &PutRequest) -> Result<PutResponse, Refusal> {
    command(
        &state.db,
        caller,
        request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let runs_before = state.runs.fetch_add(1, Ordering::SeqCst);
            diesel::sql_query("INSERT INTO effects (text) VALUES ($1)")
                .bind::<diesel::sql_types::Text, _>(&request.text)
                .execute(conn)
                .await?;
            if AtomicBool::load(&state.refuses, Ordering::SeqCst) {
                return Err(Error::NotNow);
            }
            if request.text == "swallow" {
                // A failure that the handler does not mind: the transaction is lost all the same.
                let _ = diesel::sql_query("SELECT 1 / 0").execute(conn).await;
            }
            if request.text == "contended" && runs_before == 0 {
                conn.batch_execute("DO $$ BEGIN RAISE EXCEPTION 'as the test wants it' USING ERRCODE = 'serialization_failure'; END $$")
                    .await?;
            }
            Ok(PutResponse {
                text: request.text.clone(),
                number: effects(conn).await?,
            })
        },
    )
    .await
}

#[derive(diesel::QueryableByName)]
pub struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub count: i64,
}

/// How many effects there are.
pub async fn effects(conn: &mut AsyncPgConnection) -> Result<i64, diesel::result::Error> {
    count(conn, "SELECT count(*) AS count FROM effects").await
}

pub async fn count(conn: &mut AsyncPgConnection, sql: &str) -> Result<i64, diesel::result::Error> {
    let count: Count = diesel::sql_query(sql).get_result(conn).await?;
    Ok(count.count)
}

/// A database with the host's tables and one for effects.
pub async fn fresh_database() -> test_support::Database {
    let database = test_support::Database::fresh(&[service_host::MIGRATIONS]).await;
    let mut conn = database.connection().await;
    diesel::sql_query("CREATE TABLE effects (id bigserial PRIMARY KEY, text text NOT NULL)")
        .execute(&mut conn)
        .await
        .unwrap();
    database
}

/// The host's handle to a test's database.
pub fn handle_to(database: &test_support::Database) -> Database {
    let tokens = Tokens::new();
    Database::new(&Config::new(database.url(), &tokens, &[]).database).unwrap()
}

/// A running server.
pub struct Host {
    pub address: SocketAddr,
    pub state: Arc<State>,
    pub tokens: Tokens,
    pub shutdown: CancellationToken,
    pub channel: Channel,
    pub running: JoinHandle<Result<(), service_host::server::Error>>,
    // Dropped last: what is still connected is thrown out.
    pub database: Option<test_support::Database>,
}

impl Host {
    pub async fn start(more: &[&str]) -> Self {
        let database = fresh_database().await;
        let url = database.url().to_owned();
        let mut host = Self::start_with(&url, more).await;
        host.database = Some(database);
        host
    }

    pub async fn start_with(url: &str, more: &[&str]) -> Self {
        let tokens = Tokens::new();
        let config = Config::new(url, &tokens, more);
        Self::start_from(config, tokens).await
    }

    pub async fn start_from(config: Config, tokens: Tokens) -> Self {
        let db = Database::new(&config.database).unwrap();
        let state = Arc::new(State {
            db: db.clone(),
            runs: AtomicI64::new(0),
            go_on: Notify::new(),
            begun: Notify::new(),
            refuses: AtomicBool::new(false),
            flooded: AtomicI64::new(0),
            ebbed: Notify::new(),
        });
        let access = Access::new(&config.access).unwrap();
        let server = Server::bind(&config.grpc, access)
            .unwrap()
            .contract(contract::METHODS, contract::descriptors())
            .service(TestServer::new(Handlers(Arc::clone(&state))))
            .needs("postgres", db, async |db: Database| db.probe().await)
            .uses("elsewhere", (), async |()| Err::<(), _>("it is never there"));
        let address = server.local_addr();
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(server.run(shutdown.clone()));
        let channel = test_support::channel(address).await;
        Self {
            address,
            state,
            tokens,
            shutdown,
            channel,
            running,
            database: None,
        }
    }

    pub async fn call(
        &self,
        path: &'static str,
        request: Request<PutRequest>,
    ) -> Result<PutResponse, Status> {
        let mut grpc = Grpc::new(self.channel.clone());
        grpc.ready().await.unwrap();
        let path = http::uri::PathAndQuery::from_static(path);
        grpc.unary(request, path, ProstCodec::default())
            .await
            .map(Response::into_inner)
    }

    pub async fn watch(&self, token: &str, client: Uuid) -> Result<tonic::Streaming<PutResponse>, Status> {
        self.watch_for(token, client, "").await
    }

    pub async fn watch_for(
        &self,
        token: &str,
        client: Uuid,
        text: &str,
    ) -> Result<tonic::Streaming<PutResponse>, Status> {
        watch_on(self.channel.clone(), token, client, text).await
    }

    pub async fn upload(&self, request: Request<Vec<PutRequest>>) -> Result<PutResponse, Status> {
        let mut grpc = Grpc::new(self.channel.clone());
        grpc.ready().await.unwrap();
        let path = http::uri::PathAndQuery::from_static(contract::UPLOAD);
        grpc.client_streaming(request.map(tokio_stream::iter), path, ProstCodec::default())
            .await
            .map(Response::into_inner)
    }

    /// `Put` by a client for that client.
    pub async fn put(&self, client: Uuid, text: &str) -> Result<PutResponse, Status> {
        let token = self.tokens.client(client);
        self.call(
            contract::PUT,
            test_support::authorised(message(client, text), &token),
        )
        .await
    }
}

/// Watches on a connection of its own.
pub async fn watch_on(
    channel: Channel,
    token: &str,
    client: Uuid,
    text: &str,
) -> Result<tonic::Streaming<PutResponse>, Status> {
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static(contract::WATCH);
    let request = test_support::authorised(message(client, text), token);
    grpc.server_streaming(request, path, ProstCodec::default())
        .await
        .map(Response::into_inner)
}

impl Drop for Host {
    fn drop(&mut self) {
        self.shutdown.cancel();
        self.running.abort();
    }
}

/// A request with an id of its own.
pub fn message(client: Uuid, text: &str) -> PutRequest {
    PutRequest {
        request_id: Uuid::new_v4().to_string(),
        client_id: client.to_string(),
        text: text.to_owned(),
    }
}

/// Long enough for a slow machine; a failed test is the only one that waits for it.
pub const BOUND: Duration = Duration::from_secs(20);
