//! `docs/fail-points.md` names every fail point of the code, and no other; and some test dies at
//! each.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The beginning of a mark in the code; the point's name follows in quotes.
const MARK: &str = "fail_point::reach(\"";

#[test]
fn every_fail_point_is_on_the_page_and_in_a_test_and_the_page_names_no_other() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut marked = BTreeSet::new();
    for part in std::fs::read_dir(root)
        .unwrap()
        .chain(std::fs::read_dir(root.join("crates")).unwrap())
    {
        for file in sources(&part.unwrap().path().join("src")) {
            let text = std::fs::read_to_string(file).unwrap();
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            marked
                .extend(code.filter_map(|line| Some(line.split_once(MARK)?.1.split_once('"')?.0.to_owned())));
        }
    }
    let page = std::fs::read_to_string(root.join("docs/fail-points.md")).unwrap();
    let listed: BTreeSet<String> = page
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned()))
        .collect();
    assert!(
        !marked.is_empty(),
        "no code is marked: this test reads the wrong folders"
    );
    assert_eq!(marked, listed);

    let mut tests = String::new();
    for folder in ["tests/tests", "crates/messaging/tests"] {
        for file in sources(&root.join(folder)) {
            tests += &std::fs::read_to_string(file).unwrap();
        }
    }
    let unused: Vec<_> = marked
        .iter()
        .filter(|point| !tests.contains(point.as_str()))
        .collect();
    assert!(unused.is_empty(), "no test dies at {unused:?}");
}

/// The Rust files below a folder; none where there is no such folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}
