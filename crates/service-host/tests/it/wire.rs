//! HTTP/2 by hand, for callers that no library would be.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const GOAWAY: u8 = 7;
pub const CONTINUATION: u8 = 9;
const DATA: u8 = 0;
const SETTINGS: u8 = 4;
const WINDOW_UPDATE: u8 = 8;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A frame's kind and what is in it.
pub struct Frame {
    pub kind: u8,
    pub payload: Vec<u8>,
}

/// A connection.
pub struct Raw {
    stream: TcpStream,
}

impl Raw {
    /// Says hello: whatever the server sends, this caller has room for it, or says so.
    pub async fn connect(address: SocketAddr) -> io::Result<Self> {
        const LARGEST: u32 = i32::MAX as u32;
        let stream = TcpStream::connect(address).await?;
        let mut raw = Self { stream };
        let initial_window = [&4_u16.to_be_bytes()[..], &LARGEST.to_be_bytes()].concat();
        let hello = [
            PREFACE,
            &frame(SETTINGS, 0, 0, &initial_window),
            &frame(WINDOW_UPDATE, 0, 0, &(LARGEST - 65_535).to_be_bytes()),
        ];
        raw.send(&hello.concat()).await?;
        Ok(raw)
    }

    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// The next frame; `None` when the server has hung up.
    pub async fn frame(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).ok()?];
        self.stream.read_exact(&mut payload).await.ok()?;
        Some(Frame {
            kind: head[3],
            payload,
        })
    }

    /// Listens until the server has hung up; the code of its last word (GOAWAY), if it said one.
    pub async fn last_word(&mut self) -> Option<u32> {
        let mut code = None;
        while let Some(frame) = self.frame().await {
            if frame.kind == GOAWAY {
                let bytes = frame.payload.get(4..8).expect("a GOAWAY holds a code");
                code = Some(u32::from_be_bytes(bytes.try_into().expect("four bytes")));
            }
        }
        code
    }
}

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A call on this stream: its headers and its one message.
pub fn call(stream: u32, path: &str, token: &str, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let body = [&[0][..], &length, message].concat();
    [
        frame(HEADERS, END_HEADERS, stream, &headers(path, token)),
        frame(DATA, END_STREAM, stream, &body),
    ]
    .concat()
}

/// The headers of a call, each as a literal (RFC 7541, 6.2.2).
pub fn headers(path: &str, token: &str) -> Vec<u8> {
    [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", path),
        (":authority", "localhost"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("authorization", &format!("Bearer {token}")),
    ]
    .into_iter()
    .flat_map(|(name, value)| [&[0][..], &text(name), &text(value)].concat())
    .collect()
}

/// A text with its length before it, an integer with a prefix of seven bits.
fn text(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut length = text.len();
    if length < 127 {
        bytes.push(u8::try_from(length).unwrap());
    } else {
        bytes.push(127);
        length -= 127;
        while length >= 128 {
            bytes.push(u8::try_from(length % 128).unwrap() | 128);
            length /= 128;
        }
        bytes.push(u8::try_from(length).unwrap());
    }
    bytes.extend(text.as_bytes());
    bytes
}
