//! What others run misbehaves in every way there is; the story still ends right, and what moves
//! money or bakes does it once.

use std::collections::BTreeSet;
use std::time::Duration;

use artel::story;
use serde_json::Value;
use test_support::eventually;

use crate::mesh::Mesh;

/// Every way, each for a call at least. Silence comes last: when it ends, a call that still waits
/// is answered well.
const MODES: [&str; 8] = [
    "away",
    "slow",
    "error",
    "nonsense",
    "truncated",
    "wrong",
    "broken",
    "silent",
];
/// Those that leave the caller waiting, and for how long they do: longer than any caller's time-out
/// here.
const WAITING: [&str; 2] = ["silent", "slow"];
const LONGER: Duration = Duration::from_millis(1_500);

/// By when things happen at last: pauses between tries double, and every fault costs one at least.
const PATIENCE: Duration = Duration::from_mins(4);

/// More calls than a fault lasts.
const MANY: u32 = 10_000;

/// Time-outs and first pauses as small as the patience of a test.
const SETTINGS: [(&str, &str); 7] = [
    ("ARTEL_PROVIDER_TIMEOUT", "1s"),
    ("ARTEL_PROVIDER_FIRST_PAUSE", "20ms"),
    ("ARTEL_BAKERY_TIMEOUT", "1s"),
    ("ARTEL_COOKIE_RETRY", "20ms"),
    ("ARTEL_COOKIE_EXPECTED", "1m"),
    ("ARTEL_SMTP_TIMEOUT", "1s"),
    ("ARTEL_MAIL_FIRST_PAUSE", "50ms"),
];

#[tokio::test(flavor = "multi_thread")]
async fn b7_c3_n2_whatever_the_outside_world_answers_everything_happens_once() {
    let mesh = Mesh::up_with(&SETTINGS.map(|(name, value)| (name, value.to_owned()))).await;
    let tell = Box::new(|who: &str, what: &str| println!("{who:<10} {what}"));
    let stage = mesh.patient_stage(tell, Box::new(|_, _, _| Ok(())), PATIENCE);
    let (ending, ..) = tokio::join!(
        story::play(&stage),
        torment(&mesh, "card"),
        torment(&mesh, "golden-hat"),
        torment(&mesh, "bakery"),
        torment(&mesh, "smtp"),
    );
    ending.unwrap_or_else(|error| panic!("{error}"));

    for service in ["card", "golden-hat", "bakery"] {
        let asked = mesh.outside_calls(service, "POST").await;
        let keys: BTreeSet<_> = asked
            .iter()
            .map(|call| call["idempotency_key"].to_string())
            .collect();
        assert_eq!(
            keys.len(),
            1,
            "{service} was asked for more than one thing: {asked:?}"
        );
        let succeeded = |call: &Value| call["status"].as_u64().is_some_and(|status| status < 300);
        let done = |call: &&Value| call["replayed"] == false && succeeded(call);
        assert_eq!(asked.iter().filter(done).count(), 1, "{service}: {asked:?}");
        mesh.program(caller_of(service)).says(service, true).await;
    }
    mesh.no_letter_came_twice().await;
    mesh.every_event_was_processed().await;
}

/// Has the stand-in do wrong in every way, each until a call has met it, then behave.
async fn torment(mesh: &Mesh, service: &str) {
    for mode in MODES {
        mesh.fault(service, mode, Some(MANY)).await;
        eventually(PATIENCE, async || match mesh.faults_left(service).await {
            Some(left) if left < MANY.into() => Ok(()),
            _ => Err(format!("{service} was not called while {mode}")),
        })
        .await;
        if WAITING.contains(&mode) {
            // As long as the caller's patience: this is the fault itself, not something waited for.
            tokio::time::sleep(LONGER).await;
        }
        if mode == "silent" {
            mesh.program(caller_of(service)).says(service, false).await;
        }
    }
    mesh.fault(service, "none", None).await;
}

/// Who calls it, and says how it is.
fn caller_of(service: &str) -> &'static str {
    match service {
        "card" | "golden-hat" => "svc-billing",
        "bakery" => "svc-consumables",
        "smtp" => "svc-notify",
        _ => unreachable!("no service calls {service}"),
    }
}
