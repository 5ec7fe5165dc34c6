//! How many connections may be open.

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

/// How long to wait after the system refused a connection; until a file is closed it would do so again at once.
const PAUSE: Duration = Duration::from_millis(100);

/// The connections that come, as long as there is a place. Those beyond are closed at once: in a queue they would hold
/// their callers back from other replicas.
pub(super) fn bounded(
    incoming: TcpIncoming,
    options: GrpcOptions,
) -> impl Stream<Item = Result<Connection, Infallible>> {
    let places = Arc::new(Semaphore::new(options.max_connections));
    // Not a line each: who floods us with connections must not fill the log.
    let refused = global::meter("service-host")
        .u64_counter("rpc.server.connections.refused")
        .with_description("Connections closed at once, because too many were open")
        .build();
    // A counter that appears with the first one shows Prometheus no increase.
    refused.add(0, &[]);
    unfold(
        (incoming, places, refused, options),
        |(mut incoming, places, refused, options)| async move {
            loop {
                match incoming.next().await? {
                    Ok(stream) => match Arc::clone(&places).try_acquire_owned() {
                        Ok(place) => {
                            let connection = Connection::new(stream, place, &options);
                            return Some((Ok(connection), (incoming, places, refused, options)));
                        }
                        Err(_) => refused.add(1, &[]),
                    },
                    Err(error) if is_the_callers(&error) => {}
                    Err(error) => {
                        tracing::warn!(%error, "can't take a connection");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        },
    )
}

/// Has the caller gone before it was taken?
fn is_the_callers(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
    )
}
