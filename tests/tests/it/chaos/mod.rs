//! Everything that the mesh stands on is killed at random moments, while it works. Afterwards an audit through public
//! contracts proves that nothing was lost, nothing done twice, and nothing bent.
//!
//! - [`cast`]: who takes part, set up before the first kill
//! - [`desk`]: where commands are given, and what was answered is kept
//! - [`bookmaker`]: bets, through the hidden service's own client
//! - [`life`]: one order, from its placing to one of its ends; [`clerk`]: the back office around them
//! - [`killer`]: who is killed when, by the seed
//! - [`calm`]: waiting until everything has come to rest
//! - [`audit`]: one file for each thing audited
//!
//! By hand: `make chaos KILLS=300 SEED=7`.

mod audit;
mod bookmaker;
mod calm;
mod cast;
mod clerk;
mod desk;
mod killer;
mod life;
mod progress;

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use artel::failure::Error;
use futures::future::try_join_all;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use uuid::Uuid;

use crate::infrastructure::Infrastructure;
use crate::mesh::Mesh;
use bookmaker::Bookmaker;
use cast::Cast;
use desk::Desk;
use killer::Killer;
use progress::Progress;

/// Orders under way at one time.
const LIVES_AT_ONCE: u64 = 16;

/// How long a caller repeats a request, and waits for what must come about, before the run has failed.
const PATIENCE: Duration = Duration::from_mins(8);

/// What a run is repeated by.
#[derive(Debug, Clone, Copy)]
struct Settings {
    seed: u64,
    kills: usize,
}

impl Settings {
    /// From what `make chaos` was given.
    fn given() -> Self {
        Self {
            seed: number("ARTEL_CHAOS_SEED").unwrap_or_else(|| rand::rng().random_range(0..1_000_000)),
            kills: number("ARTEL_CHAOS_KILLS").unwrap_or(50),
        }
    }

    /// Chance for one part of the run: the same seed and part, the same choices.
    fn chance(self, part: &str) -> StdRng {
        let seed = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{}/{part}", self.seed).as_bytes());
        StdRng::seed_from_u64(seed.as_u64_pair().0)
    }
}

fn number<T: FromStr<Err: Display>>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(
        text.parse()
            .unwrap_or_else(|error| panic!("{name} is {text:?}: {error}")),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn chaos_loses_nothing_and_does_nothing_twice() {
    let settings = Settings::given();
    let _repeat = RepeatedBy(settings);
    println!("chaos: SEED={} KILLS={}", settings.seed, settings.kills);
    let own = Arc::new(Infrastructure::up("chaos"));
    let mesh = Arc::new(Mesh::up_on(&own).await);
    let deviations = run(settings, &own, &mesh)
        .await
        .unwrap_or_else(|error| panic!("the run could not go on: {error}"));
    assert!(
        deviations.is_empty(),
        "{} deviations\n{}",
        deviations.len(),
        deviations.join("\n")
    );
}

async fn run(settings: Settings, own: &Arc<Infrastructure>, mesh: &Arc<Mesh>) -> Result<Vec<String>, Error> {
    let quiet = Box::new(|_: &str, _: &str| {});
    let stage = mesh.patient_stage(quiet, Box::new(|_, _, _| Ok(())), PATIENCE);
    let desk = Arc::new(Desk::new(stage));
    let progress = Arc::new(Progress::start(settings.kills));
    let cast = Arc::new(Cast::assemble(&desk).await?);
    let bookmaker = Arc::new(Bookmaker::new(mesh));
    progress.say("everybody is there; the load and the kills begin");

    let lanes = (0..LIVES_AT_ONCE).map(|lane| {
        let lane = life::Lane {
            chance: settings.chance(&format!("lane {lane}")),
            desk: Arc::clone(&desk),
            cast: Arc::clone(&cast),
            bookmaker: Arc::clone(&bookmaker),
            progress: Arc::clone(&progress),
        };
        lane.run()
    });
    let killer = Killer::new(settings, own, mesh, &progress);
    // What a lane met is known at once, not when the last kill is done.
    tokio::try_join!(
        try_join_all(lanes),
        clerk::run(settings.chance("clerk"), &desk, &cast, &progress),
        async {
            killer.run().await;
            Ok(())
        },
    )?;

    progress.say("the load is done; waiting until everything has come to rest");
    calm::settled(mesh, &desk.stage).await;
    // What was booked since the clerk last did.
    clerk::close(&desk).await?;
    calm::settled(mesh, &desk.stage).await;
    progress.say("at rest; the audit begins");
    let deviations = audit::audit(mesh, &desk, &cast, &bookmaker).await?;
    progress.say(&format!("the audit is done: {} deviations", deviations.len()));
    Ok(deviations)
}

/// Says in a failed run by what it is repeated.
struct RepeatedBy(Settings);

impl Drop for RepeatedBy {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Settings { seed, kills } = self.0;
            println!("chaos failed; the same choices once more: make chaos SEED={seed} KILLS={kills}");
        }
    }
}
