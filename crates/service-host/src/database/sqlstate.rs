//! Keeps the SQLSTATE of a database error.
//!
//! Diesel passes on the message of a database error but not its SQLSTATE. The message cannot be
//! classified: it is in the language of the server, and an ordinary login may not choose that
//! language (`lc_messages`). Therefore every connection writes the SQLSTATE in front of the message
//! while it reads an error from the socket (`40P01: deadlock detected`), and [`sqlstate`] reads it
//! from there.
//!
//! The driver lets a program wrap the socket in one place only, the one meant for TLS. Connections
//! are not encrypted: [`Plain`] negotiates nothing and adds [`Annotated`] only.

use std::convert::Infallible;
use std::future::Ready;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use diesel::result::Error;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres::{Config, Socket};

/// Separates the SQLSTATE from the message.
const SEPARATOR: &str = ": ";
/// Type byte of the message that reports an error, in PostgreSQL's protocol.
const ERROR_RESPONSE: u8 = b'E';
/// Field of an error that holds the SQLSTATE.
const CODE: u8 = b'C';
/// Field of an error that holds the message.
const MESSAGE: u8 = b'M';

/// The SQLSTATE of an error that PostgreSQL reported on a connection of
/// [`Database`](super::Database).
pub fn sqlstate(error: &Error) -> Option<&str> {
    let Error::DatabaseError(_, information) = error else {
        return None;
    };
    let (code, _) = information.message().split_once(SEPARATOR)?;
    let is_code = code.len() == 5
        && code
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    is_code.then_some(code)
}

/// Makes connections that keep the SQLSTATE. They are not encrypted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Plain {
    tls_required: bool,
}

impl Plain {
    /// Prepares `settings` for connections without encryption.
    pub(super) fn over(settings: &mut Config) -> Self {
        let tls_required = settings.get_ssl_mode() == SslMode::Require;
        // With these two the driver calls the connector at once and asks the server for nothing.
        settings
            .ssl_mode(SslMode::Require)
            .ssl_negotiation(SslNegotiation::Direct);
        Self { tls_required }
    }
}

impl MakeTlsConnect<Socket> for Plain {
    type Stream = Annotated<Socket>;
    type TlsConnect = Self;
    type Error = &'static str;

    fn make_tls_connect(&mut self, host: &str) -> Result<Self, Self::Error> {
        if self.tls_required {
            return Err("sslmode=require is not supported");
        }
        if host.is_empty() {
            return Err("the database URL must name a host; Unix sockets are not supported");
        }
        Ok(*self)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsConnect<S> for Plain {
    type Stream = Annotated<S>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Stream, Infallible>>;

    fn connect(self, stream: S) -> Self::Future {
        std::future::ready(Ok(Annotated {
            stream,
            received: BytesMut::new(),
            open: 0,
        }))
    }
}

/// A stream from the server whose errors begin with their SQLSTATE. Everything else is unchanged.
#[derive(Debug)]
pub(super) struct Annotated<S> {
    stream: S,
    /// Bytes that were read from `stream` and not yet passed on.
    received: BytesMut,
    /// How many bytes of the current message may be passed on as they come.
    open: usize,
}

impl<S> Annotated<S> {
    /// Passes on as much as is ready.
    fn pass_on(&mut self, out: &mut ReadBuf<'_>) {
        while out.remaining() > 0 && !self.received.is_empty() {
            if self.open == 0 && !self.begin_message() {
                return;
            }
            let count = self.open.min(self.received.len()).min(out.remaining());
            out.put_slice(&self.received.split_to(count));
            self.open -= count;
        }
    }

    /// Begins the next message. False if more of it must be received first: a header must be
    /// complete, and so must an error, because its length changes.
    fn begin_message(&mut self) -> bool {
        let Some(&[kind, length @ ..]) = self.received.first_chunk::<5>() else {
            return false;
        };
        // The length counts itself, but not the type byte before it.
        let length = 1 + u32::from_be_bytes(length) as usize;
        if kind != ERROR_RESPONSE {
            self.open = length;
            return true;
        }
        if self.received.len() < length {
            return false;
        }
        let mut received = annotate(&self.received.split_to(length));
        self.open = received.len();
        received.unsplit(self.received.split());
        self.received = received;
        true
    }
}

/// Writes the SQLSTATE of an error in front of its message.
fn annotate(error: &[u8]) -> BytesMut {
    let fields = || {
        error[5..]
            .split(|byte| *byte == 0)
            .filter(|field| !field.is_empty())
    };
    let code = fields().find(|field| field[0] == CODE).map(|field| &field[1..]);
    let mut body = Vec::with_capacity(error.len() + 8);
    for field in fields() {
        body.push(field[0]);
        if let (MESSAGE, Some(code)) = (field[0], code) {
            body.extend_from_slice(code);
            body.extend_from_slice(SEPARATOR.as_bytes());
        }
        body.extend_from_slice(&field[1..]);
        body.push(0);
    }
    body.push(0);
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    let mut annotated = BytesMut::from(&[ERROR_RESPONSE][..]);
    annotated.extend_from_slice(&length.to_be_bytes());
    annotated.extend_from_slice(&body);
    annotated
}

impl<S: AsyncRead + Unpin> AsyncRead for Annotated<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = out.filled().len();
        loop {
            this.pass_on(out);
            if out.filled().len() > before {
                return Poll::Ready(Ok(()));
            }
            this.received.reserve(8 * 1024);
            let read = pin!(this.stream.read_buf(&mut this.received));
            if ready!(read.poll(context))? == 0 {
                // The server has closed the connection in the middle of a message, or between two.
                this.open = this.received.len();
                this.pass_on(out);
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Annotated<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Annotated<S> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    /// What the driver reads when `sent` arrives in pieces of `size` bytes.
    async fn read(sent: &[u8], size: usize) -> Vec<u8> {
        let (mut server, stream) = tokio::io::duplex(size);
        let mut reader = Plain::default().connect(stream).await.unwrap();
        let mut got = Vec::new();
        let send = async move { server.write_all(sent).await };
        let (sent, received) = tokio::join!(send, reader.read_to_end(&mut got));
        sent.unwrap();
        received.unwrap();
        got
    }

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [&[kind][..], &length.to_be_bytes(), body].concat()
    }

    #[tokio::test]
    async fn errors_begin_with_their_sqlstate_and_other_messages_are_unchanged() {
        let row = message(b'D', b"a row");
        let sent = [
            row.clone(),
            message(b'E', b"SERROR\0C40P01\0M\xd0\xb2\xd0\xb7\0Dtwo\0\0"),
            message(b'Z', b"E"),
        ]
        .concat();
        let expected = [
            row,
            message(b'E', b"SERROR\0C40P01\0M40P01: \xd0\xb2\xd0\xb7\0Dtwo\0\0"),
            message(b'Z', b"E"),
        ]
        .concat();
        for size in 1..sent.len() {
            assert_eq!(read(&sent, size).await, expected, "in pieces of {size} bytes");
        }
    }

    #[tokio::test]
    async fn what_is_no_message_comes_through_when_the_server_closes_the_connection() {
        for sent in [&b"E"[..], b"Eout of memory\0", b"D\0\0\0\x09ro"] {
            assert_eq!(read(sent, 4).await, sent);
        }
    }
}
