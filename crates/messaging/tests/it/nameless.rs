//! A broker that names no broker, as one that is starting or stopping may: clients of librdkafka
//! then forget it for ever.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use messaging::{Kafka, KafkaOptions};
use test_support::eventually;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::step::step;
use crate::world::World;

/// How often the broker comes and goes.
const ROUNDS: usize = 8;

/// Until a client that was cut off has been replaced.
const REPLACED: Duration = Duration::from_mins(3);

/// Stands before the broker, and lets it name itself as the broker, or nobody.
struct Herald {
    address: SocketAddr,
    broker: String,
    /// When this changes, all connections are cut, as by a broker that ends or starts.
    names_nobody: watch::Sender<bool>,
    /// In how many answers nobody was named.
    named_nobody: AtomicUsize,
}

impl Herald {
    async fn before(broker: &str) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let herald = Arc::new(Self {
            address: listener.local_addr().unwrap(),
            broker: broker.to_owned(),
            names_nobody: watch::Sender::new(false),
            named_nobody: AtomicUsize::new(0),
        });
        tokio::spawn(Arc::clone(&herald).let_in(listener));
        herald
    }

    async fn let_in(self: Arc<Self>, listener: TcpListener) {
        while let Ok((client, _)) = listener.accept().await {
            let broker = TcpStream::connect(&self.broker).await.unwrap();
            let (mut from_client, to_client) = client.into_split();
            let (from_broker, mut to_broker) = broker.into_split();
            tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_broker).await });
            tokio::spawn(Arc::clone(&self).answer(from_broker, to_client));
        }
    }

    async fn answer(self: Arc<Self>, from: OwnedReadHalf, to: OwnedWriteHalf) {
        let mut cut = self.names_nobody.subscribe();
        tokio::select! {
            _ = cut.changed() => {}
            _ = self.pass(from, to) => {}
        }
    }

    /// Passes answers on, each a length of four bytes and as many bytes. Whoever was told that
    /// there is nobody is cut off.
    async fn pass(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> io::Result<()> {
        loop {
            let mut answer = vec![0; usize::try_from(from.read_u32().await?).unwrap()];
            from.read_exact(&mut answer).await?;
            let nobody = self.reword(&mut answer);
            to.write_u32(u32::try_from(answer.len()).unwrap()).await?;
            to.write_all(&answer).await?;
            if nobody {
                self.named_nobody.fetch_add(1, Ordering::SeqCst);
                return to.shutdown().await;
            }
        }
    }

    /// Has the broker named by this address; true where nobody is named. In an answer to a question
    /// after metadata, the brokers are an array: its length plus one, and each broker's id, host,
    /// port, rack and tags.
    fn reword(&self, answer: &mut Vec<u8>) -> bool {
        let (host, port) = self.broker.split_once(':').unwrap();
        let place = |port: u16| [host.as_bytes(), &u32::from(port).to_be_bytes()].concat();
        let (theirs, ours) = (place(port.parse().unwrap()), place(self.address.port()));
        let places: Vec<usize> = (0..answer.len())
            .filter(|at| answer[*at..].starts_with(&theirs))
            .collect();
        for at in places {
            answer[at..at + ours.len()].copy_from_slice(&ours);
            let array = at.saturating_sub(6);
            let end = at + ours.len() + 2;
            let is_array_of_one = answer[array] == 2 && answer.get(end - 2..end) == Some(&[0, 0]);
            if *self.names_nobody.borrow() && is_array_of_one {
                answer.splice(array..end, [1]);
                return true;
            }
        }
        false
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_have_forgotten_the_broker_are_replaced() {
    let world = World::new().await;
    let herald = Herald::before(world.broker.brokers()).await;
    let options = KafkaOptions::new(herald.address.to_string(), world.broker.prefix());
    let (relay, consumer) = (world.relay_with(&options), world.consumer_with(&options));
    let health = Kafka::new(&options);
    world.publish(&[step("a", 1, "")]).await;
    world.until_steps("a", &[1]).await;
    health.probe().await.unwrap();

    // Whether a client forgets the broker is a race of its threads, and differs from round to
    // round.
    for round in 1..=ROUNDS {
        herald.names_nobody.send_replace(true);
        eventually(REPLACED, async || {
            let told = herald.named_nobody.load(Ordering::SeqCst);
            if told >= round {
                Ok(())
            } else {
                Err(format!("clients were told {told} times that there is nobody"))
            }
        })
        .await;
        herald.names_nobody.send_replace(false);
    }
    world.publish(&[step("a", 2, "")]).await;
    eventually(REPLACED, async || health.probe().await).await;
    eventually(REPLACED, async || match world.steps("a").await {
        steps if steps == [1, 2] => Ok(()),
        steps => Err(format!("{steps:?}")),
    })
    .await;
    relay.stop().await;
    consumer.stop().await;
}
