//! What billing measures besides what every service does. Counted once it is committed.

use std::sync::LazyLock;

use opentelemetry::metrics::{Counter, Gauge};
use opentelemetry::{KeyValue, global};

/// Made at first use, which is after telemetry was set up.
pub(crate) static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

pub(crate) struct Metrics {
    charges: Counter<u64>,
    payouts: Counter<u64>,
    overdue: Counter<u64>,
    intact: Gauge<u64>,
}

impl Metrics {
    fn new() -> Self {
        let meter = global::meter("artel.billing");
        Self {
            charges: meter
                .u64_counter("artel.billing.charge.attempts")
                .with_description("Attempts to charge clients, by what became of them")
                .build(),
            payouts: meter
                .u64_counter("artel.billing.payout.attempts")
                .with_description("Attempts to pay workers out and to follow payouts, by what became of them")
                .build(),
            overdue: meter
                .u64_counter("artel.billing.invoices.overdue")
                .with_description("Invoices that became overdue")
                .build(),
            intact: meter
                .u64_gauge("artel.billing.ledger.intact")
                .with_description(
                    "Whether the last proof of the whole ledger found nothing: 1, or something: 0",
                )
                .build(),
        }
    }

    /// A client was charged, or was not.
    pub(crate) fn charged(&self, outcome: &'static str) {
        self.charges.add(1, &[KeyValue::new("outcome", outcome)]);
    }

    /// A worker was paid out, or was not.
    pub(crate) fn paid_out(&self, outcome: &'static str) {
        self.payouts.add(1, &[KeyValue::new("outcome", outcome)]);
    }

    /// The whole ledger was proved.
    pub(crate) fn proved(&self, intact: bool) {
        self.intact.record(u64::from(intact), &[]);
    }

    /// The last attempt to charge a client failed.
    pub(crate) fn overdue(&self) {
        self.overdue.add(1, &[]);
    }
}
