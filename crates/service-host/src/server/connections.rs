//! The bound on open connections.

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use futures::stream::unfold;
use futures::{Stream, StreamExt as _};
use opentelemetry::global;
use tokio::sync::Semaphore;
use tonic::transport::server::TcpIncoming;

use super::connection::Connection;
use crate::config::GrpcOptions;

/// The pause after the system refused a connection. Without it, the system would refuse the next
/// one at once, until a file is closed.
const PAUSE: Duration = Duration::from_millis(100);

/// The incoming connections, up to the bound. Further connections are closed at once, because
/// callers in a queue could use other replicas instead.
pub(super) fn bounded(
    incoming: TcpIncoming,
    options: GrpcOptions,
) -> impl Stream<Item = Result<Connection, Infallible>> {
    let permits = Arc::new(Semaphore::new(options.max_connections));
    // Counted and not logged, so that a flood of connections does not fill the log.
    let refused = global::meter("service-host")
        .u64_counter("rpc.server.connections.refused")
        .with_description("Connections that were closed at once because too many were open")
        .build();
    // Prometheus sees an increase only if the counter existed before it.
    refused.add(0, &[]);
    unfold(
        (incoming, permits, refused, options),
        |(mut incoming, permits, refused, options)| async move {
            loop {
                match incoming.next().await? {
                    Ok(stream) => match Arc::clone(&permits).try_acquire_owned() {
                        Ok(permit) => {
                            let connection = Connection::new(stream, permit, &options);
                            return Some((Ok(connection), (incoming, permits, refused, options)));
                        }
                        Err(_) => refused.add(1, &[]),
                    },
                    Err(error) if is_caller_gone(&error) => {}
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        },
    )
}

/// Whether the caller closed the connection before it was accepted.
fn is_caller_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
    )
}
