//! One connection. It is hung up on when its caller says nothing, or takes nothing.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use opentelemetry::{KeyValue, global};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Interval, MissedTickBehavior, Sleep, interval, sleep};
use tonic::transport::server::Connected;

use super::line::Line;
use crate::config::GrpcOptions;

/// The first words of HTTP/2 have this many bytes, and no request of HTTP/1.1 has fewer. Until they are there the server
/// doesn't know yet which of them it speaks, and has no timer of its own running.
const GREETING: usize = 24;

/// A connection, and its place among those open.
pub(super) struct Connection {
    stream: TcpStream,
    line: Line,
    /// Until the caller has said something.
    greeting: Option<Greeting>,
    /// Since when nothing more fits into the connection.
    full: Option<Instant>,
    /// How long the caller may take nothing.
    patience: Duration,
    look: Interval,
    /// Given back with the connection.
    _place: OwnedSemaphorePermit,
}

/// The caller's first words.
struct Greeting {
    bytes: usize,
    late: Pin<Box<Sleep>>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, place: OwnedSemaphorePermit, options: &GrpcOptions) -> Self {
        let patience = options.reader_patience;
        let mut look = interval(patience / 4);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            line: Line::new(stream.connect_info()),
            stream,
            greeting: Some(Greeting {
                bytes: 0,
                late: Box::pin(sleep(options.greeting_patience)),
            }),
            full: None,
            patience,
            look,
            _place: place,
        }
    }

    /// Is it to be hung up? Asked whenever the connection is read from, also when nothing comes: both timers wake it.
    fn watch(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if let Some(greeting) = &mut self.greeting
            && greeting.late.as_mut().poll(context).is_ready()
        {
            return Err(hung_up("silent"));
        }
        while self.look.poll_tick(context).is_ready() {
            let full = self.full.is_some_and(|since| since.elapsed() > self.patience);
            if full || self.line.is_stuck(self.patience) {
                return Err(hung_up("takes nothing"));
            }
        }
        Ok(())
    }

    fn written<T>(&mut self, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.full = None;
        } else {
            self.full.get_or_insert_with(Instant::now);
        }
        written
    }
}

/// Counted, not logged: who floods us with connections must not fill the log.
fn hung_up(why: &'static str) -> io::Error {
    global::meter("service-host")
        .u64_counter("rpc.server.connections.cut")
        .with_description("Connections cut, because their caller said nothing or took nothing")
        .build()
        .add(1, &[KeyValue::new("why", why)]);
    io::Error::new(ErrorKind::TimedOut, why)
}

impl Connected for Connection {
    type ConnectInfo = Line;

    fn connect_info(&self) -> Line {
        self.line.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.watch(context)?;
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if let Some(greeting) = &mut this.greeting {
            greeting.bytes += buffer.filled().len() - before;
            if greeting.bytes >= GREETING {
                this.greeting = None;
            }
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.written(written)
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
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, parts);
        this.written(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
