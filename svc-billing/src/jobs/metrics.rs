//! Metrics of billing, recorded after the commit.

use std::sync::LazyLock;

use opentelemetry::metrics::{Counter, Gauge};
use opentelemetry::{KeyValue, global};

/// Created at first use, because telemetry must be set up before.
pub(super) static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

pub(super) struct Metrics {
    charges: Counter<u64>,
    payouts: Counter<u64>,
    overdue: Counter<u64>,
    intact: Gauge<u64>,
}

impl Metrics {
    fn new() -> Self {
        let meter = global::meter("artel.billing");
        let counter = |name, description| meter.u64_counter(name).with_description(description).build();
        Self {
            charges: counter(
                "artel.billing.charge.attempts",
                "Attempts to charge clients, by outcome",
            ),
            payouts: counter(
                "artel.billing.payout.attempts",
                "Requests to the payout provider, by outcome",
            ),
            overdue: counter("artel.billing.invoices.overdue", "Invoices that became overdue"),
            intact: meter
                .u64_gauge("artel.billing.ledger.intact")
                .with_description("1 if the last verification of the ledger found nothing, else 0")
                .build(),
        }
    }

    pub(super) fn charged(&self, outcome: &'static str) {
        self.charges.add(1, &[KeyValue::new("outcome", outcome)]);
    }

    pub(super) fn paid_out(&self, outcome: &'static str) {
        self.payouts.add(1, &[KeyValue::new("outcome", outcome)]);
    }

    pub(super) fn proved(&self, intact: bool) {
        self.intact.record(u64::from(intact), &[]);
    }

    pub(super) fn overdue(&self) {
        self.overdue.add(1, &[]);
    }
}
