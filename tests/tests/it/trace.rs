//! The story, seen through: one trace from the client's call through Kafka into every service and
//! its database, lines of the log that can be found by trace and order, metrics that their page
//! describes. And nothing of it tells of the hidden context.

use artel::contracts::Context;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use artel::story::{self, Point};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::trace::v1::Span;
use test_support::collector::{Collector, Received, hex};
use test_support::eventually;

use crate::bets::Counter;
use crate::mesh::Mesh;
use crate::{log_lines, metrics_page};

/// How long the last spans may be under way.
const BOUND: Duration = Duration::from_mins(1);

/// The caller outside the mesh that sent the request.
const CLIENT: &str = "client";

/// The way of the story, parent and child, each as service and span. Read it top down as one
/// order's life.
const EDGES: &[(&str, &str)] = &[
    // The catalogue goes out.
    (CLIENT, "admin: CreateServiceType"),
    ("admin: CreateServiceType", "orders: process ServiceTypeState"),
    (
        "admin: CreateServiceType",
        "consumables: process ServiceTypeState",
    ),
    // A worker is hired.
    (CLIENT, "onboarding: Apply"),
    ("onboarding: Apply", "onboarding: INSERT applications"),
    ("onboarding: Apply", "notify: process ApplicationSubmitted"),
    (
        "notify: process ApplicationSubmitted",
        "notify: INSERT notifications",
    ),
    ("notify: process ApplicationSubmitted", "notify: send mail"),
    (CLIENT, "onboarding: ApproveApplication"),
    (
        "onboarding: ApproveApplication",
        "orders: process ApplicationApproved",
    ),
    ("orders: process ApplicationApproved", "orders: INSERT workers"),
    // An order is placed and matched.
    (CLIENT, "orders: PlaceOrder"),
    ("orders: PlaceOrder", "admin: process OrderPlaced"),
    ("orders: PlaceOrder", "orders: match"),
    ("orders: match", "orders: UPDATE orders"),
    ("orders: match", "orders: INSERT outbox"),
    ("orders: match", "notify: process OrderAssigned"),
    // Its kit is packed, with a cookie.
    ("orders: match", "consumables: process OrderAssigned"),
    ("consumables: process OrderAssigned", "consumables: INSERT kits"),
    (
        "consumables: process OrderAssigned",
        "consumables: ask the bakery",
    ),
    ("consumables: ask the bakery", "consumables: INSERT cookies"),
    (
        "consumables: process OrderAssigned",
        "orders: process KitRequested",
    ),
    // The work is done, and booked.
    (CLIENT, "orders: CompleteWork"),
    ("orders: CompleteWork", "onboarding: process OrderCompleted"),
    ("orders: CompleteWork", "billing: process OrderCompleted"),
    ("billing: process OrderCompleted", "billing: WITH transactions"),
    ("billing: process OrderCompleted", "orders: process AccountState"),
    ("orders: process AccountState", "orders: INSERT balances"),
    // The period is closed: charged, paid out, told.
    (CLIENT, "billing: ClosePeriods"),
    ("billing: ClosePeriods", "billing: close period"),
    ("billing: close period", "billing: charge"),
    ("billing: charge", "notify: process PaymentSucceeded"),
    ("notify: process PaymentSucceeded", "notify: send mail"),
    ("billing: close period", "billing: pay out"),
    ("billing: pay out", "notify: process PayoutMade"),
    // Quality is reviewed.
    (CLIENT, "admin: CloseCase"),
    ("admin: CloseCase", "admin: UPDATE cases"),
    ("admin: CloseCase", "orders: process QualityCaseClosed"),
    ("orders: process QualityCaseClosed", "orders: INSERT ratings"),
];

/// Words by which the hidden context would be recognised.
const HIDDEN: &str = "totalizator";
const TELLING: [&str; 6] = [HIDDEN, "bet", "bets", "stake", "stakes", "wager"];

#[tokio::test(flavor = "multi_thread")]
async fn the_story_can_be_seen_through() {
    let (collector, endpoint) = Collector::start().await;
    let settings = [
        ("ARTEL_OTLP_ENDPOINT", endpoint),
        ("ARTEL_LOG_FORMAT", "json".to_owned()),
        ("OTEL_BSP_SCHEDULE_DELAY", "200".to_owned()),
        ("OTEL_METRIC_EXPORT_INTERVAL", "1000".to_owned()),
    ];
    let mesh = Mesh::up_with(&settings).await;
    let counter = Arc::new(Counter::new(mesh.program("svc-totalizator"), mesh.key()));
    let stage = mesh.stage(Box::new(move |point, order_id, managers| {
        match point {
            Point::Assigned => counter.place(&managers[0], order_id, "completed", "77.77"),
            Point::Ended => drop(counter.settlement(&managers[0], order_id)),
        }
        Ok(())
    }));
    let ending = story::play(&stage)
        .await
        .unwrap_or_else(|error| panic!("{error}"));

    eventually(BOUND, async || missing_edges(&collector.received(), &stage.trace)).await;
    let received = collector.received();
    every_service_asks_its_database(&received, &stage.trace);
    t5_nothing_tells_of_the_hidden_context(&received, &stage.trace);
    let managers: Vec<&str> = ending
        .company
        .managers
        .iter()
        .map(|manager| manager.id.as_str())
        .collect();
    t5_the_hidden_context_names_nobody(&received, &managers);
    log_lines::every_line_about_an_order_says_so(&mesh, &ending.order_id);
    log_lines::every_line_within_a_span_has_its_trace(&mesh);
    metrics_page::the_page_describes_what_services_tell(&mesh).await;
}

/// What of [`EDGES`] is not there, with the parents that were there instead.
fn missing_edges(received: &Received, trace: &str) -> Result<(), String> {
    let spans: Vec<(&Span, String)> = received
        .spans
        .iter()
        .filter(|(_, span)| hex(&span.trace_id) == trace)
        .map(|(service, span)| (span, format!("{service}: {}", short(&span.name))))
        .collect();
    let by_id: HashMap<&[u8], &str> = spans
        .iter()
        .map(|(span, name)| (span.span_id.as_slice(), name.as_str()))
        .collect();
    let mut missing = String::new();
    for (parent, child) in EDGES {
        let mut parents: Vec<&str> = spans
            .iter()
            .filter(|(_, name)| name == child)
            .map(|(span, _)| {
                by_id
                    .get(span.parent_span_id.as_slice())
                    .copied()
                    .unwrap_or(CLIENT)
            })
            .collect();
        if !parents.contains(parent) {
            parents.sort_unstable();
            parents.dedup();
            let _ = writeln!(missing, "{parent} → {child}; its parents were {parents:?}");
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(missing) }
}

/// A span's name without its package: `PlaceOrder` for a call, `process OrderPlaced` for an event.
fn short(name: &str) -> String {
    match (name.rsplit_once('/'), name.strip_prefix("process ")) {
        (Some((_, method)), _) => method.to_owned(),
        (None, Some(kind)) => format!("process {}", kind.rsplit('.').next().unwrap_or(kind)),
        (None, None) => name.to_owned(),
    }
}

fn every_service_asks_its_database(received: &Received, trace: &str) {
    for service in Context::ALL.map(Context::name) {
        let asked = received.spans.iter().any(|(of, span)| {
            of == service
                && hex(&span.trace_id) == trace
                && span
                    .attributes
                    .iter()
                    .any(|attribute| attribute.key == "db.system.name")
        });
        assert!(asked, "no statement of {service} is in the trace");
    }
}

fn t5_nothing_tells_of_the_hidden_context(received: &Received, trace: &str) {
    let leaked = received
        .spans
        .iter()
        .find(|(service, span)| service == HIDDEN && hex(&span.trace_id) == trace);
    assert!(
        leaked.is_none(),
        "the hidden context is in the story's trace: {leaked:?}"
    );
    for (service, text) in texts(received).filter(|(service, _)| service != HIDDEN) {
        let telling = text
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .find(|word| TELLING.contains(&word.to_lowercase().as_str()));
        assert!(telling.is_none(), "{service} says {telling:?}: {text}");
    }
}

fn t5_the_hidden_context_names_nobody(received: &Received, managers: &[&str]) {
    let mut heard = false;
    for (_, text) in texts(received).filter(|(service, _)| service == HIDDEN) {
        heard = true;
        let named = managers.iter().find(|manager| text.contains(**manager));
        assert!(named.is_none(), "a manager is named: {text}");
        assert!(
            !text.contains("77.77") && !text.contains("7777"),
            "a stake is named: {text}"
        );
    }
    assert!(heard, "nothing was heard of it at all");
}

/// Every text of the telemetry, with the service that it came from: names, and attributes' keys and
/// values.
fn texts(received: &Received) -> impl Iterator<Item = (String, String)> {
    let spans = received.spans.iter().map(|(service, span)| {
        let events = span.events.iter().flat_map(|event| &event.attributes);
        (
            service,
            span.name.clone() + &joined(span.attributes.iter().chain(events)),
        )
    });
    let logs = received.logs.iter().map(|(service, record)| {
        let body = record.body.as_ref().and_then(|body| body.value.as_ref());
        (service, told(body) + &joined(record.attributes.iter()))
    });
    let metrics = received.metrics.iter().map(|(service, metric)| {
        let attributes: Vec<&KeyValue> = match &metric.data {
            Some(Data::Gauge(gauge)) => gauge
                .data_points
                .iter()
                .flat_map(|point| &point.attributes)
                .collect(),
            Some(Data::Sum(sum)) => sum
                .data_points
                .iter()
                .flat_map(|point| &point.attributes)
                .collect(),
            Some(Data::Histogram(histogram)) => {
                let points = histogram.data_points.iter();
                points.flat_map(|point| &point.attributes).collect()
            }
            _ => Vec::new(),
        };
        (
            service,
            format!(
                "{} {}{}",
                metric.name,
                metric.description,
                joined(attributes.into_iter())
            ),
        )
    });
    let all: Vec<(String, String)> = spans
        .chain(logs)
        .chain(metrics)
        .map(|(service, text)| (service.clone(), text))
        .collect();
    all.into_iter()
}

fn joined<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> String {
    attributes.fold(String::new(), |mut text, attribute| {
        let value = attribute.value.as_ref().and_then(|value| value.value.as_ref());
        let _ = write!(text, " {}={}", attribute.key, told(value));
        text
    })
}

fn told(value: Option<&Value>) -> String {
    match value {
        Some(Value::StringValue(text)) => text.clone(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}
