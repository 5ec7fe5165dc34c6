//! A span for every statement in a recorded trace.
//!
//! A span has the operation and the table (`INSERT outbox`), the duration, and whether the
//! statement failed. It contains no value and no other part of the text.

use std::fmt::{self, Display, Write as _};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use tracing::{Span, field};

use crate::telemetry;

/// How much of a statement is searched for the two names, in bytes.
const BEGINNING: usize = 240;

/// Diesel writes this between a statement and its values.
const VALUES: &str = "-- binds:";

/// Instruments one connection.
#[derive(Default)]
pub(super) struct Statements {
    running: Option<Span>,
}

impl Instrumentation for Statements {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { query, .. } => {
                self.running = telemetry::is_recorded().then(|| span(&summary(&query)));
            }
            InstrumentationEvent::FinishQuery { error, .. } => {
                if let Some(span) = self.running.take()
                    && error.is_some()
                {
                    span.record("otel.status_code", "ERROR");
                }
            }
            _ => {}
        }
    }
}

fn span(summary: &str) -> Span {
    tracing::info_span!(
        "statement",
        otel.name = summary,
        otel.kind = "client",
        otel.status_code = field::Empty,
        db.system.name = "postgresql",
        db.query.summary = summary,
    )
}

/// `INSERT outbox`, of `INSERT INTO "outbox" (…`.
fn summary(query: &dyn Display) -> String {
    let mut beginning = Beginning(String::new());
    // The error only says that the text is longer than `BEGINNING`.
    let _ = write!(beginning, "{query}");
    let text = beginning.0.split(VALUES).next().unwrap_or_default();
    let mut words = text.split_ascii_whitespace();
    let operation = words.next().unwrap_or("statement").to_owned();
    let mut words = std::iter::once(operation.as_str()).chain(words);
    while let Some(word) = words.next() {
        if matches!(word, "FROM" | "INTO" | "UPDATE")
            && let Some(table) = words.next().and_then(name)
        {
            return format!("{operation} {table}");
        }
    }
    operation
}

/// The table that `word` names, if any.
fn name(word: &str) -> Option<String> {
    let bare = word.trim_end_matches([')', ',', ';']).replace('"', "");
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.');
    (!bare.is_empty() && bare.chars().all(is_name)).then_some(bare)
}

/// Receives the beginning of a text and fails at the end of it.
struct Beginning(String);

impl fmt::Write for Beginning {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let room = BEGINNING.saturating_sub(self.0.len());
        self.0.push_str(&part[..part.floor_char_boundary(room)]);
        if part.len() > room {
            Err(fmt::Error)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn a_statement_is_named_after_its_operation_and_table() {
        for (text, name) in [
            (
                "INSERT INTO \"outbox\" (\"id\") VALUES ($1) -- binds: [7]",
                "INSERT outbox",
            ),
            ("SELECT \"a\".\"b\" FROM \"a\" WHERE \"a\".\"b\" = $1", "SELECT a"),
            ("UPDATE deliveries d SET attempts = 1", "UPDATE deliveries"),
            ("DELETE FROM outbox WHERE id = ANY($1)", "DELETE outbox"),
            ("SELECT 1 FROM (SELECT x FROM inner_one) AS o", "SELECT inner_one"),
            ("COMMIT", "COMMIT"),
            ("", "statement"),
        ] {
            assert_eq!(summary(&text), name, "{text}");
        }
    }

    #[test]
    fn no_value_appears_in_a_name() {
        assert_eq!(
            summary(&"SELECT lock($1) -- binds: [\"drawn FROM secret\"]"),
            "SELECT"
        );
        let long = format!("SELECT {} FROM secret", "a, ".repeat(200));
        assert_eq!(summary(&long), "SELECT");
    }
}
