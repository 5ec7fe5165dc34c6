//! The alarms of `docs/runbook/alerts.yml`: each has its page, and is about metrics that there are.

use std::collections::BTreeSet;
use std::path::Path;

use crate::metrics_page;

/// What others than the services tell: Prometheus itself, and each machine's node exporter.
const FOREIGN: [&str; 3] = ["up", "node_filesystem_avail_bytes", "node_filesystem_size_bytes"];

/// Words of Prometheus' language that stand where a metric could stand.
const WORDS: [&str; 9] = ["and", "or", "unless", "by", "on", "sum", "min", "max", "bool"];

/// An alarm, as far as it is looked at here.
#[derive(Debug)]
struct Alarm {
    name: String,
    expression: String,
    page: String,
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Reads the file line by line: its form is ours, and promtool reads it as YAML.
fn alarms() -> Vec<Alarm> {
    let mut alarms: Vec<Alarm> = Vec::new();
    let mut in_expression = false;
    for line in read("docs/runbook/alerts.yml").lines() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix("- alert: ") {
            alarms.push(Alarm {
                name: name.to_owned(),
                expression: String::new(),
                page: String::new(),
            });
        }
        let Some(alarm) = alarms.last_mut() else { continue };
        if let Some(page) = line.strip_prefix("runbook_url: ") {
            page.clone_into(&mut alarm.page);
        }
        if line.starts_with("for: ") || line.starts_with("labels: ") {
            in_expression = false;
        }
        if let Some(first) = line.strip_prefix("expr: ") {
            in_expression = true;
            alarm.expression.push_str(first.trim_start_matches('|'));
        } else if in_expression {
            alarm.expression.push(' ');
            alarm.expression.push_str(line);
        }
    }
    alarms
}

/// The metrics that an expression is about: names that are neither labels nor functions.
fn metrics(expression: &str) -> BTreeSet<String> {
    let mut bare = String::new();
    let mut within_braces = false;
    for letter in expression.chars() {
        match letter {
            '{' => within_braces = true,
            '}' => within_braces = false,
            _ if !within_braces => bare.push(letter),
            _ => {}
        }
    }
    for grouping in ["by (", "on ("] {
        while let Some(at) = bare.find(grouping) {
            let end = bare[at..].find(')').map_or(bare.len(), |end| at + end + 1);
            bare.replace_range(at..end, " ");
        }
    }
    let mut found = BTreeSet::new();
    let mut rest = bare.as_str();
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_alphabetic()) {
        rest = &rest[start..];
        let end = rest
            .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let is_function = after.starts_with('(');
        let is_duration = word.len() == 1;
        if !is_function && !is_duration && !WORDS.contains(&word) {
            found.insert(word.to_owned());
        }
        rest = after;
    }
    found
}

#[test]
fn every_alarm_is_about_metrics_that_there_are() {
    let known = metrics_page::names();
    for alarm in alarms() {
        let metrics = metrics(&alarm.expression);
        assert!(!metrics.is_empty(), "{alarm:?}");
        for metric in metrics {
            let mut parts = ["_bucket", "_sum", "_count"].iter();
            let whole = parts.find_map(|part| metric.strip_suffix(part));
            let is_known = |name: &str| known.contains(name) || FOREIGN.contains(&name);
            assert!(
                is_known(&metric) || whole.is_some_and(is_known),
                "{}: {metric} is not in docs/metrics.md",
                alarm.name
            );
        }
    }
}

#[test]
fn every_alarm_has_its_page_and_every_page_its_alarm() {
    let list = read("docs/runbook/README.md");
    let mut pages = BTreeSet::new();
    for alarm in alarms() {
        let page = read(&alarm.page);
        assert!(
            page.contains(&alarm.name),
            "{} does not name {}",
            alarm.page,
            alarm.name
        );
        for part in ["## Meaning", "## Diagnose", "## Fix", "## Resolved when"] {
            assert!(page.contains(part), "{} has no part “{part}”", alarm.page);
        }
        let file = alarm.page.rsplit('/').next().unwrap_or_default().to_owned();
        let listed = list
            .lines()
            .any(|line| line.contains(&format!("`{}`", alarm.name)) && line.contains(&format!("({file})")));
        assert!(
            listed,
            "docs/runbook/README.md does not list {} with {file}",
            alarm.name
        );
        pages.insert(file);
    }
    let there = std::fs::read_dir(root().join("docs/runbook")).expect("docs/runbook is there");
    for entry in there {
        let path = entry.expect("a file").path();
        let file = path.file_name().and_then(|name| name.to_str()).expect("a name");
        let is_markdown = path.extension().is_some_and(|extension| extension == "md");
        let is_page = is_markdown && !["README.md", "local-mesh.md"].contains(&file);
        assert!(
            !is_page || pages.contains(file),
            "no alarm leads to docs/runbook/{file}"
        );
    }
}

#[test]
fn names_of_metrics_are_told_from_labels_and_functions() {
    let expression =
        r#"max by (job) (artel_outbox_age_seconds{state="parked"}) > 5 unless rate(up[5m]) == 0"#;
    let expected = ["artel_outbox_age_seconds", "up"].map(str::to_owned);
    assert_eq!(metrics(expression), expected.into());
}
