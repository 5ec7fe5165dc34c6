//! The operator's loop: what can't be processed stops only its key and says what, why and since
//! when; once its cause is mended it goes through, in order, or it is given up for a reason that is
//! kept. All of it through `artel`, as operators do.

use artel::contracts::Context;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use billing_contract::v1::{InvoiceIssued, OwnerKind, PaymentSucceeded};
use conventions::types::{Money, Person, Slot};
use onboarding_contract::v1::ApplicationSubmitted;
use orders_contract::v1::ClientState;
use prost_types::Timestamp;
use serde_json::{Value, json};
use test_support::collector::{Collector, hex};
use test_support::eventually;
use uuid::Uuid;

use crate::mesh::Mesh;
use crate::publisher::Publisher;

const BOUND: Duration = Duration::from_mins(1);
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SECRET: &str = "a-secret-of-the-candidate-alone";

#[tokio::test(flavor = "multi_thread")]
async fn what_cant_be_processed_stops_only_its_key_until_an_operator_has_decided() {
    let (collector, endpoint) = Collector::start().await;
    let settings = [
        ("ARTEL_KAFKA_WAITING_LIMIT", "2s".to_owned()),
        ("ARTEL_OTLP_ENDPOINT", endpoint),
        ("OTEL_BSP_SCHEDULE_DELAY", "200".to_owned()),
    ];
    let mesh = Mesh::up_with(&settings).await;
    let publisher = Publisher::new(mesh.kafka(), TRACE);
    let (anna, vera) = (Client::new("anna"), Client::new("vera"));
    let [broken, refused, early] = [(); 3].map(|()| Uuid::new_v4().to_string());
    let secret = Uuid::new_v4().to_string();

    publisher.event(&anna.state()).await;
    // Events of one partition, in this order: undecodable, refused, waiting for an unknown client.
    publisher.record::<InvoiceIssued>(&broken, b"\xff\xff\xff").await;
    publisher.event(&anna.invoice(&broken, "B-1")).await;
    let nobodys = InvoiceIssued {
        owner_kind: OwnerKind::Unspecified.into(),
        ..anna.invoice(&refused, "R-1")
    };
    publisher.event(&nobodys).await;
    publisher.event(&vera.invoice(&early, "E-1")).await;
    publisher.event(&vera.payment(&early, "E-1")).await;
    publisher
        .event(&anna.invoice(&Uuid::new_v4().to_string(), "OK-1"))
        .await;
    publisher.event(&with_a_secret(&secret)).await;

    let notify = Operator { mesh: &mesh };
    assert_eq!(
        notify.letters(&anna, 1).await,
        ["InvoiceIssued"],
        "other keys go on"
    );
    let kept = notify.kept(4).await;
    shows_what_and_why(&notify, &kept, [&broken, &refused, &early, &secret], &vera);
    tells_at_one_glance(&notify, "2", "4");
    drops_only_for_a_reason(&notify, &kept, [&broken, &refused, &secret]);
    assert_eq!(
        notify.letters(&anna, 2).await,
        ["InvoiceIssued", "InvoiceIssued"],
        "what followed the dropped one went on"
    );

    // The cause is mended: Vera becomes known.
    publisher.event(&vera.state()).await;
    notify.run(&["parked", "retry", "notify", &number(&kept, &early)]);
    assert_eq!(
        notify.letters(&vera, 2).await,
        ["InvoiceIssued", "PaymentSucceeded"],
        "the key and its follower went through in order"
    );
    notify.kept(0).await;
    tells_at_one_glance(&notify, "0", "0");
    the_trace_went_on(&collector).await;
}

/// A recipient of invoices.
struct Client {
    id: String,
    name: &'static str,
}

/// When everything here happened.
const AT: Timestamp = Timestamp {
    seconds: 1_764_000_000,
    nanos: 0,
};

impl Client {
    fn new(name: &'static str) -> Self {
        let id = Uuid::new_v4().to_string();
        Self { id, name }
    }

    fn state(&self) -> ClientState {
        ClientState {
            client_id: self.id.clone(),
            version: 1,
            person: Some(person(self.name, "en")),
            registered_at: Some(AT),
            changed_at: Some(AT),
        }
    }

    fn invoice(&self, invoice_id: &str, number: &str) -> InvoiceIssued {
        let end = Timestamp {
            seconds: AT.seconds + 1,
            ..AT
        };
        InvoiceIssued {
            invoice_id: invoice_id.to_owned(),
            number: number.to_owned(),
            owner_id: self.id.clone(),
            at: Some(AT),
            amount: Some(hundred()),
            owner_kind: OwnerKind::Client.into(),
            period: Some(Slot {
                start: Some(AT),
                end: Some(end),
            }),
            line_count: 1,
        }
    }

    fn payment(&self, invoice_id: &str, number: &str) -> PaymentSucceeded {
        PaymentSucceeded {
            invoice_id: invoice_id.to_owned(),
            number: number.to_owned(),
            owner_id: self.id.clone(),
            at: Some(AT),
            amount: Some(hundred()),
            payment_id: Uuid::new_v4().to_string(),
            attempt: 1,
        }
    }
}

fn person(name: &str, language: &str) -> Person {
    Person {
        name: name.to_owned(),
        email: format!("{name}@example.org"),
        language: language.to_owned(),
    }
}

fn hundred() -> Money {
    Money {
        currency_code: "RUB".to_owned(),
        minor_units: 10_000,
    }
}

/// Breaks a rule of its contract: no letters are written in that language.
fn with_a_secret(application_id: &str) -> ApplicationSubmitted {
    ApplicationSubmitted {
        application_id: application_id.to_owned(),
        vacancy_id: Uuid::new_v4().to_string(),
        vacancy_title: "Cleaner".to_owned(),
        candidate: Some(person("dora", "xx")),
        at: Some(AT),
        by: Some(conventions::types::Actor::default()),
        confirmation_token: SECRET.to_owned(),
        expires_at: Some(AT),
    }
}

/// An operator of svc-notify at a terminal.
struct Operator<'a> {
    mesh: &'a Mesh,
}

impl Operator<'_> {
    /// What a command prints.
    fn run(&self, arguments: &[&str]) -> String {
        let output = self.mesh.artel(arguments);
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "artel {arguments:?}: {out}{err}");
        out.into_owned()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let out = self.run(&[&["--json"], arguments].concat());
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// The events kept, once so many are parked and none waits any more.
    async fn kept(&self, parked: usize) -> Vec<Value> {
        eventually(BOUND, async || {
            let list = self.json(&["parked", "list", "notify"]);
            let events = list["events"].as_array().cloned().unwrap_or_default();
            let count = |state: &str| events.iter().filter(|event| event["state"] == state).count();
            let settled = count("PARKED_STATE_PARKED") == parked && count("PARKED_STATE_WAITING") == 0;
            if settled && (parked > 0 || events.is_empty()) {
                Ok(events)
            } else {
                Err(list.to_string())
            }
        })
        .await
    }

    /// The events that caused mails, oldest first, once there are `count` of them.
    async fn letters(&self, to: &Client, count: usize) -> Vec<String> {
        eventually(BOUND, async || {
            let request = json!({ "recipientId": to.id }).to_string();
            let list = self.json(&["call", "notify", "ListDeliveries", &request]);
            let sent = list["deliveries"].as_array().into_iter().flatten();
            let mut types: Vec<String> = sent
                .filter(|delivery| delivery["status"] == "DELIVERY_STATUS_SENT")
                .filter_map(|delivery| delivery["eventType"].as_str()?.rsplit('.').next())
                .map(str::to_owned)
                .collect();
            types.reverse();
            if types.len() == count {
                Ok(types)
            } else {
                Err(format!("{types:?}"))
            }
        })
        .await
    }
}

/// The number of the first event that is kept of a key.
fn number(kept: &[Value], key: &str) -> String {
    let of_key = kept.iter().filter(|event| event["key"] == key);
    let first = of_key.filter_map(|event| event["id"].as_i64()).min();
    first
        .unwrap_or_else(|| panic!("nothing is kept of {key}"))
        .to_string()
}

fn shows_what_and_why(operator: &Operator<'_>, kept: &[Value], keys: [&str; 4], unknown: &Client) {
    let [broken, refused, early, secret] = keys;
    let show = |key: &str| operator.json(&["parked", "show", "notify", &number(kept, key)]);
    let waits_for = format!("client {}", unknown.id);
    for (key, reason) in [
        (broken, "the payload is not a artel.billing.v1.InvoiceIssued"),
        (refused, "owner_kind is missing"),
        (early, waits_for.as_str()),
        (secret, "language"),
    ] {
        let shown = show(key);
        let event = &shown["event"];
        assert!(event["reason"].as_str().unwrap().contains(reason), "{shown}");
        assert_eq!(event["state"], "PARKED_STATE_PARKED", "{shown}");
        assert!(event["firstSeenAt"].is_string(), "since when: {shown}");
        assert!(event["attempts"].as_i64().unwrap() >= 1, "{shown}");
    }
    assert_eq!(show(broken)["payload"], "////", "undecodable bytes");
    assert_eq!(show(early)["payload"]["number"], "E-1", "the payload is decoded");
    let candidate = show(secret);
    assert_eq!(
        candidate["payload"]["confirmationToken"], "[redacted]",
        "{candidate}"
    );
    let request = json!({ "id": number(kept, secret) }).to_string();
    let raw = operator.json(&["call", "notify", "GetParked", &request]);
    let bytes = BASE64_STANDARD.decode(raw["payload"].as_str().unwrap()).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("dora@example.org") && !holds(SECRET), "{raw}");
    let followers = kept
        .iter()
        .filter(|event| event["state"] == "PARKED_STATE_FOLLOWING");
    assert_eq!(followers.count(), 2);
}

fn tells_at_one_glance(operator: &Operator<'_>, following: &str, parked: &str) {
    let table = operator.run(&["status"]);
    for service in Context::ALL.map(Context::name) {
        let line = table.lines().find(|line| line.starts_with(service));
        let line = line.unwrap_or_else(|| panic!("no {service} in\n{table}"));
        let cells: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(cells[2], "serving", "{table}");
        let is_ours = service == "notify";
        assert_eq!(cells[7], if is_ours { following } else { "0" }, "{table}");
        assert_eq!(cells[8], if is_ours { parked } else { "0" }, "{table}");
        assert_eq!(cells[9] == "-", cells[8] == "0", "since when: {table}");
    }
}

fn drops_only_for_a_reason(operator: &Operator<'_>, kept: &[Value], keys: [&str; 3]) {
    for key in keys {
        let id = number(kept, key);
        for unreasoned in [vec![], vec!["--reason", " "]] {
            let command = [&["parked", "drop", "notify", &id], unreasoned.as_slice()].concat();
            let output = operator.mesh.artel(&command);
            assert!(!output.status.success());
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(told.contains("--reason"), "{told}");
        }
        operator.run(&["parked", "drop", "notify", &id, "--reason", "a test wrote it"]);
        let shown = operator.json(&["parked", "show", "notify", &id]);
        let event = &shown["event"];
        assert_eq!(event["state"], "PARKED_STATE_DROPPED", "{shown}");
        assert_eq!(event["dropReason"], "a test wrote it", "{shown}");
        assert!(
            event["droppedBy"]["id"].as_str().is_some_and(|id| !id.is_empty()),
            "{shown}"
        );
        assert!(event["droppedAt"].is_string(), "{shown}");
    }
    let dropped = operator.json(&["parked", "list", "notify", "--state", "dropped"]);
    assert_eq!(dropped["events"].as_array().map(Vec::len), Some(3), "{dropped}");
}

/// Waiting, being parked and being tried again break no trace: it goes on to the letter.
async fn the_trace_went_on(collector: &Collector) {
    eventually(BOUND, async || {
        let received = collector.received();
        let names: Vec<&str> = received
            .spans
            .iter()
            .filter(|(_, span)| hex(&span.trace_id) == TRACE)
            .map(|(_, span)| span.name.as_str())
            .collect();
        let wanted = ["process artel.billing.v1.PaymentSucceeded", "send mail"];
        if wanted.iter().all(|name| names.contains(name)) {
            Ok(())
        } else {
            Err(names.join(", "))
        }
    })
    .await;
}
