//! A receiver of OTLP that stores everything it receives, in place of an OpenTelemetry collector.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{LogsService, LogsServiceServer};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// The received telemetry, with the name of the service that sent it.
#[derive(Debug, Default, Clone)]
pub struct Received {
    /// Spans that have ended.
    pub spans: Vec<(String, Span)>,
    /// Every metric of every export.
    pub metrics: Vec<(String, Metric)>,
    /// Log records.
    pub logs: Vec<(String, LogRecord)>,
}

/// A running receiver.
#[derive(Debug, Default, Clone)]
pub struct Collector(Arc<Mutex<Received>>);

impl Collector {
    /// Starts a receiver. Returns it with its endpoint.
    pub async fn start() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let collector = Self::default();
        let serving = tonic::transport::Server::builder()
            .add_service(TraceServiceServer::new(collector.clone()))
            .add_service(MetricsServiceServer::new(collector.clone()))
            .add_service(LogsServiceServer::new(collector.clone()))
            .serve_with_incoming(TcpIncoming::from(listener));
        tokio::spawn(serving);
        (collector, endpoint)
    }

    /// Everything that was received so far.
    pub fn received(&self) -> Received {
        self.kept().clone()
    }

    fn kept(&self) -> MutexGuard<'_, Received> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The text of an attribute of a span, a point or a record; empty if there is none.
pub fn text(attributes: &[KeyValue], key: &str) -> String {
    let attribute = attributes.iter().find(|attribute| attribute.key == key);
    match attribute.and_then(|attribute| attribute.value.clone()?.value) {
        Some(Value::StringValue(text)) => text,
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}

/// An id in hexadecimal.
pub fn hex(id: &[u8]) -> String {
    id.iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn service(resource: Option<&Resource>) -> String {
    resource.map_or_else(String::new, |resource| text(&resource.attributes, "service.name"))
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for part in request.into_inner().resource_spans {
            let service = service(part.resource.as_ref());
            let spans = part.scope_spans.into_iter().flat_map(|scope| scope.spans);
            let spans = spans.map(|span| (service.clone(), span));
            self.kept().spans.extend(spans);
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        for part in request.into_inner().resource_metrics {
            let service = service(part.resource.as_ref());
            let metrics = part.scope_metrics.into_iter().flat_map(|scope| scope.metrics);
            let metrics = metrics.map(|metric| (service.clone(), metric));
            self.kept().metrics.extend(metrics);
        }
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl LogsService for Collector {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        for part in request.into_inner().resource_logs {
            let service = service(part.resource.as_ref());
            let logs = part.scope_logs.into_iter().flat_map(|scope| scope.log_records);
            let logs = logs.map(|record| (service.clone(), record));
            self.kept().logs.extend(logs);
        }
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}
