use std::{io::Write as _, time::Duration};

use super::Outcome;

/// The value in the middle.
pub(super) fn median<T: Copy + PartialOrd>(values: &[T]) -> Option<T> {
    at(values, 50)
}

/// The value that so many of a hundred are below.
pub(super) fn at<T: Copy + PartialOrd>(values: &[T], percent: usize) -> Option<T> {
    let mut sorted = values.to_vec();
    sorted.sort_by(|one, other| one.partial_cmp(other).unwrap_or(core::cmp::Ordering::Equal));
    let place = (sorted.len() * percent / 100).min(sorted.len().checked_sub(1)?);
    sorted.get(place).copied()
}

/// How many per second.
pub(super) fn per_second(count: u64, time: Duration) -> f64 {
    float(count) / time.as_secs_f64()
}

/// A count for computing with; none comes near to where this is not exact.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(super) const fn float(count: u64) -> f64 {
    count as f64
}

/// The median of the quotients of what was measured in the same round.
pub(super) fn ratio(one: &[f64], other: &[f64]) -> String {
    let quotients: Vec<f64> = one
        .iter()
        .zip(other)
        .map(|(one, other)| one / other)
        .collect();
    median(&quotients).map_or_else(
        || "not measured".to_owned(),
        |quotient| format!("{quotient:.2}"),
    )
}

/// Prints a heading and rows of columns.
pub(super) fn print(title: &str, heads: &[&str], rows: &[Vec<String>]) -> Outcome {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{title}")?;
    let heads: Vec<String> = heads.iter().map(|&head| head.to_owned()).collect();
    for row in core::iter::once(&heads).chain(rows) {
        for (place, cell) in row.iter().enumerate() {
            if place == 0 {
                write!(out, "  {cell:<44}")?;
            } else {
                write!(out, "{cell:>17}")?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}
