//! The words of a request for bars.

use chrono::{DateTime, Days, Months, TimeDelta, Utc};

/// How long a bar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BarSize {
    /// Shorter than a day.
    Seconds(i64),
    Day,
    Week,
    Month,
}

/// TWS's words for bar sizes.
const SIZES: &[(&str, BarSize)] = &[
    ("1 secs", BarSize::Seconds(1)),
    ("5 secs", BarSize::Seconds(5)),
    ("10 secs", BarSize::Seconds(10)),
    ("15 secs", BarSize::Seconds(15)),
    ("30 secs", BarSize::Seconds(30)),
    ("1 min", BarSize::Seconds(60)),
    ("2 mins", BarSize::Seconds(120)),
    ("3 mins", BarSize::Seconds(180)),
    ("5 mins", BarSize::Seconds(300)),
    ("10 mins", BarSize::Seconds(600)),
    ("15 mins", BarSize::Seconds(900)),
    ("20 mins", BarSize::Seconds(1_200)),
    ("30 mins", BarSize::Seconds(1_800)),
    ("1 hour", BarSize::Seconds(3_600)),
    ("2 hours", BarSize::Seconds(7_200)),
    ("3 hours", BarSize::Seconds(10_800)),
    ("4 hours", BarSize::Seconds(14_400)),
    ("8 hours", BarSize::Seconds(28_800)),
    ("1 day", BarSize::Day),
    ("1 week", BarSize::Week),
    ("1W", BarSize::Week),
    ("1 month", BarSize::Month),
    ("1M", BarSize::Month),
];

impl BarSize {
    /// # Errors
    /// TWS's words about a size that there is not.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let known = SIZES.iter().find(|(word, _)| *word == text.trim());
        known.map(|(_, size)| *size).ok_or_else(|| {
            let legal: Vec<&str> = SIZES.iter().map(|(word, _)| *word).collect();
            format!(
                "Historical data bar size setting is invalid. Legal ones are: {}",
                legal.join(", ")
            )
        })
    }

    /// The longest time that bars of this size are given for at once.
    pub(super) const fn longest(self) -> TimeDelta {
        match self {
            Self::Seconds(..5) => TimeDelta::seconds(2_000),
            Self::Seconds(..10) => TimeDelta::seconds(10_000),
            Self::Seconds(..30) => TimeDelta::seconds(28_800),
            Self::Seconds(..60) => TimeDelta::days(1),
            Self::Seconds(..180) => TimeDelta::days(31),
            Self::Seconds(_) => TimeDelta::days(366),
            Self::Day | Self::Week | Self::Month => TimeDelta::days(366 * 100),
        }
    }

    pub(super) const fn seconds(self) -> Option<i64> {
        match self {
            Self::Seconds(seconds) => Some(seconds),
            Self::Day | Self::Week | Self::Month => None,
        }
    }
}

/// How far back a request reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duration {
    Seconds(u32),
    /// Trading days, the one under way included.
    Days(u32),
    Weeks(u32),
    Months(u32),
    Years(u32),
}

impl Duration {
    /// Reads `3600 S`, `1 D`, `2 W`, `1 M` or `1 Y`.
    ///
    /// # Errors
    /// TWS's words about one that there is not.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        const WRONG: &str = "Historical data query duration is invalid. It must be an integer followed by a unit: S, D, W, M or Y";
        let (number, unit) = text.trim().split_once(' ').ok_or(WRONG)?;
        let number: u32 = number
            .parse()
            .ok()
            .filter(|number| *number > 0)
            .ok_or(WRONG)?;
        match unit.trim() {
            "S" if number > 86_400 => Err(
                "Historical data requests for durations longer than 86400 seconds must be made in days.",
            ),
            "D" if number > 365 => Err(
                "Historical data requests for durations longer than 365 days must be made in years.",
            ),
            "W" if number > 52 => Err(
                "Historical data requests for durations longer than 52 weeks must be made in years.",
            ),
            "M" if number > 12 => Err(
                "Historical data requests for durations longer than 12 months must be made in years.",
            ),
            "Y" if number > 99 => Err(WRONG),
            "S" => Ok(Self::Seconds(number)),
            "D" => Ok(Self::Days(number)),
            "W" => Ok(Self::Weeks(number)),
            "M" => Ok(Self::Months(number)),
            "Y" => Ok(Self::Years(number)),
            _ => Err(WRONG),
        }
    }

    /// About how long it is, for limits.
    pub(super) fn length(self) -> TimeDelta {
        match self {
            Self::Seconds(number) => TimeDelta::seconds(i64::from(number)),
            Self::Days(number) => TimeDelta::days(i64::from(number)),
            Self::Weeks(number) => TimeDelta::weeks(i64::from(number)),
            Self::Months(number) => TimeDelta::days(31 * i64::from(number)),
            Self::Years(number) => TimeDelta::days(366 * i64::from(number)),
        }
    }

    /// Where it begins when it ends at an instant; trading days are counted elsewhere.
    pub(super) fn before(self, end: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Seconds(number) => end.checked_sub_signed(TimeDelta::seconds(i64::from(number))),
            Self::Days(number) => end.checked_sub_days(Days::new(u64::from(number))),
            Self::Weeks(number) => end.checked_sub_days(Days::new(7 * u64::from(number))),
            Self::Months(number) => end.checked_sub_months(Months::new(number)),
            Self::Years(number) => end.checked_sub_months(Months::new(12 * number)),
        }
    }
}

/// What bars and ticks are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Show {
    Trades,
    Midpoint,
    Bid,
    Ask,
    BidAsk,
    AdjustedLast,
    HistoricalVolatility,
    ImpliedVolatility,
    Schedule,
    /// Something that TWS has and the exchange has not.
    Unrecorded,
}

impl Show {
    /// `None` for a word that TWS does not know either.
    pub(super) fn read(word: &str) -> Option<Self> {
        Some(match word.trim() {
            "TRADES" | "AGGTRADES" => Self::Trades,
            "MIDPOINT" => Self::Midpoint,
            "BID" => Self::Bid,
            "ASK" => Self::Ask,
            "BID_ASK" => Self::BidAsk,
            "ADJUSTED_LAST" => Self::AdjustedLast,
            "HISTORICAL_VOLATILITY" => Self::HistoricalVolatility,
            "OPTION_IMPLIED_VOLATILITY" => Self::ImpliedVolatility,
            "SCHEDULE" => Self::Schedule,
            "FEE_RATE" | "REBATE_RATE" | "YIELD_BID" | "YIELD_ASK" | "YIELD_BID_ASK"
            | "YIELD_LAST" => Self::Unrecorded,
            _ => return None,
        })
    }

    /// Whether trades make it.
    pub(super) const fn is_trades(self) -> bool {
        matches!(self, Self::Trades | Self::AdjustedLast)
    }
}
