//! Setup and shutdown of telemetry.

use std::net::SocketAddr;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::{
    ExporterBuildError, LogExporter, MetricExporter, SpanExporter, WithExportConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use prometheus::process_collector::ProcessCollector;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, spawn_blocking};
use tracing::Level;
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry, fmt};

use super::lines::Traced;
use super::{listener, records};
use crate::config::{LogFormat, TelemetryOptions};

/// How long the export of the last spans, metrics and log records may take.
const FLUSH: Duration = Duration::from_secs(3);

/// A failure of the setup.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address for `/metrics` is not available.
    #[error("cannot listen on {address} for metrics (--metrics-listen, ARTEL_METRICS_LISTEN)")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: std::io::Error,
    },
    /// The OTLP exporter cannot be created.
    #[error("cannot export to the OTLP endpoint (--otlp-endpoint, ARTEL_OTLP_ENDPOINT)")]
    Exporter(#[from] ExporterBuildError),
    /// The Prometheus exporter cannot be created.
    #[error("cannot collect metrics")]
    Metrics(#[from] OTelSdkError),
    /// The metrics of the process itself cannot be registered.
    #[error("cannot collect the metrics of the process")]
    Process(#[from] prometheus::Error),
}

/// Running telemetry. Keep it until the process ends, then call [`shutdown`](Self::shutdown).
pub struct Telemetry {
    tracer: SdkTracerProvider,
    meter: SdkMeterProvider,
    logger: SdkLoggerProvider,
    metrics_address: SocketAddr,
    listener: JoinHandle<()>,
}

/// Sets up logs, traces and metrics for the process and serves `/metrics`. Call it once, before
/// anything else.
///
/// # Errors
/// The metrics address is not available, or the OTLP endpoint is invalid.
pub async fn init(service: &'static str, options: &TelemetryOptions) -> Result<Telemetry, Error> {
    let address = options.metrics_listen;
    let listen = |source| Error::Listen { address, source };
    let socket = TcpListener::bind(address).await.map_err(listen)?;
    let metrics_address = socket.local_addr().map_err(listen)?;

    let resource = Resource::builder()
        .with_service_name(service)
        .with_attribute(KeyValue::new("service.namespace", "artel"))
        .with_attribute(KeyValue::new(
            "service.instance.id",
            uuid::Uuid::new_v4().to_string(),
        ))
        .build();
    let registry = prometheus::Registry::new();
    registry.register(Box::new(ProcessCollector::for_self()))?;
    let prometheus = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .scope_info_enabled(false)
        .build()?;
    let mut tracer = SdkTracerProvider::builder()
        .with_resource(resource.clone())
        .with_sampler(sampler(options));
    let mut meter = SdkMeterProvider::builder()
        .with_resource(resource.clone())
        .with_reader(prometheus);
    let mut logger = SdkLoggerProvider::builder().with_resource(resource);
    if let Some(endpoint) = &options.otlp_endpoint {
        tracer = tracer.with_batch_exporter(
            SpanExporter::builder()
                .with_tonic()
                .with_endpoint(endpoint)
                .build()?,
        );
        meter = meter.with_periodic_exporter(
            MetricExporter::builder()
                .with_tonic()
                .with_endpoint(endpoint)
                .build()?,
        );
        logger = logger.with_batch_exporter(
            LogExporter::builder()
                .with_tonic()
                .with_endpoint(endpoint)
                .build()?,
        );
    }
    let (tracer, meter, logger) = (tracer.build(), meter.build(), logger.build());
    global::set_meter_provider(meter.clone());
    global::set_text_map_propagator(TraceContextPropagator::new());
    subscribe(options, service, &tracer, &logger);
    log_panics();

    let server = axum::serve(socket, listener::routes(registry));
    let listener = tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "the metrics listener ended");
        }
    });
    Ok(Telemetry {
        tracer,
        meter,
        logger,
        metrics_address,
        listener,
    })
}

/// The process that begins a trace decides whether it is recorded. Of the traces that begin here,
/// the configured share is recorded; without an OTLP endpoint none, so that spans only have ids for
/// the log.
fn sampler(options: &TelemetryOptions) -> Sampler {
    let own = match options.otlp_endpoint {
        Some(_) => Sampler::TraceIdRatioBased(options.trace_ratio),
        None => Sampler::AlwaysOff,
    };
    Sampler::ParentBased(Box::new(own))
}

/// One of the subscriber's layers.
pub(super) type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Writes log lines to standard output, and exports them if there is an OTLP endpoint. If the
/// process has a subscriber already, as in tests, that one stays.
fn subscribe(
    options: &TelemetryOptions,
    service: &'static str,
    tracer: &SdkTracerProvider,
    logger: &SdkLoggerProvider,
) {
    let filter = || EnvFilter::new(&options.log);
    let lines: BoxedLayer = match options.log_format {
        LogFormat::Json => {
            let format = fmt::format()
                .json()
                .flatten_event(true)
                .with_current_span(true)
                .with_span_list(false);
            fmt::layer()
                .json()
                .event_format(Traced(format))
                .with_filter(filter())
                .boxed()
        }
        LogFormat::Text => fmt::layer()
            .event_format(Traced(fmt::format()))
            .with_filter(filter())
            .boxed(),
    };
    // The log filter does not apply to spans. Events and spans below INFO stay out of traces,
    // because libraries create many of them.
    let spans = tracing_opentelemetry::layer()
        .with_tracer(tracer.tracer(service))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(|metadata| {
            metadata.is_span() && *metadata.level() <= Level::INFO
        }));
    let mut layers = vec![spans.boxed(), lines];
    if options.otlp_endpoint.is_some() {
        layers.push(records::layer(logger, filter()));
    }
    let _ = tracing_subscriber::registry().with(layers).try_init();
}

/// Logs panics like other failures, with the trace's id.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.payload_as_str().unwrap_or("a panic without a text");
        let place = panic.location().map(ToString::to_string);
        tracing::error!(panic.text = text, panic.place = place, "panicked");
    }));
}

impl Telemetry {
    /// The address that serves `/metrics`.
    pub fn metrics_address(&self) -> SocketAddr {
        self.metrics_address
    }

    /// Exports the remaining telemetry, for at most three seconds.
    pub async fn shutdown(self) {
        let Self {
            tracer,
            meter,
            logger,
            listener,
            ..
        } = self;
        listener.abort();
        // The exporters block until their own threads end, so they must not block the runtime. They
        // run concurrently because each of them may need the whole time.
        let spans = spawn_blocking(move || tracer.shutdown_with_timeout(FLUSH));
        let metrics = spawn_blocking(move || meter.shutdown_with_timeout(FLUSH));
        let records = spawn_blocking(move || logger.shutdown_with_timeout(FLUSH));
        let flush = async { tokio::join!(spans, metrics, records) };
        let _ = tokio::time::timeout(FLUSH, flush).await;
    }
}
