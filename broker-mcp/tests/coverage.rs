//! `docs/coverage.md` names tests that exist, and says each thing once.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The names of all functions in the sources of the workspace.
fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            functions(&path, found);
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(&path).unwrap();
            for part in text.split("fn ").skip(1) {
                let end = part.find(|c: char| c != '_' && !c.is_ascii_alphanumeric());
                found.insert(part[..end.unwrap_or(part.len())].to_owned());
            }
        }
    }
}

#[test]
fn every_test_that_is_named_exists_and_every_item_is_there_once() {
    let text = fs::read_to_string(root().join("docs/coverage.md")).unwrap();
    let mut known = BTreeSet::new();
    functions(&root(), &mut known);
    let mut items = BTreeSet::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.split(" | ").collect();
        let item = cells[0].trim_start_matches("| ");
        if item == "Item" {
            continue;
        }
        assert!(items.insert(item.to_owned()), "{item} is there twice");
        let shown = cells.last().unwrap().trim_end_matches(" |");
        assert!(!shown.is_empty(), "{item} says nothing");
        for name in shown.split('`').skip(1).step_by(2) {
            let is_test = name.matches('_').count() >= 3 && !name.contains(['.', '/']);
            assert!(
                !is_test || known.contains(name),
                "{item}: there is no test {name}"
            );
        }
    }
    let count = |letter: char| items.iter().filter(|item| item.starts_with(letter)).count();
    assert_eq!(['A', 'B', 'C', 'D', 'E'].map(count), [53, 26, 25, 38, 44]);
}
