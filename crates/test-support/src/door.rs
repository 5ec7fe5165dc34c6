//! A proxy in front of a server that tests can freeze.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A proxy in front of a server. While it is [frozen](Self::freeze), the server behaves like a
/// process that was stopped by SIGSTOP: it accepts connections and data, and does not answer. The
/// held data arrives after the thaw.
pub struct Door {
    address: SocketAddr,
    frozen: watch::Sender<bool>,
}

impl Door {
    /// Starts a proxy in front of the server at this address, `host:port`.
    ///
    /// # Panics
    /// If no port is free.
    pub async fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let frozen = watch::Sender::new(false);
        tokio::spawn(let_in(listener, server.to_owned(), frozen.subscribe()));
        Self { address, frozen }
    }

    /// The address of the proxy.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Holds all data, in both directions.
    pub fn freeze(&self) {
        self.frozen.send_replace(true);
    }

    /// Passes the held data and everything after it.
    pub fn thaw(&self) {
        self.frozen.send_replace(false);
    }
}

async fn let_in(listener: TcpListener, server: String, frozen: watch::Receiver<bool>) {
    while let Ok((client, _)) = listener.accept().await {
        let Ok(server) = TcpStream::connect(&server).await else {
            continue;
        };
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::spawn(pass(from_client, to_server, frozen.clone()));
        tokio::spawn(pass(from_server, to_client, frozen.clone()));
    }
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut frozen: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await?;
        // The proxy was dropped; nothing can be frozen any more.
        let _ = frozen.wait_for(|frozen| !frozen).await;
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..read]).await?;
    }
}
