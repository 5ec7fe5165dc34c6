//! Ports for servers that must be told theirs before they start.

use std::net::TcpListener;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

use uuid::Uuid;

/// Below what the kernel gives to outgoing connections (32768 and up on Linux) and below the mesh's
/// own ports (17000 and up). A port from the kernel's own range would sooner or later be some
/// client's, before the server that was told it starts or while it is away.
const RANGE: std::ops::Range<u16> = 10_000..17_000;

/// Each test program begins elsewhere, for several may run at once.
static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| {
    let [high, low, ..] = *Uuid::new_v4().as_bytes();
    AtomicU16::new(u16::from_be_bytes([high, low]))
});

/// A port of the loopback address that nobody listens on, and that no call to this function
/// returned lately.
pub fn free_port() -> u16 {
    RANGE
        .clone()
        .map(|_| RANGE.start + NEXT.fetch_add(1, Ordering::Relaxed) % (RANGE.end - RANGE.start))
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("there is a free port")
}
