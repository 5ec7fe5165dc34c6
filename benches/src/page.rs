//! What measurements write: Markdown sections and tables, progress, and figures as people read
//! them.

use std::fmt;
use std::time::Duration;

/// One measurement's part of the page.
pub struct Section {
    title: &'static str,
    parts: Vec<String>,
}

impl Section {
    /// An empty one under this heading.
    pub fn new(title: &'static str) -> Self {
        Self {
            title,
            parts: Vec::new(),
        }
    }

    /// Adds a paragraph or a [`Table`].
    pub fn with(mut self, part: impl fmt::Display) -> Self {
        self.parts.push(part.to_string());
        self
    }
}

impl fmt::Display for Section {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "## {}", self.title)?;
        self.parts
            .iter()
            .try_for_each(|part| write!(out, "\n\n{}", part.trim_end()))
    }
}

/// A table, row by row.
pub struct Table(Vec<Vec<String>>);

impl Table {
    /// One with these columns.
    pub fn new<const N: usize>(columns: [&str; N]) -> Self {
        let names = columns.map(str::to_owned).into();
        Self(vec![names, vec!["---".to_owned(); N]])
    }

    /// Adds a row. An empty cell says nothing.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.0.push(cells.into());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|cells| writeln!(out, "| {} |", cells.join(" | ")))
    }
}

/// Says what is being done, to whoever waits.
pub fn progress(what: impl fmt::Display) {
    eprintln!("benches: {what}");
}

/// A duration as people compare it: `12.3 ms`, `4.56 s`.
pub fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds >= 1.0 {
        format!("{seconds:.2} s")
    } else if seconds >= 0.001 {
        format!("{:.2} ms", seconds * 1e3)
    } else {
        format!("{:.0} µs", seconds * 1e6)
    }
}

/// A count of KiB in MiB.
#[allow(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub fn mebibytes(kibibytes: u64) -> String {
    format!("{:.1} MiB", kibibytes as f64 / 1024.0)
}
