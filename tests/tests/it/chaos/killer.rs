//! Who is killed when. Services, PostgreSQL and Kafka alike, by SIGKILL; each comes back after a
//! moment, by itself.
//!
//! The seed chooses among those who are up, so who it is depends on the machine, too: the same seed
//! makes a run like the first one, not the same.

use std::fmt::{self, Display};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::stream::{FuturesUnordered, StreamExt as _};
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

use super::progress::Progress;
use super::{PATIENCE, Settings};
use crate::infrastructure::{Infrastructure, Server};
use crate::mesh::Mesh;
use crate::program::Program;

/// Between two kills.
const PAUSE: std::ops::Range<u64> = 1_000..2_200;
/// How long a victim is away before it is started again, in milliseconds.
const AWAY: std::ops::Range<u64> = 0..1_500;

/// Victims that may be down together. A slow machine takes longer to bring them back, and has to be
/// killed at a slower pace, or no process would ever be killed while it works.
const MOST_DOWN: usize = 2;

pub struct Killer {
    chance: StdRng,
    kills: usize,
    victims: Vec<Arc<Victim>>,
    progress: Arc<Progress>,
}

struct Victim {
    what: What,
    /// Killed, and not yet back: it can't be killed again.
    down: AtomicBool,
    killed: AtomicUsize,
}

enum What {
    Program(Arc<Program>),
    Server(Arc<Infrastructure>, Server),
}

impl Killer {
    pub fn new(settings: Settings, own: &Arc<Infrastructure>, mesh: &Mesh, progress: &Arc<Progress>) -> Self {
        let programs = mesh.programs().iter().cloned().map(What::Program);
        let servers = [Server::Postgres, Server::Kafka].map(|server| What::Server(Arc::clone(own), server));
        let victims = programs.chain(servers).map(|what| {
            Arc::new(Victim {
                what,
                down: AtomicBool::new(false),
                killed: AtomicUsize::new(0),
            })
        });
        Self {
            chance: settings.chance("killer"),
            kills: settings.kills,
            victims: victims.collect(),
            progress: Arc::clone(progress),
        }
    }

    /// Until the last victim is back.
    pub async fn run(mut self) {
        let mut recoveries = FuturesUnordered::new();
        for number in 1..=self.kills {
            let pause = tokio::time::sleep(Duration::from_millis(self.chance.random_range(PAUSE)));
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    () = &mut pause => break,
                    Some(()) = recoveries.next() => {}
                }
            }
            let victim = loop {
                if let Some(victim) = self.choose() {
                    break victim;
                }
                // Enough are down: one comes back.
                recoveries.next().await;
            };
            let away = Duration::from_millis(self.chance.random_range(AWAY));
            recoveries.push(kill(victim, away, number, Arc::clone(&self.progress), self.kills));
        }
        while recoveries.next().await.is_some() {}
        let times: Vec<String> = self.victims.iter().map(|victim| victim.times()).collect();
        self.progress
            .say(&format!("all are back; killed: {}", times.join(", ")));
    }

    /// A process that is up; `None` while enough are down.
    fn choose(&mut self) -> Option<Arc<Victim>> {
        let is_up = |victim: &&Arc<Victim>| !victim.down.load(Ordering::Relaxed);
        let up: Vec<&Arc<Victim>> = self.victims.iter().filter(is_up).collect();
        if up.len() + MOST_DOWN <= self.victims.len() {
            return None;
        }
        let victim = *up.choose(&mut self.chance)?;
        victim.down.store(true, Ordering::Relaxed);
        Some(Arc::clone(victim))
    }
}

async fn kill(victim: Arc<Victim>, away: Duration, number: usize, progress: Arc<Progress>, kills: usize) {
    let killed = Instant::now();
    victim.kill().await;
    tokio::time::sleep(away).await;
    victim.comes_back().await;
    progress.survived();
    progress.say(&format!(
        "kill {number} of {kills}: {victim}, back after {:.1} s",
        killed.elapsed().as_secs_f32()
    ));
}

impl Victim {
    async fn kill(&self) {
        self.killed.fetch_add(1, Ordering::Relaxed);
        match &self.what {
            What::Program(program) => program.kill(),
            What::Server(own, server) => apart(own, *server, Infrastructure::kill).await,
        }
    }

    async fn comes_back(&self) {
        match &self.what {
            What::Program(program) => {
                program.start();
                program.serves_within(PATIENCE).await;
            }
            What::Server(own, server) => apart(own, *server, Infrastructure::start).await,
        }
        self.down.store(false, Ordering::Relaxed);
    }

    /// How often it was killed.
    fn times(&self) -> String {
        format!("{self} {}", self.killed.load(Ordering::Relaxed))
    }
}

/// Runs blocking work on a thread that may block.
async fn apart(own: &Arc<Infrastructure>, server: Server, work: fn(&Infrastructure, Server)) {
    let own = Arc::clone(own);
    tokio::task::spawn_blocking(move || work(&own, server))
        .await
        .expect("the server obeys");
}

impl Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Program(program) => f.write_str(program.name()),
            What::Server(_, server) => server.fmt(f),
        }
    }
}
