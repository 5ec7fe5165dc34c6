//! Metrics of the connection pool.

use std::time::Duration;

use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::Pool;
use opentelemetry::metrics::{Counter, Histogram};
use opentelemetry::{KeyValue, global};

/// The pool's instruments, named by OpenTelemetry's conventions for connection pools.
pub(super) struct Measures {
    wait: Histogram<f64>,
    refused: Counter<u64>,
}

impl Measures {
    /// Creates the instruments of `pool`.
    pub(super) fn of(pool: &Pool<AsyncPgConnection>) -> Self {
        let meter = global::meter("service-host");
        let seen = pool.weak();
        meter
            .u64_observable_gauge("db.client.connection.count")
            .with_description("Connections of the pool, by state: used or idle")
            .with_callback(move |observer| {
                if let Some(status) = seen.upgrade().map(|pool| pool.status()) {
                    let used = status.size.saturating_sub(status.available);
                    observer.observe(used as u64, &[KeyValue::new("state", "used")]);
                    observer.observe(status.available as u64, &[KeyValue::new("state", "idle")]);
                }
            })
            .build();
        let seen = pool.weak();
        meter
            .u64_observable_gauge("db.client.connection.max")
            .with_description("Most connections that the pool may have")
            .with_callback(move |observer| {
                if let Some(pool) = seen.upgrade() {
                    observer.observe(pool.status().max_size as u64, &[]);
                }
            })
            .build();
        let seen = pool.weak();
        meter
            .u64_observable_gauge("db.client.connection.pending_requests")
            .with_description("Calls that wait for a connection of the pool")
            .with_callback(move |observer| {
                if let Some(pool) = seen.upgrade() {
                    observer.observe(pool.status().waiting as u64, &[]);
                }
            })
            .build();
        let refused = meter
            .u64_counter("db.client.connection.timeouts")
            .with_description("Calls that were refused because no connection became free in time")
            .build();
        // Prometheus sees an increase only if the counter existed before it.
        refused.add(0, &[]);
        Self {
            wait: meter
                .f64_histogram("db.client.connection.wait_time")
                .with_unit("s")
                .with_description("Time that calls waited for a connection, including the time to open one")
                .with_boundaries(vec![0.000_1, 0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 3.0])
                .build(),
            refused,
        }
    }

    pub(super) fn waited(&self, wait: Duration) {
        self.wait.record(wait.as_secs_f64(), &[]);
    }

    pub(super) fn refused(&self) {
        self.refused.add(1, &[]);
    }
}
