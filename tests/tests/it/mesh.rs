//! A mesh of real programs with databases and topics of its own, on the PostgreSQL and Kafka that
//! all tests share, or on those of one test.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use artel::contracts::Context;
use artel::keys::{self, Key};
use artel::mesh::{Addresses, Mesh as Connections};
use artel::story::{At, Script, Stage, Tell};
use serde_json::{Value, json};
use test_support::{Database, Kafka};
use uuid::Uuid;

use crate::infrastructure::Infrastructure;
use crate::program::{self, Program};
use crate::tables;

/// Where the department's letters go.
pub const DEPARTMENT: &str = "department@example.org";

/// What a mesh has otherwise than usual.
#[derive(Default, Clone, Copy)]
pub struct Plan<'a> {
    /// Servers of the test's own.
    pub own: Option<&'a Infrastructure>,
    /// Settings of every service, beside its usual ones.
    pub settings: &'a [(&'static str, String)],
    /// A service, and the folder with its program of another version.
    pub older: Option<(&'a str, &'a Path)>,
}

/// The mesh, running. Ends with this value.
pub struct Mesh {
    programs: Vec<Arc<Program>>,
    outside: outside_world::Running,
    kafka: Kafka,
    folder: PathBuf,
    root: Uuid,
    databases: Vec<Database>,
}

impl Mesh {
    /// On the servers that all tests share: migrates, starts and waits until everything serves.
    pub async fn up() -> Self {
        Self::up_as(Plan::default()).await
    }

    /// On the servers that all tests share, every service with these settings beside its usual
    /// ones.
    pub async fn up_with(settings: &[(&'static str, String)]) -> Self {
        Self::up_as(Plan {
            settings,
            ..Plan::default()
        })
        .await
    }

    /// The same as this plan wants it.
    pub async fn up_as(plan: Plan<'_>) -> Self {
        let Plan {
            own,
            settings: for_all,
            older,
        } = plan;
        let folder = std::env::temp_dir().join(format!("artel-mesh-{}", Uuid::new_v4()));
        std::fs::create_dir_all(&folder).expect("temporary files can be written");
        keys::init(&folder, "artel", "artel").expect("a key can be made");
        let options = outside_world::Options {
            cookie: Duration::from_millis(200),
            ..outside_world::Options::for_tests()
        };
        let outside = outside_world::start(options)
            .await
            .expect("the outside world starts");
        let kafka = own.map_or_else(Kafka::from_env, |own| Kafka::on(own.brokers().to_owned()));
        let (mut programs, mut databases) = (Vec::new(), Vec::new());
        for (name, settings_of_its_own) in SERVICES {
            let database = match own {
                Some(own) => Database::fresh_on(own.postgres_url(), &[]).await,
                None => Database::fresh(&[]).await,
            };
            let own_folder = folder.display().to_string();
            let mut settings = usual_settings(
                name,
                &[
                    ("{database}", database.url()),
                    ("{kafka}", kafka.brokers()),
                    ("{keys}", &own_folder),
                    ("{data}", &own_folder),
                    ("{outside-http}", &outside.http_url()),
                    ("{outside-smtp}", &outside.smtp_url()),
                    ("{onboarding-challenge}", SECRET),
                    ("{totalizator-key}", SECRET),
                ],
            );
            let of_tests = [
                ("ARTEL_KAFKA_TOPIC_PREFIX", kafka.prefix()),
                ("ARTEL_JWKS_REFRESH", "1s"),
            ];
            let of_tests = of_tests.iter().chain(settings_of_its_own);
            settings.extend(of_tests.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            settings.extend(
                for_all
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), value.clone())),
            );
            let program = Program::new(name, &folder, settings);
            programs.push(Arc::new(match older {
                Some((service, programs)) if service == name => program.of_version(programs),
                _ => program,
            }));
            databases.push(database);
        }
        for program in &programs {
            program.run(&["migrate", "--create-topics"]);
        }
        let root = programs[0].run(&[
            "create-root",
            "--name",
            "Root",
            "--email",
            "root@example.org",
            "--language",
            "en",
        ]);
        for program in &programs {
            program.start();
        }
        for program in &programs {
            program.serves().await;
        }
        Self {
            programs,
            outside,
            kafka,
            folder,
            root: root.parse().expect("an id"),
            databases,
        }
    }

    /// One of its programs: `svc-orders`.
    pub fn program(&self, name: &str) -> Arc<Program> {
        let found = self.programs.iter().find(|program| program.name() == name);
        Arc::clone(found.unwrap_or_else(|| panic!("there is no {name}")))
    }

    /// All of its programs.
    pub fn programs(&self) -> &[Arc<Program>] {
        &self.programs
    }

    /// Every program's name with its database.
    pub fn databases(&self) -> impl Iterator<Item = (&'static str, &Database)> {
        let names = self.programs.iter().map(|program| program.name());
        names.zip(&self.databases)
    }

    /// Connections to its services.
    pub fn connections(&self) -> Connections {
        Self::connections_to(&|name| self.program(name).url())
    }

    /// Connections to the services at these addresses, by name.
    pub fn connections_to(address: &dyn Fn(&str) -> String) -> Connections {
        let addresses = Addresses {
            admin_address: address("svc-admin"),
            orders_address: address("svc-orders"),
            consumables_address: address("svc-consumables"),
            billing_address: address("svc-billing"),
            onboarding_address: address("svc-onboarding"),
            notify_address: address("svc-notify"),
        };
        Connections::new(addresses)
    }

    /// A stage on this mesh; `at` hears of its points.
    pub fn stage(&self, at: At) -> Stage {
        self.stage_heard_by(Box::new(|who, what| println!("{who:<10} {what}")), at)
    }

    /// A stage on this mesh; `tell` hears every step, `at` hears of its points.
    pub fn stage_heard_by(&self, tell: Tell, at: At) -> Stage {
        self.patient_stage(tell, at, Duration::from_secs(90))
    }

    /// The same with a patience of its own.
    pub fn patient_stage(&self, tell: Tell, at: At, patience: Duration) -> Stage {
        self.stage_on(self.connections(), tell, at, patience)
    }

    /// A stage whose calls go by these connections.
    pub fn stage_through(&self, connections: Connections) -> Stage {
        let tell = Box::new(|who: &str, what: &str| println!("{who:<10} {what}"));
        self.stage_on(
            connections,
            tell,
            Box::new(|_, _, _| Ok(())),
            Duration::from_secs(90),
        )
    }

    fn stage_on(&self, connections: Connections, tell: Tell, at: At, patience: Duration) -> Stage {
        Stage::new(Script {
            mesh: connections,
            key: self.key(),
            mailbox: self.outside.http_url(),
            root: self.root,
            department: DEPARTMENT.to_owned(),
            currency: "RUB".to_owned(),
            patience,
            tell,
            at,
        })
        .expect("a stage can be set")
    }

    /// The file with the keys that the mesh believes.
    pub fn jwks(&self) -> PathBuf {
        self.folder.join("jwks.json")
    }

    /// The broker, and what stands before the names of this mesh's topics.
    pub fn kafka(&self) -> &Kafka {
        &self.kafka
    }

    /// Runs `artel` as an operator does: a program of its own, with this mesh's addresses and keys.
    pub fn artel(&self, arguments: &[&str]) -> Output {
        let addresses = Context::ALL.map(|context| {
            let setting = format!("ARTEL_{}_ADDRESS", context.name().to_uppercase());
            (setting, self.program(&format!("svc-{}", context.name())).url())
        });
        Command::new(program::path("artel"))
            .envs(addresses)
            .env("ARTEL_KEYS", &self.folder)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("artel can be started")
    }

    /// Signs tokens that the mesh believes.
    pub fn key(&self) -> Key {
        Key::load(&self.folder).expect("the key is there")
    }

    /// Has a stand-in misbehave from now on, or no more (`none`).
    pub async fn fault(&self, service: &str, mode: &str, for_calls: Option<u32>) {
        let switch = json!({ "service": service, "mode": mode, "for_calls": for_calls });
        let url = format!("{}/_faults", self.outside_url());
        let switched = http().put(url).json(&switch).send().await;
        let status = switched.expect("the outside world answers").status();
        assert!(status.is_success(), "{switch}: {status}");
    }

    /// How many calls a stand-in will still do wrong; none where it behaves.
    pub async fn faults_left(&self, service: &str) -> Option<u64> {
        let faults = self.shown("_faults", &[]).await;
        faults.pointer(&format!("/faults/{service}/for_calls"))?.as_u64()
    }

    /// The calls with this method that a stand-in received: `card`, `bakery`, `golden-hat`.
    pub async fn outside_calls(&self, service: &str, method: &str) -> Vec<Value> {
        let mut calls = self.outside("_calls", &[("service", service)], "calls").await;
        calls.retain(|call| call.get("method").and_then(Value::as_str) == Some(method));
        calls
    }

    /// Where the stand-ins serve HTTP.
    pub fn outside_url(&self) -> String {
        self.outside.http_url()
    }

    /// Whether the stand-ins still know every call and every mail: they keep so many and forget the
    /// oldest.
    pub async fn outside_forgot_nothing(&self) -> bool {
        let keep = outside_world::Options::for_tests().keep;
        let calls = self.outside("_calls", &[], "calls").await;
        calls.len() < keep && self.mails().await.len() < keep
    }

    /// Every mail that a mailbox shows.
    pub async fn mails(&self) -> Vec<Value> {
        self.outside("mailbox", &[], "mails").await
    }

    /// Every mailbox with the subjects of its letters.
    pub async fn mailboxes(&self) -> BTreeMap<String, Vec<String>> {
        let mut boxes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for mail in self.mails().await {
            let text = |name: &str| {
                mail.get(name)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            boxes.entry(text("to")).or_default().push(text("subject"));
        }
        boxes
    }

    async fn outside(&self, what: &str, query: &[(&str, &str)], list: &str) -> Vec<Value> {
        let shown = self.shown(what, query).await;
        let listed = shown.get(list).and_then(Value::as_array);
        listed.cloned().unwrap_or_default()
    }

    /// What the outside world shows of itself.
    async fn shown(&self, what: &str, query: &[(&str, &str)]) -> Value {
        let stage = self.stage(Box::new(|_, _, _| Ok(())));
        let shown = stage.outside(what, query).await;
        shown.expect("the outside world answers")
    }

    /// Every mail was transmitted once, as is the case if no process is killed and no answer is
    /// lost.
    pub async fn no_letter_was_sent_twice(&self) {
        for mail in self.mails().await {
            assert_eq!(mail["times_received"], 1, "{mail}");
        }
    }

    /// No mailbox holds two letters of one subject.
    pub async fn no_letter_came_twice(&self) {
        for (who, subjects) in self.mailboxes().await {
            let once: BTreeSet<_> = subjects.iter().collect();
            assert_eq!(
                once.len(),
                subjects.len(),
                "{who} got a letter twice: {subjects:?}"
            );
        }
    }

    /// No service keeps an event aside.
    pub async fn every_event_was_processed(&self) {
        assert_eq!(self.kept_aside().await, 0, "events that could not be processed");
    }

    /// The number of waiting, parked and following events of all services. Read from their tables:
    /// the hidden service has no contract here.
    pub async fn kept_aside(&self) -> i64 {
        let tables = tables::look(self).await;
        let kept = tables.iter().filter(|(name, _)| name.ends_with(".parked"));
        let kept: Vec<i64> = kept.map(|(_, (rows, _))| *rows).collect();
        assert_eq!(kept.len(), self.programs().len(), "each service has such a table");
        kept.iter().sum()
    }
}

/// Speaks HTTP to what is no part of the mesh's contracts.
pub fn http() -> reqwest::Client {
    // Another part of the process may have chosen a provider already; any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

impl Drop for Mesh {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// A secret that is long enough for every service.
const SECRET: &str = "a secret of at least thirty-two characters";

/// The services with the settings that tests need beside the usual ones: delays of days are seconds
/// here.
const SERVICES: [(&str, &[(&str, &str)]); 7] = [
    ("svc-admin", &[]),
    ("svc-orders", &[("ARTEL_NO_SHOW_INTERVAL", "500ms")]),
    (
        "svc-consumables",
        &[("ARTEL_COOKIE_POLL", "200ms"), ("ARTEL_COOKIE_EXPECTED", "2s")],
    ),
    (
        "svc-billing",
        &[
            ("ARTEL_CHARGE_RETRIES", "1s,1s"),
            ("ARTEL_PROVIDER_FIRST_PAUSE", "200ms"),
            ("ARTEL_PAYOUT_POLL_INTERVAL", "200ms"),
            ("ARTEL_BILLING_TICK", "200ms"),
        ],
    ),
    (
        "svc-onboarding",
        &[
            ("ARTEL_ONBOARDING_CHALLENGE_DIFFICULTY", "8"),
            // All callers of a test have the address of this machine.
            ("ARTEL_ONBOARDING_ADDRESS_BURST", "100000"),
            ("ARTEL_ONBOARDING_NETWORK_BURST", "100000"),
            ("ARTEL_ONBOARDING_CALL_BURST", "1000000"),
            ("ARTEL_ONBOARDING_LETTER_BURST", "1000"),
        ],
    ),
    (
        "svc-notify",
        &[
            ("ARTEL_DEPARTMENT_MAIL", DEPARTMENT),
            ("ARTEL_DEPARTMENT_LANGUAGE", "en"),
            ("ARTEL_MAIL_FIRST_PAUSE", "200ms"),
            ("ARTEL_SMTP_TIMEOUT", "5s"),
            ("ARTEL_MAIL_LEASE", "1s"),
        ],
    ),
    ("svc-totalizator", &[]),
];

/// The settings that `make up` gives to this service as well, with these words replaced.
fn usual_settings(service: &str, words: &[(&str, &str)]) -> Vec<(String, String)> {
    let lines = include_str!("../../../tools/mesh/settings").lines();
    let settings = lines.filter_map(|line| {
        let (for_service, setting) = line.split_once(' ')?;
        let (name, value) = setting.trim_start().split_once('=')?;
        let value = || {
            words
                .iter()
                .fold(value.to_owned(), |value, (word, by)| value.replace(word, by))
        };
        [service, "all"]
            .contains(&for_service)
            .then(|| (name.to_owned(), value()))
    });
    settings.collect()
}
