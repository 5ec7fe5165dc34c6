//! Nonsense on the wire, for every method of every service: nothing that a caller can send makes a service panic, blame
//! itself, or change a row.
//!
//! Settings, all of them optional: `ARTEL_FUZZ_CASES` (how many a method), `ARTEL_FUZZ_MINUTES` (again and again for so
//! long), `ARTEL_FUZZ_SEED` (to see the same again), `ARTEL_FUZZ_METHODS` (only those whose path holds this).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use artel::contracts::Context;
use artel::keys::TTL;
use artel::story::hire;
use futures::StreamExt as _;
use prost::Message as _;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tonic::Code;
use uuid::Uuid;

use crate::mesh::Mesh;
use crate::offered::{self, Method};
use crate::sample::{self, Wish};
use crate::wire::{Call, GRPC, GRPC_WEB, Wire, framed};
use crate::{mutate, tables};

/// Nonsense for each method in an ordinary test run.
const CASES: usize = 200;
/// Of so many cases, one is also sent with a request id that makes a good command of a good message.
const EARNEST: usize = 5;
/// How many calls a service has to deal with at once.
const AT_ONCE: usize = 8;
/// How often a call is sent before being too busy for it is a fault.
const ATTEMPTS: usize = 20;
const PAUSE: Duration = Duration::from_millis(500);
/// As many faults are shown; one is enough to fail.
const SHOWN: usize = 20;
/// A request id that is none.
const NO_ID: &str = "!";

#[tokio::test(flavor = "multi_thread")]
async fn no_bytes_make_a_service_panic_or_blame_itself_or_change_a_row() {
    let mesh = Mesh::up().await;
    let stage = mesh.stage(Box::new(|_, _, _| Ok(())));
    hire::company(&stage)
        .await
        .expect("there are rows that could change");

    let minutes = setting("ARTEL_FUZZ_MINUTES").unwrap_or(0);
    let until = Instant::now() + Duration::from_mins(minutes);
    let mut seed = setting("ARTEL_FUZZ_SEED").unwrap_or_else(rand::random);
    loop {
        println!("fuzz: ARTEL_FUZZ_SEED={seed}");
        let began = Instant::now();
        let attack = Attack::new(&mesh, seed).await;
        let sent = attack.with_nonsense(&mesh).await + attack.in_earnest(&mesh).await;
        println!("fuzz: {sent} calls in {:?}", began.elapsed());
        if Instant::now() >= until {
            break;
        }
        seed = rand::random();
    }
    for program in mesh.programs() {
        let log = program.log();
        let panics: Vec<_> = log.lines().filter(|line| line.contains("panicked")).collect();
        assert!(panics.is_empty(), "{}: {panics:?}", program.name());
    }
}

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text} is no number")),
    )
}

/// A service under attack.
struct Target {
    service: &'static str,
    wire: Wire,
    methods: Vec<Method>,
}

/// One round.
struct Attack {
    seed: u64,
    cases: usize,
    targets: Vec<Target>,
    /// The caller's id, in whatever role.
    subject: String,
    key: artel::keys::Key,
}

impl Attack {
    async fn new(mesh: &Mesh, seed: u64) -> Self {
        let mut targets = Vec::new();
        let only = std::env::var("ARTEL_FUZZ_METHODS").unwrap_or_default();
        for program in mesh.programs() {
            let context = Context::ALL
                .into_iter()
                .find(|context| program.name() == format!("svc-{}", context.name()));
            let mut methods = match context {
                Some(context) => offered::by_contract(context),
                None => offered::by_reflection(&program.url(), &["manager"]).await,
            };
            methods.retain(|method| method.path.contains(&only));
            targets.push(Target {
                service: program.name(),
                wire: Wire::to(&program.url()),
                methods,
            });
        }
        let cases =
            setting("ARTEL_FUZZ_CASES").map_or(CASES, |cases| usize::try_from(cases).expect("a count"));
        Self {
            seed,
            cases,
            targets,
            subject: Uuid::new_v4().to_string(),
            key: mesh.key(),
        }
    }

    /// Sends what must never be accepted as a command, whatever becomes of it on the way; no row may change.
    async fn with_nonsense(&self, mesh: &Mesh) -> usize {
        let before = tables::look_at_rest(mesh).await;
        let mut sent = 0;
        for (_, tally) in self.send(self.cases, false).await {
            sent += tally.sent.load(Ordering::Relaxed);
        }
        let changed = tables::difference(&before, &tables::look(mesh).await);
        assert!(changed.is_empty(), "seed {}: {changed:#?}", self.seed);
        sent
    }

    /// Sends commands in earnest: good ones may be accepted, and exactly those leave a request behind.
    async fn in_earnest(&self, mesh: &Mesh) -> usize {
        let before = tables::look(mesh).await;
        let tallies = self.send(self.cases / EARNEST, true).await;
        let after = tables::look(mesh).await;
        let mut sent = 0;
        for (service, tally) in tallies {
            sent += tally.sent.load(Ordering::Relaxed);
            let table = format!("{service}.requests");
            let requests = |tables: &tables::Tables| tables.get(&table).map_or(0, |(rows, _)| *rows);
            let accepted = i64::try_from(tally.accepted.load(Ordering::Relaxed)).expect("a count");
            println!(
                "fuzz: {service} accepted {accepted} of {} commands",
                tally.sent.load(Ordering::Relaxed)
            );
            assert_eq!(
                requests(&after) - requests(&before),
                accepted,
                "{service}, seed {}",
                self.seed
            );
        }
        sent
    }

    async fn send(&self, cases: usize, in_earnest: bool) -> Vec<(&'static str, Tally)> {
        let all = self.targets.iter().map(async |target| {
            let tally = Tally::default();
            let calls = target
                .methods
                .iter()
                .filter(|method| !in_earnest || is_one_command(method))
                .flat_map(|method| (0..cases).map(move |number| (method, number)));
            let sending =
                futures::stream::iter(calls).for_each_concurrent(AT_ONCE, async |(method, number)| {
                    self.send_one(target, method, number, in_earnest, &tally).await;
                });
            sending.await;
            (target.service, tally)
        });
        let tallies = futures::future::join_all(all).await;
        let faults: Vec<_> = tallies
            .iter()
            .flat_map(|(_, tally)| tally.faults.lock().expect("no panic").clone())
            .collect();
        assert!(
            faults.is_empty(),
            "seed {}: {} faults, such as {:#?}",
            self.seed,
            faults.len(),
            &faults[..faults.len().min(SHOWN)]
        );
        tallies
    }

    async fn send_one(
        &self,
        target: &Target,
        method: &Method,
        number: usize,
        in_earnest: bool,
        tally: &Tally,
    ) {
        let call = self.case(method, number, in_earnest);
        let mut attempts = 1;
        let answer = loop {
            let answer = target.wire.send(&call).await;
            let busy = answer.as_ref().map_or(true, |answer| {
                matches!(answer.status.code(), Code::Unavailable | Code::DeadlineExceeded)
            });
            // A machine that does all of this at once may be too busy for one answer in time, but not for every one.
            if !busy || attempts == ATTEMPTS {
                break answer;
            }
            attempts += 1;
            tokio::time::sleep(PAUSE).await;
        };
        tally.sent.fetch_add(1, Ordering::Relaxed);
        let fault = match answer {
            Ok(answer) if answer.blames_the_server() => format!("HTTP {} {:?}", answer.http, answer.status),
            Ok(answer) => {
                if answer.status.code() == Code::Ok {
                    tally.accepted.fetch_add(1, Ordering::Relaxed);
                }
                return;
            }
            Err(error) => format!("no answer: {error:?}"),
        };
        let head = &call.body[..call.body.len().min(200)];
        let (path, headers) = (&call.path, (call.content_type, &call.headers));
        let mut faults = tally.faults.lock().expect("no panic");
        faults.push(format!(
            "{path}, case {number}: {headers:?} {head:02x?} → {fault}"
        ));
    }

    /// The same for the same seed, method and number, whatever else is sent.
    fn case(&self, method: &Method, number: usize, in_earnest: bool) -> Call {
        let path: u64 = method
            .path
            .bytes()
            .fold(7, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        let own = self.seed ^ path ^ (number as u64).rotate_left(32) ^ u64::from(in_earnest);
        let mut rng = StdRng::seed_from_u64(own);
        let rng = &mut rng;
        let id = if in_earnest {
            Uuid::from_bytes(rng.random()).to_string()
        } else {
            NO_ID.to_owned()
        };
        let owner = method.owner.filter(|_| rng.random_bool(0.8));
        let wish = Wish {
            request_id: &id,
            owner: owner.map(|field| (field, self.subject.as_str())),
        };
        let mut sample = sample::message(&method.input, &wish, rng, 0);
        let message = match rng.random_range(0..10) {
            0 => mutate::noise(rng),
            1..4 => {
                let mut bytes = sample.encode_to_vec();
                for _ in 0..rng.random_range(1..4) {
                    mutate::bend(&mut bytes, rng);
                }
                bytes
            }
            _ => {
                for _ in 0..rng.random_range(0..4) {
                    mutate::spice(&mut sample, rng);
                }
                sample.encode_to_vec()
            }
        };
        let role = method.roles.get(number % method.roles.len().max(1));
        let token = role.map(|role| {
            self.key
                .sign(std::slice::from_ref(role), &self.subject, TTL)
                .expect("a token")
        });
        let mut call = Call {
            path: method.path.clone(),
            content_type: GRPC,
            token,
            headers: vec![],
            body: framed(&message),
            streams: method.streams,
        };
        match rng.random_range(0..12) {
            0 => mutate::misframe(&mut call, &message, rng),
            1 => call.content_type = GRPC_WEB,
            _ => {}
        }
        call
    }
}

/// An upload is many commands, or none.
fn is_one_command(method: &Method) -> bool {
    method.is_command() && !method.uploads
}

/// What came of it.
#[derive(Default)]
struct Tally {
    sent: AtomicUsize,
    accepted: AtomicUsize,
    faults: std::sync::Mutex<Vec<String>>,
}
