//! Any one service dies in the middle of the story and comes back later: the story still ends
//! right, everything once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use artel::story;

use crate::mesh::Mesh;
use crate::program::Program;

/// How long the service is away: long enough for every call and every event to meet it missing.
const AWAY: Duration = Duration::from_secs(4);

/// The story has some thirty steps. Each service dies after another one, so that deaths fall on
/// hiring, ordering, packing, working, paying and reviewing.
const STEPS_BETWEEN_DEATHS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn g2_any_service_may_die_in_the_middle_of_the_story_and_come_back() {
    let mesh = Mesh::up().await;
    for (number, program) in mesh.programs().iter().enumerate() {
        let last_step = 2 + number * STEPS_BETWEEN_DEATHS;
        println!(
            "--- the story in which {} dies after step {last_step}",
            program.name()
        );
        let (victim, steps) = (Arc::clone(program), Arc::new(AtomicUsize::new(0)));
        let taken = Arc::clone(&steps);
        let tell = Box::new(move |who: &str, what: &str| {
            println!("{who:<10} {what}");
            if steps.fetch_add(1, Ordering::Relaxed) + 1 == last_step {
                die_and_come_back(&victim);
            }
        });
        let stage = mesh.stage_heard_by(tell, Box::new(|_, _, _| Ok(())));
        story::play(&stage)
            .await
            .unwrap_or_else(|error| panic!("without {}: {error}", program.name()));
        assert!(
            taken.load(Ordering::Relaxed) >= last_step,
            "the story is too short for it to die"
        );
        program.serves().await;
        assert_eq!(mesh.kept_aside().await, 0, "without {}", program.name());
    }
}

fn die_and_come_back(victim: &Arc<Program>) {
    victim.kill();
    let back = Arc::clone(victim);
    std::thread::spawn(move || {
        // Being away for a while is what is tested here, not what is waited for.
        std::thread::sleep(AWAY);
        back.start();
    });
}
