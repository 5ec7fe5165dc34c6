//! What a process tells of its calls: to Prometheus, and to a receiver of OTLP.

use std::time::Duration;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::trace::v1::Span;
use service_host::telemetry;
use test_support::collector::{Collector, Received, hex, text};
use test_support::{Tokens, authorised, eventually};
use tonic::Request;
use uuid::Uuid;

use crate::contract::{self, PutRequest, STAFF};
use crate::support::{BOUND, Config, Host, message};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

fn traced(text: &str, token: &str) -> Request<PutRequest> {
    let mut request = authorised(message(Uuid::new_v4(), text), token);
    let parent = format!("00-{TRACE}-{PARENT}-01").parse().unwrap();
    request.metadata_mut().insert("traceparent", parent);
    request
}

// One test, for a process has one telemetry.
#[tokio::test(flavor = "multi_thread")]
async fn metrics_traces_and_logs_tell_of_calls() {
    let (collector, endpoint) = Collector::start().await;
    let tokens = Tokens::new();
    // Logged is only what this test's own handlers say.
    let settings = ["--log=it=info", &format!("--otlp-endpoint={endpoint}")];
    let config = Config::new("postgres://nobody@127.0.0.1:1/none", &tokens, &settings);
    let telemetry = telemetry::init("test", &config.telemetry).await.unwrap();
    let host = Host::start(&[]).await;
    let token = host.tokens.manager(Uuid::new_v4());
    let status = host.call(STAFF, traced("broken", &token)).await.unwrap_err();
    assert!(
        status.message().contains(TRACE),
        "the caller can name the trace: {status}"
    );
    host.call(STAFF, traced("log", &token)).await.unwrap();

    let url = format!("http://{}", telemetry.metrics_address());
    let get = async |path: &str| {
        reqwest::get(format!("{url}{path}"))
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    };
    assert_eq!(get("/healthz").await, "alive\n");
    let wanted = [
        "rpc_server_duration_seconds_count",
        "rpc_method=\"Staff\"",
        "rpc_grpc_status_code=\"13\"",
    ];
    eventually(BOUND, async || {
        let metrics = get("/metrics").await;
        let told = metrics
            .lines()
            .any(|line| wanted.iter().all(|part| line.contains(part)));
        if told { Ok(()) } else { Err(metrics) }
    })
    .await;

    tokio::time::timeout(Duration::from_secs(10), telemetry.shutdown())
        .await
        .unwrap();
    eventually(BOUND, async || all_arrived(&collector.received())).await;
}

/// Spans, metrics and log records of the call named `log`, from the service `test`.
fn all_arrived(received: &Received) -> Result<(), &'static str> {
    let record = spoken(received).ok_or("no log record")?;
    assert_eq!(record.severity_text, "INFO");
    let number = record.attributes.iter().find(|field| field.key == "test.number");
    let number = number.unwrap().value.clone().unwrap().value;
    assert_eq!(number, Some(Value::IntValue(7)));
    assert_eq!(hex(&record.trace_id), TRACE);

    let span = span_of(received, record).ok_or("no span that the log record belongs to")?;
    assert_eq!(hex(&span.trace_id), TRACE);
    assert_eq!(hex(&span.parent_span_id), PARENT);
    assert_eq!(span.name, format!("{}/Staff", contract::NAME));

    if tells_of_the_call(received) {
        Ok(())
    } else {
        Err("no metric")
    }
}

fn spoken(received: &Received) -> Option<&LogRecord> {
    let body = |record: &LogRecord| record.body.clone()?.value;
    let said = |record: &LogRecord, what: &str| body(record) == Some(Value::StringValue(what.to_owned()));
    assert!(
        !received
            .logs
            .iter()
            .any(|(_, record)| said(record, "a handler whispers")),
        "what is not logged is not sent"
    );
    let mut ours = received.logs.iter().filter(|(service, _)| service == "test");
    ours.find(|(_, record)| said(record, "a handler speaks"))
        .map(|(_, record)| record)
}

fn span_of<'a>(received: &'a Received, record: &LogRecord) -> Option<&'a Span> {
    let mut ours = received.spans.iter().filter(|(service, _)| service == "test");
    ours.find(|(_, span)| span.span_id == record.span_id)
        .map(|(_, span)| span)
}

fn tells_of_the_call(received: &Received) -> bool {
    received
        .metrics
        .iter()
        .filter(|(service, metric)| service == "test" && metric.name == "rpc.server.duration")
        .filter_map(|(_, metric)| match &metric.data {
            Some(Data::Histogram(histogram)) => Some(&histogram.data_points),
            _ => None,
        })
        .flatten()
        .any(|point| point.count > 0 && text(&point.attributes, "rpc.method") == "Staff")
}
