//! Lines and the data of a mail, read with bounds in size and time.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// Longest command line, generously above the 512 bytes of RFC 5321.
const LINE_BYTES: u64 = 2048;

/// A client that says nothing for this long is sent away.
const IDLE: Duration = Duration::from_mins(1);

/// The next command line without its end; None when the client has gone. Fails on a line that is
/// too long or no UTF-8.
pub async fn line<R: AsyncBufRead + Unpin>(reader: &mut R) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    timeout(IDLE, reader.take(LINE_BYTES).read_until(b'\n', &mut bytes)).await??;
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes.pop() != Some(b'\n') {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "line cut or too long"));
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    String::from_utf8(bytes).map(Some).map_err(io::Error::other)
}

/// The data of a mail up to the lone dot, with the doubled dots taken back. None when it was larger
/// than the limit; it is then read to its end all the same, because the client listens only after
/// that.
///
/// Only `CRLF . CRLF` ends the data: a server that also takes bare line feeds lets a sender smuggle
/// in a second mail.
pub async fn data<R: AsyncBufRead + Unpin>(reader: &mut R, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let mut mail = Vec::new();
    let mut chunk = Vec::new();
    let mut line_start = true;
    let mut too_large = false;
    loop {
        chunk.clear();
        timeout(IDLE, reader.take(LINE_BYTES).read_until(b'\n', &mut chunk)).await??;
        if chunk.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line_start && chunk == b".\r\n" {
            return Ok((!too_large).then_some(mail));
        }
        let stuffed = line_start && chunk.starts_with(b".");
        line_start = chunk.ends_with(b"\r\n");
        too_large |= mail.len() + chunk.len() > limit;
        if !too_large {
            mail.extend_from_slice(&chunk[usize::from(stuffed)..]);
        }
    }
}

/// Sends one reply, given without its line end.
pub async fn reply<W: AsyncWrite + Unpin>(writer: &mut W, text: &str) -> io::Result<()> {
    writer.write_all(format!("{text}\r\n").as_bytes()).await?;
    writer.flush().await
}

#[cfg(test)]
mod tests {
    use super::{data, line};

    #[tokio::test]
    async fn data_ends_only_with_a_dot_between_crlfs_and_doubled_dots_are_taken_back() {
        let mut wire: &[u8] = b"a\r\n..b\r\nc\n.\r\n.\n\r\n.\r\nQUIT\r\n";
        let mail = data(&mut wire, 100).await.unwrap().unwrap();
        assert_eq!(String::from_utf8(mail).unwrap(), "a\r\n.b\r\nc\n.\r\n\n\r\n");
        assert_eq!(line(&mut wire).await.unwrap().as_deref(), Some("QUIT"));
    }

    #[tokio::test]
    async fn data_above_the_limit_is_read_to_its_end_and_dropped() {
        let wire = format!("{}\r\n.\r\nNOOP\r\n", "x".repeat(10_000));
        let mut wire = wire.as_bytes();
        assert_eq!(data(&mut wire, 9_999).await.unwrap(), None);
        assert_eq!(line(&mut wire).await.unwrap().as_deref(), Some("NOOP"));
    }

    #[tokio::test]
    async fn a_line_without_an_end_is_refused() {
        let wire = "x".repeat(100_000);
        assert!(line(&mut wire.as_bytes()).await.is_err());
        assert!(line(&mut b"cut".as_slice()).await.is_err());
    }
}
