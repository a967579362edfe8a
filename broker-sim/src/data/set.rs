//! A named collection of recorded series.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::RangeBounds;
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;

use super::error::{DataError, DataErrorKind, Fault};
use super::path::IntradayPath;
use super::reader::{self, ReadOptions};
use super::record::Bar;
use super::replay::{Days, Replay, Store};
use super::series::RecordedSeries;

const EQUITIES: &str = include_str!("../../data/us_equities_daily_close.csv");
const INDEX: &str = include_str!("../../data/sp500_index_daily_ohlcv.csv");

const SHIPPED_ATTRIBUTION: &str = "\
Adjusted daily closes of 20 US large caps, 2018-01-02 to 2022-12-28: Python package skfolio 1.12.2 \
(BSD-3-Clause), load_sp500_dataset. S&P 500 index, daily open, high, low, close and volume, 2014 to \
2018: Python package arch 8.0.0 (NCSA), arch.data.sp500.";

/// A named collection of recorded series, at most one per symbol.
///
/// # Files
/// The header of a CSV file says what it has. Column names are compared without regard to case. The
/// first column is the time; the others may stand in any order. Columns in brackets may be left
/// out.
///
/// | layout | header | one row is |
/// |---|---|---|
/// | daily bars | `date,open,high,low,close[,volume]` | a trading date of the one symbol the caller names |
/// | wide closes | `date,SYM1,SYM2,…` | the closes of a trading date; an empty cell is no price |
/// | long bars | `timestamp,symbol,open,high,low,close[,volume]` | a bar; the timestamp is its start, or a trading date |
/// | trades | `timestamp,symbol,price,size` | a trade |
/// | quotes | `timestamp,symbol,bid,ask[,bid_size,ask_size]` | a best bid and ask |
///
/// A `date` header is daily bars when the caller names a symbol or there is a column `high` or
/// `close`, and wide closes otherwise. Dates are exchange trading dates as `yyyy-mm-dd`;
/// timestamps are RFC 3339 with a zone.
///
/// Lines that start with `#` and empty lines are skipped; a byte order mark, CRLF and quoted cells
/// are accepted. Numbers are plain decimal digits and are kept exactly as written. Each symbol's
/// rows go forward in time.
///
/// # Examples
/// ```
/// use broker_sim::data::{DataSet, ReadOptions};
///
/// let text = "timestamp,symbol,price,size\n2024-01-02T14:30:00Z,AAPL,187.15,100\n";
/// let data = DataSet::from_reader("trades", text.as_bytes(), &ReadOptions::new())?;
/// assert_eq!(data.symbols().collect::<Vec<_>>(), ["AAPL"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSet {
    name: String,
    attribution: Option<String>,
    series: BTreeMap<Arc<str>, RecordedSeries>,
}

impl DataSet {
    /// An empty collection.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            attribution: None,
            series: BTreeMap::new(),
        }
    }

    /// The data that comes with this crate: closes of 20 US large caps from 2018 to 2022, and
    /// bars of the S&P 500 index from 2014 to 2018 under the symbol `SPX`.
    ///
    /// ```
    /// use broker_sim::data::DataSet;
    ///
    /// let data = DataSet::shipped()?;
    /// let closes = data.series("AAPL").ok_or("no AAPL")?.bars();
    /// assert_eq!(closes.first().map(|bar| bar.close().to_string()).as_deref(), Some("40.832"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// None in a released version: the files are compiled in and a test reads them. The type
    /// keeps the library free of panics.
    pub fn shipped() -> Result<Self, DataError> {
        let index = ReadOptions::of_symbol("SPX");
        let data = Self::from_bytes(
            "us_equities_daily_close.csv",
            EQUITIES.as_bytes(),
            &ReadOptions::new(),
        )?
        .join(Self::from_bytes(
            "sp500_index_daily_ohlcv.csv",
            INDEX.as_bytes(),
            &index,
        )?)?;
        Ok(Self {
            name: "shipped".to_owned(),
            ..data
        }
        .with_attribution(SHIPPED_ATTRIBUTION))
    }

    /// Reads a file in one of the layouts described at [`DataSet`]; the collection has the path
    /// as its name.
    ///
    /// # Errors
    /// `Io` when the file cannot be read, any other kind for the content.
    pub fn from_path(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self, DataError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| DataError::io(&name, error))?;
        Self::from_bytes(&name, &bytes, options)
    }

    /// Reads from a stream to its end, as [`DataSet::from_path`] does from a file.
    ///
    /// # Errors
    /// `Io` when the stream fails, any other kind for the content.
    pub fn from_reader(
        name: &str,
        mut stream: impl Read,
        options: &ReadOptions,
    ) -> Result<Self, DataError> {
        let mut bytes = Vec::new();
        stream
            .read_to_end(&mut bytes)
            .map_err(|error| DataError::io(name, error))?;
        Self::from_bytes(name, &bytes, options)
    }

    fn from_bytes(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<Self, DataError> {
        let series = reader::read(name, bytes, options)?;
        Ok(Self {
            name: name.to_owned(),
            attribution: None,
            series,
        })
    }

    /// The same collection with a text that credits its origin.
    #[must_use]
    pub fn with_attribution(self, text: impl Into<String>) -> Self {
        Self {
            attribution: Some(text.into()),
            ..self
        }
    }

    /// Adds a series.
    ///
    /// # Errors
    /// `Duplicate` when the symbol is there already.
    pub fn insert(&mut self, series: RecordedSeries) -> Result<(), DataError> {
        if self.series.contains_key(series.symbol()) {
            let fault = Fault::new(DataErrorKind::Duplicate, "each symbol in one source only");
            return Err(DataError::new(&self.name, fault).with_text(series.symbol()));
        }
        self.series.insert(Arc::clone(series.symbol()), series);
        Ok(())
    }

    /// Both collections in one, under the name of the first and the credits of both.
    ///
    /// # Errors
    /// `Duplicate` when both have a symbol.
    pub fn join(mut self, other: Self) -> Result<Self, DataError> {
        for series in other.series.into_values() {
            self.insert(series)?;
        }
        self.attribution = match (self.attribution, other.attribution) {
            (Some(first), Some(second)) => Some(format!("{first}\n{second}")),
            (first, second) => first.or(second),
        };
        Ok(self)
    }

    /// The name: the path of a file, or what the caller chose.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text that credits the origin of the data, when one is known.
    #[must_use]
    pub fn attribution(&self) -> Option<&str> {
        self.attribution.as_deref()
    }

    /// The symbols in alphabetical order.
    pub fn symbols(&self) -> impl Iterator<Item = &str> {
        self.series.keys().map(AsRef::as_ref)
    }

    /// The series of a symbol, whose case matters.
    #[must_use]
    pub fn series(&self, symbol: &str) -> Option<&RecordedSeries> {
        self.series.get(symbol)
    }

    /// All series in the order of their symbols.
    pub fn all_series(&self) -> impl Iterator<Item = &RecordedSeries> {
        self.series.values()
    }

    /// The bars of a symbol whose date is in a range; `None` when the symbol is not here.
    #[must_use]
    pub fn bars(&self, symbol: &str, dates: impl RangeBounds<NaiveDate>) -> Option<&[Bar]> {
        self.series(symbol).map(|series| series.bars_in(dates))
    }

    /// The earliest date of any series.
    #[must_use]
    pub fn first_date(&self) -> Option<NaiveDate> {
        self.series
            .values()
            .filter_map(RecordedSeries::first_date)
            .min()
    }

    /// The latest date of any series.
    #[must_use]
    pub fn last_date(&self) -> Option<NaiveDate> {
        self.series
            .values()
            .filter_map(RecordedSeries::last_date)
            .max()
    }

    /// What was recorded, date by date across the symbols.
    #[must_use]
    pub fn days(&self) -> Days<'_> {
        Days::new(self.series.values())
    }

    /// All price points of all symbols in the order of time.
    #[must_use]
    pub fn replay<'a>(&'a self, path: &'a IntradayPath) -> Replay<'a> {
        self.replay_from(path, NaiveDate::MIN)
    }

    /// The price points of a date and those after it, in the order of time: the same points that
    /// [`replay`](Self::replay) gives from there on.
    #[must_use]
    pub fn replay_from<'a>(&'a self, path: &'a IntradayPath, date: NaiveDate) -> Replay<'a> {
        Replay::new(self.days(), path, date)
    }

    /// What was recorded on a date and later, kept apart from the rest.
    pub(crate) fn store_from(&self, date: NaiveDate) -> Store {
        Store::new(self.series.values(), date)
    }
}
