//! Ports for servers that need their port before they start.

use std::net::TcpListener;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

use uuid::Uuid;

/// Below the ephemeral ports of the kernel (32768 and up on Linux) and below the ports of the mesh
/// (17000 and up). The kernel could give an ephemeral port to a client before the server starts, or
/// while it is stopped.
const RANGE: std::ops::Range<u16> = 10_000..17_000;

/// Each test program begins at another port, because several may run at the same time.
static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| {
    let [high, low, ..] = *Uuid::new_v4().as_bytes();
    AtomicU16::new(u16::from_be_bytes([high, low]))
});

/// A free port of the loopback address that no recent call of this function has returned.
pub fn free_port() -> u16 {
    RANGE
        .clone()
        .map(|_| RANGE.start + NEXT.fetch_add(1, Ordering::Relaxed) % (RANGE.end - RANGE.start))
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("there is a free port")
}
