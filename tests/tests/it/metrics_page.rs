//! `docs/metrics.md` against what running services tell Prometheus.

use std::collections::{BTreeMap, BTreeSet};

use crate::mesh::Mesh;

/// A metric as the page has it.
struct Described {
    labels: BTreeSet<String>,
    /// It is there only once something has happened that needn't happen.
    rare: bool,
}

/// Every metric of every service stands on the page, with its labels; and the page has no other.
pub async fn the_page_describes_what_services_tell(mesh: &Mesh) {
    let page = described();
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for program in mesh.programs() {
        for (name, labels) in series(&program.metrics().await) {
            told.entry(name).or_default().extend(labels);
        }
    }
    for (name, labels) in &told {
        let Some(described) = page.get(name) else {
            panic!("docs/metrics.md does not describe {name}, labels {labels:?}");
        };
        assert_eq!(
            &described.labels, labels,
            "the labels of {name} in docs/metrics.md"
        );
    }
    let gone: Vec<&String> = page
        .iter()
        .filter(|(name, described)| !described.rare && !told.contains_key(*name))
        .map(|(name, _)| name)
        .collect();
    assert!(
        gone.is_empty(),
        "docs/metrics.md describes what no service tells: {gone:?}"
    );
}

/// The names on the page: what an alarm may be about.
pub fn names() -> BTreeSet<String> {
    described().into_keys().collect()
}

/// The rows of the page's tables: `| `name` | unit | `label`, … | meaning |`. A name with a star is
/// rare.
fn described() -> BTreeMap<String, Described> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/metrics.md");
    let page = std::fs::read_to_string(path).expect("docs/metrics.md is there");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let (name, mark) = cells[0].split_once('`').expect("a name between backticks");
        let labels = cells[2].split(',').map(|label| label.trim().trim_matches('`'));
        let described = Described {
            labels: labels
                .filter(|label| !label.is_empty())
                .map(str::to_owned)
                .collect(),
            rare: mark == "*",
        };
        (name.to_owned(), described)
    })
    .collect()
}

/// Name and labels of each series, histograms under their own name.
fn series(metrics: &str) -> Vec<(String, BTreeSet<String>)> {
    let histograms: Vec<&str> = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" histogram"))
        .collect();
    metrics
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let (series, _) = line.rsplit_once(' ').expect("a name and a value");
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            let whole = ["_bucket", "_sum", "_count"]
                .iter()
                .filter_map(|part| name.strip_suffix(part))
                .find(|name| histograms.contains(name))
                .unwrap_or(name);
            (whole.to_owned(), names_of(labels.trim_end_matches('}')))
        })
        .collect()
}

/// The names in `a="1",b="x, y"`.
fn names_of(labels: &str) -> BTreeSet<String> {
    labels
        .split("=\"")
        .filter_map(|part| part.rsplit(['"', ',']).next())
        .filter(|name| !name.is_empty() && *name != "le")
        .map(str::to_owned)
        .collect()
}
