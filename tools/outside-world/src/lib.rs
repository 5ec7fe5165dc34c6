//! Stand-ins for what others run: two payment gateways, a payout provider, a bakery and a mail
//! server.
//!
//! They keep the documented contracts (`README.md`) to the letter, write down every call that they
//! receive, and fail on request. They know nothing of Artel. Everything is kept in memory, bounded,
//! and forgotten when the process ends.
//!
//! - `card`, `wallet`, `golden_hat`, `bakery`: one HTTP stand-in each
//! - `smtp`, `mailbox`: the mail server, and what it has taken in
//! - `http`: the routes, the fault switch and the call log around them
//! - `world`: what they share

mod answer;
mod bakery;
mod bounded;
mod calls;
mod card;
mod faults;
mod golden_hat;
mod http;
mod mailbox;
mod options;
mod replays;
mod smtp;
mod wallet;
mod world;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use options::Options;
use world::World;

/// The stand-ins at work. Dropping it closes both doors at once; [`Running::stop`] waits until they
/// are closed.
#[derive(Debug)]
pub struct Running {
    /// Where the HTTP stand-ins, the call log, the fault switch and the mailbox answer.
    pub http: SocketAddr,
    /// Where mail is taken in.
    pub smtp: SocketAddr,
    shutdown: CancellationToken,
    tasks: JoinSet<io::Result<()>>,
}

impl Running {
    /// `http://address:port` of the HTTP stand-ins.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.http)
    }

    /// `smtp://address:port` of the mail server.
    pub fn smtp_url(&self) -> String {
        format!("smtp://{}", self.smtp)
    }

    /// Closes both doors and waits until the last call has been answered.
    pub async fn stop(mut self) -> io::Result<()> {
        self.shutdown.cancel();
        self.finished().await
    }

    /// Waits until either door closes, which without [`Running::stop`] happens only when something
    /// is broken.
    pub async fn finished(&mut self) -> io::Result<()> {
        while let Some(ended) = self.tasks.join_next().await {
            ended.map_err(io::Error::other)??;
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// Opens both doors. Fails when an address cannot be listened to; the error names it.
pub async fn start(options: Options) -> anyhow::Result<Running> {
    let http_listener = listen(options.http).await?;
    let smtp_listener = listen(options.smtp).await?;
    let (http, smtp) = (http_listener.local_addr()?, smtp_listener.local_addr()?);

    let world = Arc::new(World::new(options));
    let shutdown = CancellationToken::new();
    let mut tasks = JoinSet::new();
    let stopped = shutdown.clone();
    let app = http::router(&world);
    tasks.spawn(async move {
        axum::serve(http_listener, app)
            .with_graceful_shutdown(stopped.cancelled_owned())
            .await
    });
    tasks.spawn(smtp::serve(smtp_listener, world, shutdown.clone()));
    Ok(Running {
        http,
        smtp,
        shutdown,
        tasks,
    })
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))
}
