//! Nonsense on the wire, for every method of every service: nothing that a caller can send makes a
//! service panic, blame itself, or change a row.
//!
//! Settings, all of them optional: `ARTEL_FUZZ_CASES` (how many a method), `ARTEL_FUZZ_MINUTES`
//! (again and again for so long), `ARTEL_FUZZ_SEED` (to see the same again), `ARTEL_FUZZ_METHODS`
//! (only those whose path holds this).

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use artel::contracts::Context;
use artel::story::hire;
use futures::StreamExt as _;
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor, Value};
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
const CASES: usize = 1_000;
/// So many of them are made from one sample: to think one up is dearer than to bend it. In earnest
/// each has its own, or the second of two alike would be refused for the first one's sake.
const ONE_SAMPLE: usize = 8;
/// Of so many cases, one is also sent with a request id that makes a good command of a good
/// message.
const EARNEST: usize = 5;
/// How many calls a service has to deal with at once.
const AT_ONCE: usize = 8;
/// How often a call is sent before being too busy for it is a fault.
const ATTEMPTS: usize = 20;
const PAUSE: Duration = Duration::from_millis(500);
/// How long its tokens are good: longer than any round takes.
const LIFE: Duration = Duration::from_hours(24 * 7);
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
        program.never_panicked();
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
    /// The caller's id, the same in every role.
    subject: String,
    /// A token for each role. Signed once: to sign and verify one for every call would be most of
    /// the work.
    tokens: HashMap<String, String>,
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
        let (key, subject) = (mesh.key(), Uuid::from_u64_pair(seed, !seed).to_string());
        let mut methods = targets.iter().flat_map(|target| &target.methods).peekable();
        assert!(methods.peek().is_some(), "no method's path holds {only}");
        let tokens = methods.flat_map(|method| &method.roles).map(|role| {
            let token = key.sign(std::slice::from_ref(role), &subject, LIFE);
            (role.clone(), token.expect("a token"))
        });
        let tokens = tokens.collect();
        let cases =
            setting("ARTEL_FUZZ_CASES").map_or(CASES, |cases| usize::try_from(cases).expect("a count"));
        Self {
            seed,
            cases,
            targets,
            subject,
            tokens,
        }
    }

    /// Sends mutated requests that must never be accepted as commands; no row may change.
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

    /// Sends commands in earnest: good ones may be accepted, and exactly those leave a request
    /// behind.
    async fn in_earnest(&self, mesh: &Mesh) -> usize {
        let before = tables::look(mesh).await;
        let tallies = self.send(self.cases / EARNEST, true).await;
        let after = tables::look(mesh).await;
        let (mut sent, mut good) = (0, 0);
        for (service, tally) in tallies {
            sent += tally.sent.load(Ordering::Relaxed);
            let table = format!("{service}.requests");
            let requests = |tables: &tables::Tables| tables.get(&table).map_or(0, |(rows, _)| *rows);
            let accepted = i64::try_from(tally.accepted.load(Ordering::Relaxed)).expect("a count");
            good += accepted;
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
        // A small part of a run, of one service or of few cases, may well hold no good command.
        let is_whole = self.cases >= CASES && std::env::var("ARTEL_FUZZ_METHODS").is_err();
        assert!(
            good > 0 || !is_whole,
            "none got past the checks: nothing is proved of what comes after them"
        );
        sent
    }

    async fn send(&self, cases: usize, in_earnest: bool) -> Vec<(&'static str, Tally)> {
        let all = self.targets.iter().map(async |target| {
            let tally = Tally::default();
            for method in &target.methods {
                if in_earnest && !is_one_command(method) {
                    continue;
                }
                let size = if in_earnest { 1 } else { ONE_SAMPLE };
                let batches = (0..cases).step_by(size);
                let batches = batches.map(|first| first..cases.min(first + size));
                let sending = futures::stream::iter(batches).for_each_concurrent(AT_ONCE, async |numbers| {
                    let sample = self.sample(method, numbers.start, in_earnest);
                    for number in numbers {
                        if tally.is_hopeless() {
                            return;
                        }
                        let call = self.case(method, number, &sample, in_earnest);
                        send_one(&target.wire, &call, number, &tally).await;
                    }
                });
                sending.await;
                let earnest = if in_earnest { ", in earnest" } else { "" };
                println!("fuzz: {} × {cases}{earnest}", method.path);
            }
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

    /// What some cases of a method are made from.
    fn sample(&self, method: &Method, number: usize, in_earnest: bool) -> DynamicMessage {
        let rng = &mut self.rng(method, number, 2 | u64::from(in_earnest));
        let owner = method.owner.filter(|_| rng.random_bool(0.8));
        let wish = Wish {
            request_id: NO_ID,
            owner: owner.map(|field| (field, self.subject.as_str())),
        };
        sample::message(&method.input, &wish, rng, 0)
    }

    /// Depends only on seed, method and number.
    fn case(&self, method: &Method, number: usize, sample: &DynamicMessage, in_earnest: bool) -> Call {
        let rng = &mut self.rng(method, number, u64::from(in_earnest));
        let mut sample = sample.clone();
        if in_earnest {
            let id = Uuid::from_bytes(rng.random()).to_string();
            sample.set_field_by_name("request_id", Value::String(id));
        }
        let message = match rng.random_range(0..10) {
            0 => mutate::noise(rng),
            1..4 => {
                let mut bytes = sample.encode_to_vec();
                for _ in 0..rng.random_range(1..4) {
                    mutate::bend(&mut bytes, rng);
                }
                // Once in some millions another field's tag becomes that of the request's id, and a
                // good command of it.
                if !in_earnest && has_good_id(&method.input, &bytes) {
                    bytes = mutate::noise(rng);
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
        let mut call = Call {
            path: method.path.clone(),
            content_type: GRPC,
            token: role.map(|role| self.tokens[role].clone()),
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

    fn rng(&self, method: &Method, number: usize, what: u64) -> StdRng {
        let path: u64 = method
            .path
            .bytes()
            .fold(7, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        StdRng::seed_from_u64(self.seed ^ path ^ (number as u64).rotate_left(32) ^ what)
    }
}

async fn send_one(wire: &Wire, call: &Call, number: usize, tally: &Tally) {
    let mut attempts = 1;
    let answer = loop {
        let answer = wire.send(call).await;
        let busy = answer.as_ref().map_or(true, |answer| {
            matches!(answer.status.code(), Code::Unavailable | Code::DeadlineExceeded)
        });
        // A machine that does all of this at once may be too busy for one answer in time, but not
        // for every one.
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

/// Whether these bytes say a request id that a service would take.
fn has_good_id(input: &MessageDescriptor, bytes: &[u8]) -> bool {
    let Ok(message) = DynamicMessage::decode(input.clone(), bytes) else {
        return false;
    };
    let id = message.get_field_by_name("request_id");
    id.is_some_and(|id| id.as_str().is_some_and(|id| Uuid::parse_str(id).is_ok()))
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

impl Tally {
    /// A service that is gone would be asked again and again for hours.
    fn is_hopeless(&self) -> bool {
        self.faults.lock().expect("no panic").len() > SHOWN
    }
}
