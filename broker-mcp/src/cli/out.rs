//! Where answers go.

use core::fmt;
use std::io::{self, Write as _};

/// A line for whoever called. A reader that has gone away is no failure.
pub(super) fn say(line: impl fmt::Display) {
    let _gone = writeln!(io::stdout().lock(), "{line}");
}

/// A line for a person who looks at the terminal.
pub(super) fn tell(line: impl fmt::Display) {
    let _gone = writeln!(io::stderr().lock(), "{line}");
}

/// What went wrong.
pub(super) fn complain(what: &impl fmt::Display) {
    tell(format_args!("broker-mcp: {what}"));
}

/// A table with its columns under each other.
pub(super) fn table(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        say(cells.join("  ").trim_end());
    }
}
