//! Any one service dies in the middle of the story and comes back later: the story still ends right, everything once.

use std::sync::Arc;
use std::time::Duration;

use artel::story::{self, Point};

use crate::mesh::Mesh;

/// How long the service is away. Longer than every call's own patience with a service; what is proved doesn't depend on it.
const AWAY: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread")]
async fn g2_any_service_may_die_in_the_middle_of_the_story_and_come_back() {
    let mesh = Mesh::up().await;
    for program in mesh.programs() {
        println!("--- the story without {}", program.name());
        let victim = Arc::clone(program);
        let stage = mesh.stage(Box::new(move |point, _, _| {
            if point == Point::Assigned {
                victim.kill();
                let back = Arc::clone(&victim);
                std::thread::spawn(move || {
                    std::thread::sleep(AWAY);
                    back.start();
                });
            }
            Ok(())
        }));
        story::play(&stage)
            .await
            .unwrap_or_else(|error| panic!("without {}: {error}", program.name()));
        program.serves().await;
        assert_eq!(mesh.kept_aside(&stage).await, 0, "without {}", program.name());
    }
}
