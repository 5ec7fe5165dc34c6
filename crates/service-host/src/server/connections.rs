//! How many connections may be open.

use std::convert::Infallible;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::stream::unfold;
use futures::{Stream, StreamExt as _};
use opentelemetry::global;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::transport::server::{Connected, TcpConnectInfo, TcpIncoming};

/// How long to wait after the system refused a connection; until a file is closed it would do so again at once.
const PAUSE: Duration = Duration::from_millis(100);

/// The connections that come, as long as there is a place. Those beyond are closed at once: in a queue they would hold
/// their callers back from other replicas.
pub(super) fn bounded(
    incoming: TcpIncoming,
    most: usize,
) -> impl Stream<Item = Result<Connection, Infallible>> {
    let places = Arc::new(Semaphore::new(most));
    // Not a line each: who floods us with connections must not fill the log.
    let refused = global::meter("service-host")
        .u64_counter("rpc.server.connections.refused")
        .with_description("Connections closed at once, because too many were open")
        .build();
    unfold(
        (incoming, places, refused),
        |(mut incoming, places, refused)| async move {
            loop {
                match incoming.next().await? {
                    Ok(stream) => match Arc::clone(&places).try_acquire_owned() {
                        Ok(place) => {
                            let connection = Connection {
                                stream,
                                _place: place,
                            };
                            return Some((Ok(connection), (incoming, places, refused)));
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

/// A connection, and its place among those open.
pub(super) struct Connection {
    stream: TcpStream,
    /// Given back with the connection.
    _place: OwnedSemaphorePermit,
}

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
