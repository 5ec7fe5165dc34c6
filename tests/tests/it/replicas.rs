//! Two replicas of every service: they share the work, and one takes over from the other, killed or
//! frozen.

use std::sync::Arc;

use artel::story::play;
use serde_json::Value;

use crate::mesh::Mesh;
use crate::program::Program;

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_of_every_service_share_the_work_and_one_takes_it_over_from_the_other() {
    let mesh = Mesh::up().await;
    let ones = mesh.programs().to_vec();
    let others: Vec<_> = ones.iter().map(|one| Arc::new(one.twin())).collect();
    start(&others).await;

    // Every second service is called at its other replica.
    let pairs = ones.iter().zip(&others).enumerate();
    let mixed: Vec<_> = pairs
        .map(|(number, (one, other))| Arc::clone(if number % 2 == 0 { one } else { other }))
        .collect();
    the_story_goes_right(&mesh, &mixed, "both replicas").await;
    assert!(
        events_of(&ones).await > 0.0 && events_of(&others).await > 0.0,
        "both take events in"
    );
    done_once(&mesh, 1).await;
    for service in ["card", "bakery"] {
        let asked = mesh.outside_calls(service, "POST").await;
        assert_eq!(asked.len(), 1, "its job runs at one replica at a time: {asked:?}");
    }

    for one in &ones {
        one.kill();
    }
    the_story_goes_right(&mesh, &others, "those whose others were killed").await;
    done_once(&mesh, 2).await;

    start(&ones).await;
    for other in &others {
        other.freeze();
    }
    the_story_goes_right(&mesh, &ones, "those whose others are frozen").await;
    done_once(&mesh, 3).await;

    // Those that were frozen find that others lead now, and go on as replicas.
    for other in &others {
        other.thaw();
    }
    for other in &others {
        other.serves().await;
    }
    the_story_goes_right(&mesh, &others, "those that were thawed").await;
    done_once(&mesh, 4).await;
    mesh.every_event_was_processed().await;
    for program in ones.iter().chain(&others) {
        program.never_panicked();
    }
}

async fn start(programs: &[Arc<Program>]) {
    for program in programs {
        program.start();
    }
    for program in programs {
        program.serves().await;
    }
}

/// Plays the story at these replicas. What the others held, partitions and locks, comes to them
/// within its patience.
async fn the_story_goes_right(mesh: &Mesh, at: &[Arc<Program>], who: &str) {
    println!("--- the story by {who}");
    let address = |name: &str| {
        let found = at.iter().find(|program| program.name() == name);
        found.unwrap_or_else(|| panic!("there is no {name}")).url()
    };
    let stage = mesh.stage_through(Mesh::connections_to(&address));
    play(&stage)
        .await
        .unwrap_or_else(|error| panic!("by {who}: {error}"));
}

/// How many events the replicas took in together.
async fn events_of(programs: &[Arc<Program>]) -> f64 {
    let mut events = 0.0;
    for program in programs {
        events += program
            .metric("artel_events_taken_in_total", &["outcome=\"effected\""])
            .await
            .unwrap_or_default();
    }
    events
}

/// So many stories were played: money moved so often, and as many cookies were baked. That every
/// letter came once, each story sees to itself.
async fn done_once(mesh: &Mesh, stories: usize) {
    for service in ["card", "golden-hat", "bakery"] {
        let asked = mesh.outside_calls(service, "POST").await;
        let done = |call: &&Value| call["replayed"] == false;
        assert_eq!(asked.iter().filter(done).count(), stories, "{service}: {asked:?}");
    }
}
