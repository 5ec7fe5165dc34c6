//! The format of log lines: the subscriber's own format plus the trace's id.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Full, Json, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::trace_id;

/// A format that adds the id of the current trace: as the first field of a JSON object, or at the
/// end of a line of plain text.
pub(super) struct Traced<F>(pub F);

impl<S, N> FormatEvent<S, N> for Traced<Format<Json>>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(trace) = trace_id() else {
            return self.0.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        write!(
            writer,
            "{{\"trace_id\":\"{trace}\",{}",
            line.strip_prefix('{').unwrap_or(&line)
        )
    }
}

impl<S, N> FormatEvent<S, N> for Traced<Format<Full>>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(trace) = trace_id() else {
            return self.0.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        writeln!(writer, "{} trace_id={trace}", line.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing_subscriber::fmt;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::Traced;
    use crate::telemetry::continue_trace;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    fn log_inside_and_outside_a_trace() {
        let span = tracing::info_span!("call");
        continue_trace(&span, &format!("00-{TRACE}-00f067aa0ba902b7-01"));
        span.in_scope(|| tracing::info_span!("inner").in_scope(|| tracing::info!(order.id = 7, "within")));
        tracing::info!("without");
    }

    #[test]
    fn a_json_line_has_the_id_of_its_trace() {
        let (lines, provider) = (Lines::default(), SdkTracerProvider::default());
        let writer = lines.clone();
        let layer = fmt::layer()
            .json()
            .event_format(Traced(fmt::format().json().flatten_event(true)))
            .with_writer(move || writer.clone());
        let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let subscriber = tracing_subscriber::registry().with(traces).with(layer);
        tracing::subscriber::with_default(subscriber, log_inside_and_outside_a_trace);
        let text = lines.text();
        let parsed: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(parsed[0]["trace_id"], TRACE);
        assert_eq!(parsed[0]["order.id"], 7);
        assert!(parsed[1].get("trace_id").is_none());
    }

    #[test]
    fn a_text_line_ends_with_the_id_of_its_trace() {
        let (lines, provider) = (Lines::default(), SdkTracerProvider::default());
        let writer = lines.clone();
        let layer = fmt::layer()
            .event_format(Traced(fmt::format()))
            .with_writer(move || writer.clone());
        let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let subscriber = tracing_subscriber::registry().with(traces).with(layer);
        tracing::subscriber::with_default(subscriber, log_inside_and_outside_a_trace);
        let text = lines.text();
        let mut parsed = text.lines();
        assert!(
            parsed.next().unwrap().ends_with(&format!("trace_id={TRACE}")),
            "{text}"
        );
        assert!(parsed.next().unwrap().ends_with("without"), "{text}");
    }
}
