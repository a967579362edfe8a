//! One recorded observation: a bar, a trade or a quote, checked when it is made.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::error::{DataError, DataErrorKind, Fault};

/// The highest price accepted, 10^9: price times volume then always fits a `Decimal`.
pub const MAX_PRICE: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// The highest volume or size accepted, 10^15 units.
pub const MAX_VOLUME: Decimal = Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0);

/// The most decimal places accepted in a price, a volume or a size.
pub(super) const MAX_SCALE: u32 = 18;

/// Which time a bar covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BarTime {
    /// The regular session of an exchange trading date.
    Date(NaiveDate),
    /// A stretch of time that starts at this instant.
    Start(DateTime<Utc>),
}

impl BarTime {
    /// The trading date, or the UTC date of the start.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        match self {
            Self::Date(date) => date,
            Self::Start(start) => start.date_naive(),
        }
    }
}

/// The prices of a bar besides its close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenHighLow {
    /// The first price.
    pub open: Decimal,
    /// The highest price.
    pub high: Decimal,
    /// The lowest price.
    pub low: Decimal,
}

/// A recorded bar, possibly of a close only.
///
/// Prices are above 0 and at most [`MAX_PRICE`], open and close lie within low and high, and the
/// volume is 0 to [`MAX_VOLUME`]; a bar that breaks this cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    at: BarTime,
    open_high_low: Option<OpenHighLow>,
    close: Decimal,
    volume: Option<Decimal>,
}

impl Bar {
    /// A bar with all four prices.
    ///
    /// ```
    /// use broker_sim::data::{Bar, BarTime, OpenHighLow};
    /// use chrono::NaiveDate;
    /// use rust_decimal::Decimal;
    ///
    /// let date = NaiveDate::from_ymd_opt(2024, 1, 2).ok_or("no such date")?;
    /// let prices =
    ///     OpenHighLow { open: Decimal::new(1850, 1), high: Decimal::from(186), low: Decimal::from(184) };
    /// let bar = Bar::new(BarTime::Date(date), prices, Decimal::new(1855, 1), None)?;
    /// assert_eq!(bar.close().to_string(), "185.5");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `NotPositive`, `TooLarge` or `BadNumber` for a number outside its range, `HighBelowLow`
    /// and `InconsistentBar` for prices that contradict each other, `BadDate` for a year outside
    /// 1900 to 2200.
    pub fn new(
        at: BarTime,
        prices: OpenHighLow,
        close: Decimal,
        volume: Option<Decimal>,
    ) -> Result<Self, DataError> {
        Self::checked(at, Some(prices), close, volume).map_err(in_memory)
    }

    /// A bar of which only the close is known.
    ///
    /// # Errors
    /// `NotPositive`, `TooLarge`, `BadNumber` or `BadDate`, as for [`Bar::new`].
    pub fn of_close(at: BarTime, close: Decimal) -> Result<Self, DataError> {
        Self::checked(at, None, close, None).map_err(in_memory)
    }

    fn checked(
        at: BarTime,
        open_high_low: Option<OpenHighLow>,
        close: Decimal,
        volume: Option<Decimal>,
    ) -> Result<Self, Fault> {
        check_year(at.date())?;
        check_price(close)?;
        if let Some(volume) = volume {
            check_volume(volume)?;
        }
        if let Some(prices) = open_high_low {
            for price in [prices.open, prices.high, prices.low] {
                check_price(price)?;
            }
            check_shape(prices, close).map_err(|(_, fault)| fault)?;
        }
        Ok(Self {
            at,
            open_high_low,
            close,
            volume,
        })
    }

    /// A bar whose numbers the reader has checked cell by cell.
    pub(super) fn of_checked(
        at: BarTime,
        open_high_low: Option<OpenHighLow>,
        close: Decimal,
        volume: Option<Decimal>,
    ) -> Self {
        Self {
            at,
            open_high_low,
            close,
            volume,
        }
    }

    /// The time the bar covers.
    #[must_use]
    pub fn at(&self) -> BarTime {
        self.at
    }

    /// Open, high and low; `None` for a bar of which only the close is known.
    #[must_use]
    pub fn open_high_low(&self) -> Option<OpenHighLow> {
        self.open_high_low
    }

    /// The last price, exactly as recorded.
    #[must_use]
    pub fn close(&self) -> Decimal {
        self.close
    }

    /// The volume in units of the instrument (shares, contracts); `None` when not recorded.
    #[must_use]
    pub fn volume(&self) -> Option<Decimal> {
        self.volume
    }
}

/// What a tick reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TickKind {
    /// A trade.
    Trade {
        /// The price of the trade.
        price: Decimal,
        /// The quantity traded, 0 or more.
        size: Decimal,
    },
    /// The best bid and ask.
    Quote {
        /// The best bid.
        bid: Decimal,
        /// The best ask, not below the bid.
        ask: Decimal,
        /// The quantity bid, when recorded.
        bid_size: Option<Decimal>,
        /// The quantity offered, when recorded.
        ask_size: Option<Decimal>,
    },
}

/// A recorded trade or quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    at: DateTime<Utc>,
    kind: TickKind,
}

impl Tick {
    /// A trade or a quote at an instant.
    ///
    /// # Errors
    /// `NotPositive`, `TooLarge` or `BadNumber` for a number outside its range, `CrossedQuote`
    /// for an ask below its bid, `BadDate` for a year outside 1900 to 2200.
    pub fn new(at: DateTime<Utc>, kind: TickKind) -> Result<Self, DataError> {
        let check = || -> Result<(), Fault> {
            check_year(at.date_naive())?;
            match kind {
                TickKind::Trade { price, size } => {
                    check_price(price)?;
                    check_volume(size)
                }
                TickKind::Quote {
                    bid,
                    ask,
                    bid_size,
                    ask_size,
                } => {
                    check_price(bid)?;
                    check_price(ask)?;
                    for size in [bid_size, ask_size].into_iter().flatten() {
                        check_volume(size)?;
                    }
                    check_quote(bid, ask)
                }
            }
        };
        check().map_err(in_memory)?;
        Ok(Self { at, kind })
    }

    /// A tick whose numbers the reader has checked cell by cell.
    pub(super) fn of_checked(at: DateTime<Utc>, kind: TickKind) -> Self {
        Self { at, kind }
    }

    /// The instant of the trade or quote.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// The trade or the quote.
    #[must_use]
    pub fn kind(&self) -> TickKind {
        self.kind
    }
}

fn in_memory(fault: Fault) -> DataError {
    DataError::new("(memory)", fault)
}

fn check_scale(value: Decimal) -> Result<(), Fault> {
    if value.scale() > MAX_SCALE {
        return Err(Fault::new(
            DataErrorKind::BadNumber,
            "at most 18 decimal places",
        ));
    }
    Ok(())
}

pub(super) fn check_price(price: Decimal) -> Result<(), Fault> {
    if price <= Decimal::ZERO {
        return Err(Fault::new(DataErrorKind::NotPositive, "a price above 0"));
    }
    if price > MAX_PRICE {
        return Err(Fault::new(
            DataErrorKind::TooLarge,
            "a price of at most 1000000000",
        ));
    }
    check_scale(price)
}

pub(super) fn check_volume(volume: Decimal) -> Result<(), Fault> {
    if volume < Decimal::ZERO {
        return Err(Fault::new(
            DataErrorKind::NotPositive,
            "a volume of 0 or more",
        ));
    }
    if volume > MAX_VOLUME {
        return Err(Fault::new(
            DataErrorKind::TooLarge,
            "a volume of at most 1000000000000000",
        ));
    }
    check_scale(volume)
}

pub(super) fn check_year(date: NaiveDate) -> Result<(), Fault> {
    use chrono::Datelike;
    if (1900..=2200).contains(&date.year()) {
        return Ok(());
    }
    Err(Fault::new(
        DataErrorKind::BadDate,
        "a year from 1900 to 2200",
    ))
}

/// Which price of a bar is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BarField {
    Open,
    High,
    Close,
}

pub(super) fn check_shape(prices: OpenHighLow, close: Decimal) -> Result<(), (BarField, Fault)> {
    let OpenHighLow { open, high, low } = prices;
    if high < low {
        let fault = Fault::new(
            DataErrorKind::HighBelowLow,
            format!("a high not below {low}"),
        );
        return Err((BarField::High, fault));
    }
    for (field, price) in [(BarField::Open, open), (BarField::Close, close)] {
        if price < low || price > high {
            let expected = format!("a price from the low {low} to the high {high}");
            return Err((field, Fault::new(DataErrorKind::InconsistentBar, expected)));
        }
    }
    Ok(())
}

pub(super) fn check_quote(bid: Decimal, ask: Decimal) -> Result<(), Fault> {
    if ask < bid {
        let expected = format!("an ask not below the bid {bid}");
        return Err(Fault::new(DataErrorKind::CrossedQuote, expected));
    }
    Ok(())
}
