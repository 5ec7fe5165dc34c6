//! One connection. The server closes it if the caller sends nothing at first, or reads nothing.

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

use super::backpressure::ConnectionInfo;
use crate::config::GrpcOptions;

/// The length of the HTTP/2 preface, in bytes. No HTTP/1.1 request is shorter. Until it is
/// received, hyper does not know the protocol and runs no timer of its own.
const PREFACE: usize = 24;

/// A connection, and its permit among the open ones.
pub(super) struct Connection {
    stream: TcpStream,
    info: ConnectionInfo,
    /// Set until the preface is received.
    greeting: Option<Greeting>,
    /// Since when the caller has not read, so that no byte can be written.
    blocked: Option<Instant>,
    /// How long the caller may read nothing.
    reader_timeout: Duration,
    check: Interval,
    _permit: OwnedSemaphorePermit,
}

/// The wait for the preface.
struct Greeting {
    received: usize,
    timeout: Pin<Box<Sleep>>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, permit: OwnedSemaphorePermit, options: &GrpcOptions) -> Self {
        let reader_timeout = options.reader_timeout;
        let mut check = interval(reader_timeout / 4);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            info: ConnectionInfo::new(stream.connect_info()),
            stream,
            greeting: Some(Greeting {
                received: 0,
                timeout: Box::pin(sleep(options.greeting_timeout)),
            }),
            blocked: None,
            reader_timeout,
            check,
            _permit: permit,
        }
    }

    /// Fails if the connection must be closed. Called at each read; both timers wake the reader.
    fn check_timeouts(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if let Some(greeting) = &mut self.greeting
            && greeting.timeout.as_mut().poll(context).is_ready()
        {
            return Err(cut("silent"));
        }
        while self.check.poll_tick(context).is_ready() {
            let timeout = self.reader_timeout;
            let blocked = self.blocked.is_some_and(|since| since.elapsed() > timeout);
            if blocked || self.info.is_stuck(timeout) {
                return Err(cut("not-reading"));
            }
        }
        Ok(())
    }

    fn written<T>(&mut self, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.blocked = None;
        } else {
            self.blocked.get_or_insert_with(Instant::now);
        }
        written
    }
}

/// Counts the closed connection. It is not logged, so that a flood of connections does not fill the
/// log.
fn cut(reason: &'static str) -> io::Error {
    global::meter("service-host")
        .u64_counter("rpc.server.connections.cut")
        .with_description("Connections that were closed because the caller sent nothing or read nothing")
        .build()
        .add(1, &[KeyValue::new("reason", reason)]);
    io::Error::new(ErrorKind::TimedOut, reason)
}

impl Connected for Connection {
    type ConnectInfo = ConnectionInfo;

    fn connect_info(&self) -> ConnectionInfo {
        self.info.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.check_timeouts(context)?;
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if let Some(greeting) = &mut this.greeting {
            greeting.received += buffer.filled().len() - before;
            if greeting.received >= PREFACE {
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
