//! Everything that the mesh stands on is killed at random moments, while it works. Afterwards an
//! audit through public contracts proves that nothing was lost, nothing done twice, and nothing
//! bent.
//!
//! - [`cast`]: who takes part, set up before the first kill
//! - [`desk`]: where commands are given, and what was answered is kept
//! - [`bookmaker`]: bets, through the hidden service's own client
//! - [`life`]: one order, from its placing to one of its ends; [`clerk`]: the back office around
//!   them
//! - [`killer`]: who is killed when, by the seed
//! - [`calm`]: waiting until everything has come to rest
//! - [`audit`]: one file for each thing audited; [`plants`]: what it must find where something is
//!   bent
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
mod plants;
mod progress;
mod scene;

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
use crate::mesh::{Mesh, Plan};
use audit::Findings;
use killer::Killer;
use progress::Progress;
use scene::Scene;

/// Orders under way at one time.
const LIVES_AT_ONCE: u64 = 16;

/// How long a caller repeats a request, and waits for what must come about, before the run has
/// failed.
const PATIENCE: Duration = Duration::from_mins(8);

/// After how long a killed consumer's partitions go to the next one. Short, or most of the run
/// would be waiting for that.
const SESSION: &str = "3s";

/// How often a late cookie is asked after. In a long run there are dozens, and every question is
/// kept for the audit.
const COOKIE_POLL: &str = "2s";

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
    let Settings { seed, kills } = settings;
    println!("chaos: {kills} kills; by the same seed once more: make chaos SEED={seed} KILLS={kills}");
    let progress = Progress::start(kills);
    progress.say("starting a PostgreSQL and a Kafka to be killed");
    let own = Arc::new(Infrastructure::up("chaos"));
    progress.say("starting the seven services");
    let settings_for_all = [
        ("ARTEL_KAFKA_SESSION_TIMEOUT", SESSION.to_owned()),
        ("ARTEL_COOKIE_POLL", COOKIE_POLL.to_owned()),
    ];
    // Here, so that it outlives a run that fails, and with it what its services have logged.
    let mesh = Arc::new(
        Mesh::up_as(Plan {
            own: Some(&own),
            settings: &settings_for_all,
            ..Plan::default()
        })
        .await,
    );
    let found = run(settings, &own, &mesh, progress)
        .await
        .unwrap_or_else(|error| panic!("the run could not go on: {error}"));
    println!("{found}");
    let deviations = found.deviations();
    assert!(
        deviations.is_empty(),
        "{} deviations\n{}",
        deviations.len(),
        deviations.join("\n")
    );
    assert!(
        found.empty().is_empty(),
        "there was nothing to compare in {:?}",
        found.empty()
    );
    for program in mesh.programs() {
        program.never_panicked();
    }
}

async fn run(
    settings: Settings,
    own: &Arc<Infrastructure>,
    mesh: &Arc<Mesh>,
    progress: Progress,
) -> Result<Findings, Error> {
    progress.say("hiring workers, registering clients");
    let scene = Scene::set(mesh, progress).await?;
    let progress = &scene.progress;
    progress.say("everybody is there; the load and the kills begin");
    let lanes = (0..LIVES_AT_ONCE).map(|lane| scene.lane(settings.chance(&format!("lane {lane}"))).run());
    let killer = Killer::new(settings, own, &scene.mesh, progress);
    // What a lane met is known at once, not when the last kill is done.
    tokio::try_join!(
        try_join_all(lanes),
        clerk::run(settings.chance("clerk"), &scene.desk, &scene.cast, progress),
        async {
            killer.run().await;
            Ok(())
        },
    )?;

    progress.say("the load is done; waiting until everything has come to rest");
    scene.comes_to_rest().await?;
    progress.say("at rest; the audit begins");
    let found = scene.audit().await?;
    progress.say("the audit is done");
    Ok(found)
}

/// Says in a failed run by what it is repeated.
struct RepeatedBy(Settings);

impl Drop for RepeatedBy {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Settings { seed, kills } = self.0;
            println!("chaos failed; by the same seed once more: make chaos SEED={seed} KILLS={kills}");
        }
    }
}
