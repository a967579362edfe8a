//! The header row of a data file: which of the known layouts it is, and which column is what.

use std::sync::Arc;

use super::cell;
use super::error::{DataErrorKind, Fault};

/// Where the prices of a bar stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct BarColumns {
    pub(super) open: usize,
    pub(super) high: usize,
    pub(super) low: usize,
    pub(super) close: usize,
    pub(super) volume: Option<usize>,
}

/// Where everything stands; the time is always the first column.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    DailyBars {
        symbol: Arc<str>,
        bar: BarColumns,
    },
    WideCloses {
        symbols: Vec<Arc<str>>,
    },
    LongBars {
        symbol: usize,
        bar: BarColumns,
    },
    Trades {
        symbol: usize,
        price: usize,
        size: usize,
    },
    Quotes {
        symbol: usize,
        bid: usize,
        ask: usize,
        bid_size: Option<usize>,
        ask_size: Option<usize>,
    },
}

/// A fault of the header and the column it is about, when it is about one.
pub(super) type HeaderFault = (Option<usize>, Fault);

const TIMES: [&str; 2] = ["date", "timestamp"];
const BAR: [&str; 4] = ["open", "high", "low", "close"];

/// Finds the layout of trimmed column names.
pub(super) fn plan(names: &[&str], symbol: Option<&str>) -> Result<Plan, HeaderFault> {
    let lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    for (index, name) in lower.iter().enumerate() {
        if name.is_empty() {
            return Err((Some(index), fault("a column name")));
        }
        let first = lower.iter().position(|other| other == name);
        if let Some(first) = first.filter(|first| *first < index) {
            let expected = format!("each name once; it is column {} already", first + 1);
            return Err((Some(index), fault(expected)));
        }
    }
    let columns = Columns { lower: &lower };
    match lower.first().map(String::as_str) {
        Some("date") if symbol.is_some() || columns.any(&["high", "close"]) => {
            columns.known(&["date"], &BAR, &["volume"])?;
            let bar = columns.bar()?;
            let Some(symbol) = symbol else {
                let expected = "the symbol of the bars, given with the file";
                return Err((None, Fault::new(DataErrorKind::SymbolNeeded, expected)));
            };
            let symbol = cell::symbol(symbol).map_err(|fault| (None, fault))?;
            Ok(Plan::DailyBars {
                symbol: Arc::from(symbol),
                bar,
            })
        }
        Some("date") => wide(names),
        Some("timestamp") if symbol.is_some() => Err((
            None,
            fault("no symbol given for a file that has a column for it"),
        )),
        Some("timestamp") => columns.long(),
        Some(other) => Err((
            Some(0),
            fault(format!("`date` or `timestamp`{}", hint(other, &TIMES))),
        )),
        None => Err((None, fault("`date` or `timestamp` as the first column"))),
    }
}

fn wide(names: &[&str]) -> Result<Plan, HeaderFault> {
    let mut symbols = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate().skip(1) {
        symbols.push(Arc::from(
            cell::symbol(name).map_err(|fault| (Some(index), fault))?,
        ));
    }
    if symbols.is_empty() {
        return Err((None, fault("a column of closes per symbol after `date`")));
    }
    Ok(Plan::WideCloses { symbols })
}

fn fault(expected: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::new(DataErrorKind::Header, expected)
}

struct Columns<'a> {
    lower: &'a [String],
}

impl Columns<'_> {
    fn find(&self, name: &str) -> Option<usize> {
        self.lower.iter().position(|other| other == name)
    }

    fn any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.find(name).is_some())
    }

    fn need(&self, name: &str) -> Result<usize, HeaderFault> {
        self.find(name)
            .ok_or_else(|| (None, fault(format!("a column `{name}`"))))
    }

    fn bar(&self) -> Result<BarColumns, HeaderFault> {
        Ok(BarColumns {
            open: self.need("open")?,
            high: self.need("high")?,
            low: self.need("low")?,
            close: self.need("close")?,
            volume: self.find("volume"),
        })
    }

    fn long(&self) -> Result<Plan, HeaderFault> {
        let leading = ["timestamp", "symbol"];
        if self.any(&["bid", "ask"]) {
            self.known(&leading, &["bid", "ask"], &["bid_size", "ask_size"])?;
            return Ok(Plan::Quotes {
                symbol: self.need("symbol")?,
                bid: self.need("bid")?,
                ask: self.need("ask")?,
                bid_size: self.find("bid_size"),
                ask_size: self.find("ask_size"),
            });
        }
        if self.any(&["price", "size"]) {
            self.known(&leading, &["price", "size"], &[])?;
            return Ok(Plan::Trades {
                symbol: self.need("symbol")?,
                price: self.need("price")?,
                size: self.need("size")?,
            });
        }
        self.known(&leading, &BAR, &["volume"])?;
        Ok(Plan::LongBars {
            symbol: self.need("symbol")?,
            bar: self.bar()?,
        })
    }

    /// Refuses the first name that is in none of the lists.
    fn known(
        &self,
        leading: &[&str],
        required: &[&str],
        optional: &[&str],
    ) -> Result<(), HeaderFault> {
        let all: Vec<&str> = [leading, required, optional].concat();
        for (index, name) in self.lower.iter().enumerate() {
            if !all.contains(&name.as_str()) {
                let list = all.join(", ");
                let expected = format!("one of {list}{}", hint(name, &all));
                return Err((Some(index), fault(expected)));
            }
        }
        Ok(())
    }
}

/// A suggestion of the nearest name, when one is near.
fn hint(name: &str, known: &[&str]) -> String {
    known
        .iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= 2 && *distance < candidate.len())
        .map(|(_, candidate)| format!("; did you mean `{candidate}`?"))
        .unwrap_or_default()
}

/// The edit distance of two names.
fn distance(left: &str, right: &str) -> usize {
    // A header cell can be as long as the file; nothing that long is a misspelling.
    if left.len().abs_diff(right.len()) > 2 {
        return usize::MAX;
    }
    let mut above: Vec<usize> = (0..=right.chars().count()).collect();
    for (row, left) in left.chars().enumerate() {
        let mut current = vec![row + 1];
        let mut before = row + 1;
        for (right, pair) in right.chars().zip(above.windows(2)) {
            if let [diagonal, upper] = pair {
                let replaced = diagonal + usize::from(left != right);
                before = replaced.min(upper + 1).min(before + 1);
                current.push(before);
            }
        }
        above = current;
    }
    above.last().copied().unwrap_or(usize::MAX)
}
