//! Whether the list of what is compared is true.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use super::player::VECTORS;

/// The numbers of a cell: `1 to 3, 7`.
fn numbers(cell: &str) -> Vec<u64> {
    let mut all = Vec::new();
    for part in cell.split(',') {
        let bounds: Vec<u64> = part
            .split(" to ")
            .map(|number| number.trim().parse().unwrap())
            .collect();
        all.extend(bounds[0]..=*bounds.last().unwrap());
    }
    all
}

/// Rows of the table whose heading begins with a word: the first cell, and the files of the last.
fn table<'a>(list: &'a str, heading: &str) -> Vec<(Vec<u64>, Vec<&'a str>)> {
    let mut lines = list.lines().skip_while(|line| !line.starts_with(heading));
    assert!(lines.next().is_some(), "no table {heading}");
    let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let files = cells.last().unwrap().split('`').skip(1).step_by(2);
        (numbers(cells[0]), files.collect())
    })
    .collect()
}

#[test]
fn the_list_names_every_vector_and_every_test_names_its_own() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = fs::read_to_string(folder.join("tests/vectors/README.md")).unwrap();
    let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    let known = |number: u64| vectors.iter().find(|vector| vector["number"] == number);
    let mut named = BTreeSet::new();
    for (numbers, files) in table(&list, "| Compared |") {
        for file in &files {
            let text = fs::read_to_string(folder.join(file)).unwrap();
            let words: BTreeSet<&str> = text
                .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
                .collect();
            for number in &numbers {
                let vector = known(*number).unwrap_or_else(|| panic!("there is no {number}"));
                let name = vector["name"].as_str().unwrap();
                let told = words.contains(number.to_string().as_str()) || words.contains(name);
                assert!(told, "{file} says nothing of {number}, {name}");
            }
        }
        assert!(!files.is_empty(), "{numbers:?} are compared nowhere");
        named.extend(numbers);
    }
    for (numbers, _) in table(&list, "| Not compared |") {
        for number in numbers {
            assert!(known(number).is_some(), "there is no {number}");
            assert!(named.insert(number), "{number} is in both tables");
        }
    }
    let all: BTreeSet<u64> = vectors
        .iter()
        .map(|vector| vector["number"].as_u64().unwrap())
        .collect();
    assert_eq!(named, all);
}
