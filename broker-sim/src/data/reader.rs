//! The rows of a data file into series, with every refusal pinned to its line and column.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use csv::{ReaderBuilder, StringRecord};
use rust_decimal::Decimal;

use super::cell;
use super::error::{DataError, DataErrorKind, Fault};
use super::header::{self, Plan};
use super::order::{check_follows, check_not_before};
use super::record::{Bar, BarTime, Tick, TickKind, check_quote};
use super::row::{Row, Source, text_of};
use super::series::{Observations, RecordedSeries};

/// What the caller knows about a file that the file does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// The symbol of a file of daily bars; `None` for files that name their symbols.
    pub symbol: Option<String>,
}

impl ReadOptions {
    /// Options for a file that names its symbols.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Options for a file of the daily bars of one symbol.
    #[must_use]
    pub fn of_symbol(symbol: impl Into<String>) -> Self {
        Self {
            symbol: Some(symbol.into()),
        }
    }
}

/// Reads the series of a file whose whole content is at hand.
pub(super) fn read(
    file: &str,
    bytes: &[u8],
    options: &ReadOptions,
) -> Result<BTreeMap<Arc<str>, RecordedSeries>, DataError> {
    let source = Source {
        file,
        text: text_of(file, bytes)?,
    };
    let mut rows = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .from_reader(source.text.as_bytes());
    let mut record = StringRecord::new();

    if !source.next(&mut rows, &mut record)? {
        return Err(source.empty("a header row", 1));
    }
    let head = record.clone();
    let names: Vec<&str> = head.iter().map(str::trim).collect();
    let head_row = Row {
        source: &source,
        record: &head,
        names: &names,
    };
    let plan = header::plan(&names, options.symbol.as_deref())
        .map_err(|(index, fault)| head_row.refuse(index, fault))?;

    let mut table = Table::new(&plan);
    let mut count = 0_u64;
    while source.next(&mut rows, &mut record)? {
        table.add(&Row {
            source: &source,
            record: &record,
            names: &names,
        })?;
        count += 1;
    }
    if count == 0 {
        return Err(source.empty("at least one row below the header", head_row.line()));
    }
    Ok(table.series())
}

/// The series read so far.
struct Table<'a> {
    plan: &'a Plan,
    /// Series in the order of their first row (of their column, in wide files).
    series: Vec<RecordedSeries>,
    places: BTreeMap<Arc<str>, usize>,
    /// The date of the last row of a wide file, where a row may have no price.
    last: Option<BarTime>,
}

impl<'a> Table<'a> {
    fn new(plan: &'a Plan) -> Self {
        let mut table = Self {
            plan,
            series: Vec::new(),
            places: BTreeMap::new(),
            last: None,
        };
        match plan {
            Plan::DailyBars { symbol, .. } => {
                table.place(symbol, Observations::Bars(Vec::new()));
            }
            Plan::WideCloses { symbols } => {
                for symbol in symbols {
                    table.place(symbol, Observations::Bars(Vec::new()));
                }
            }
            Plan::LongBars { .. } | Plan::Trades { .. } | Plan::Quotes { .. } => {}
        }
        table
    }

    fn add(&mut self, row: &Row<'_>) -> Result<(), DataError> {
        row.check_length()?;
        match self.plan {
            Plan::DailyBars { symbol, bar } => {
                let at = BarTime::Date(row.parse(0, cell::date)?);
                self.push_bar(row, symbol, row.bar(at, *bar)?)
            }
            Plan::WideCloses { symbols } => self.add_closes(row, symbols),
            Plan::LongBars { symbol, bar } => {
                let at = row.parse(0, cell::date_or_timestamp)?;
                let symbol = row.parse(*symbol, cell::symbol)?;
                self.push_bar(row, symbol, row.bar(at, *bar)?)
            }
            Plan::Trades {
                symbol,
                price,
                size,
            } => {
                let at = row.parse(0, cell::timestamp)?;
                let symbol = row.parse(*symbol, cell::symbol)?;
                let price = row.parse(*price, cell::price)?;
                let size = row.parse(*size, cell::volume)?;
                self.push_tick(row, symbol, at, TickKind::Trade { price, size })
            }
            Plan::Quotes {
                symbol,
                bid,
                ask,
                bid_size,
                ask_size,
            } => {
                let at = row.parse(0, cell::timestamp)?;
                let symbol = row.parse(*symbol, cell::symbol)?;
                let bid = row.parse(*bid, cell::price)?;
                let ask_price: Decimal = row.parse(*ask, cell::price)?;
                check_quote(bid, ask_price).map_err(|fault| row.refuse(Some(*ask), fault))?;
                let bid_size = row.parse_optional(*bid_size, cell::volume)?;
                let ask_size = row.parse_optional(*ask_size, cell::volume)?;
                self.push_tick(
                    row,
                    symbol,
                    at,
                    TickKind::Quote {
                        bid,
                        ask: ask_price,
                        bid_size,
                        ask_size,
                    },
                )
            }
        }
    }

    fn add_closes(&mut self, row: &Row<'_>, symbols: &[Arc<str>]) -> Result<(), DataError> {
        let at = BarTime::Date(row.parse(0, cell::date)?);
        check_follows(self.last, at).map_err(|fault| row.refuse(Some(0), fault))?;
        self.last = Some(at);
        // A row cut short is an accident; a price that does not exist is an empty cell.
        if row.record.len() < row.names.len() {
            let fault = Fault::new(DataErrorKind::MissingColumn, "a cell, if empty, per symbol");
            return Err(row.refuse(Some(row.record.len()), fault));
        }
        for (index, series) in (1..=symbols.len()).zip(self.series.iter_mut()) {
            if let Some(close) = row.parse_optional(Some(index), cell::price)?
                && let Observations::Bars(bars) = series.observations_mut()
            {
                bars.push(Bar::of_checked(at, None, close, None));
            }
        }
        Ok(())
    }

    fn place(&mut self, symbol: &str, new: Observations) -> usize {
        if let Some(place) = self.places.get(symbol) {
            return *place;
        }
        let symbol: Arc<str> = Arc::from(symbol);
        let place = self.series.len();
        self.series
            .push(RecordedSeries::of_checked(Arc::clone(&symbol), new));
        self.places.insert(symbol, place);
        place
    }

    fn push_bar(&mut self, row: &Row<'_>, symbol: &str, bar: Bar) -> Result<(), DataError> {
        let place = self.place(symbol, Observations::Bars(Vec::new()));
        if let Some(Observations::Bars(bars)) = self
            .series
            .get_mut(place)
            .map(RecordedSeries::observations_mut)
        {
            check_follows(bars.last().map(Bar::at), bar.at())
                .map_err(|fault| row.refuse(Some(0), fault))?;
            bars.push(bar);
        }
        Ok(())
    }

    fn push_tick(
        &mut self,
        row: &Row<'_>,
        symbol: &str,
        at: DateTime<Utc>,
        kind: TickKind,
    ) -> Result<(), DataError> {
        let place = self.place(symbol, Observations::Ticks(Vec::new()));
        if let Some(Observations::Ticks(ticks)) = self
            .series
            .get_mut(place)
            .map(RecordedSeries::observations_mut)
        {
            check_not_before(ticks.last().map(Tick::at), at)
                .map_err(|fault| row.refuse(Some(0), fault))?;
            ticks.push(Tick::of_checked(at, kind));
        }
        Ok(())
    }

    fn series(self) -> BTreeMap<Arc<str>, RecordedSeries> {
        self.series
            .into_iter()
            .map(|series| (Arc::clone(series.symbol()), series))
            .collect()
    }
}
