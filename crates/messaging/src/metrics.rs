//! The metrics of this crate. Names follow OpenTelemetry: dotted, without the unit.

use std::sync::LazyLock;
use std::time::Duration;

use chrono::{DateTime, Utc};
use opentelemetry::metrics::{Counter, Gauge, Histogram};
use opentelemetry::{KeyValue, global};

use crate::lag::Lag;
use crate::outbox::Backlog;
use crate::parking::{Counts, State};

/// Created at first use, when telemetry is set up.
pub(crate) static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

pub(crate) struct Metrics {
    outbox_depth: Gauge<i64>,
    outbox_age: Gauge<f64>,
    published: Counter<u64>,
    taken_in: Counter<u64>,
    effect: Histogram<f64>,
    lag: Gauge<i64>,
    kept: Gauge<i64>,
    kept_age: Gauge<f64>,
}

impl Metrics {
    fn new() -> Self {
        let meter = global::meter("artel.messaging");
        Self {
            outbox_depth: meter
                .i64_gauge("artel.outbox.depth")
                .with_description("Events that are committed and not yet published")
                .build(),
            outbox_age: meter
                .f64_gauge("artel.outbox.age")
                .with_unit("s")
                .with_description("Age of the oldest of them")
                .build(),
            published: meter
                .u64_counter("artel.outbox.published")
                .with_description("Events that Kafka has acknowledged")
                .build(),
            taken_in: meter
                .u64_counter("artel.events.taken_in")
                .with_description("Events that were received, by the result of processing them")
                .build(),
            effect: meter
                .f64_histogram("artel.events.effect.duration")
                .with_unit("s")
                .with_description("Duration of the effect of an event, without its commit")
                .build(),
            lag: meter
                .i64_gauge("artel.consumer.lag")
                .with_description("Records of a partition that the service has not processed")
                .build(),
            kept: meter
                .i64_gauge("artel.events.kept")
                .with_description("Events that are kept, by state")
                .build(),
            kept_age: meter
                .f64_gauge("artel.events.kept.age")
                .with_unit("s")
                .with_description("Age of the oldest of them since it was received first, by state")
                .build(),
        }
    }

    pub(crate) fn outbox(&self, backlog: Backlog, now: DateTime<Utc>) {
        self.outbox_depth.record(backlog.depth, &[]);
        self.outbox_age
            .record(age(backlog.oldest, now).as_secs_f64(), &[]);
    }

    pub(crate) fn published(&self, events: usize) {
        self.published.add(events as u64, &[]);
    }

    pub(crate) fn taken_in(&self, topic: &str, event_type: &str, outcome: &'static str) {
        // A type without a listener is a text that any publisher may choose. As a label it would
        // create any number of series.
        let event_type = if outcome == "effected" { event_type } else { "" };
        self.taken_in.add(
            1,
            &[
                KeyValue::new("topic", topic.to_owned()),
                KeyValue::new("type", event_type.to_owned()),
                KeyValue::new("outcome", outcome),
            ],
        );
    }

    pub(crate) fn effect(&self, event_type: &str, took: Duration) {
        self.effect.record(
            took.as_secs_f64(),
            &[KeyValue::new("type", event_type.to_owned())],
        );
    }

    pub(crate) fn lags(&self, lags: &[Lag]) {
        for lag in lags {
            let labels = [
                KeyValue::new("topic", lag.topic.clone()),
                KeyValue::new("partition", i64::from(lag.partition)),
            ];
            self.lag.record(lag.records(), &labels);
        }
    }

    pub(crate) fn kept(&self, counts: &Counts, now: DateTime<Utc>) {
        for (state, kept) in [
            (State::Waiting, counts.waiting),
            (State::Parked, counts.parked),
            (State::Following, counts.following),
        ] {
            let state = [KeyValue::new("state", state.name())];
            self.kept.record(kept.count, &state);
            self.kept_age.record(age(kept.oldest, now).as_secs_f64(), &state);
        }
    }
}

/// The time since `oldest`; zero if there is none.
fn age(oldest: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Duration {
    oldest
        .and_then(|oldest| (now - oldest).to_std().ok())
        .unwrap_or_default()
}
