use chrono::{DateTime, NaiveDate, Utc};

/// What kind of trading happens in a session (FIX 625, `TradingSessionSubID`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SessionKind {
    /// Continuous trading before the regular session.
    PreMarket,
    /// A call phase that collects orders and uncrosses into the opening price at its end.
    OpeningAuction,
    /// The main continuous session.
    Regular,
    /// A call phase that collects orders and uncrosses into the closing price at its end.
    ClosingAuction,
    /// Continuous trading after the regular session.
    PostMarket,
    /// Continuous trading in the night before the trade date.
    Overnight,
}

impl SessionKind {
    /// True for the main session, the only one a plain day order trades in continuously.
    #[must_use]
    pub const fn is_regular(self) -> bool {
        matches!(self, Self::Regular)
    }

    /// True for a call phase: orders are collected and nothing trades before it ends.
    #[must_use]
    pub const fn is_auction(self) -> bool {
        matches!(self, Self::OpeningAuction | Self::ClosingAuction)
    }
}

/// One session of one trading date, from `open` inclusive to `close` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionWindow {
    /// What happens in the window.
    pub kind: SessionKind,
    /// The first instant of the window, in UTC.
    pub open: DateTime<Utc>,
    /// The first instant after the window, in UTC; always later than `open`.
    pub close: DateTime<Utc>,
}

impl SessionWindow {
    /// True when the instant lies in the window, its close excluded.
    #[must_use]
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        self.open <= instant && instant < self.close
    }
}

/// Everything that trades under one trade date (FIX 75).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradingDate {
    /// The trade date. Its first window may open on an earlier calendar day (futures, forex).
    pub date: NaiveDate,
    /// The sessions, sorted and disjoint; never empty.
    pub windows: Vec<SessionWindow>,
    /// True when the exchange closes earlier than on a normal day.
    pub early_close: bool,
    /// When the opening auction uncrosses, in UTC; `None` where the market has no opening auction.
    pub opening_cross: Option<DateTime<Utc>>,
    /// When the closing auction uncrosses, in UTC; `None` where the market has no closing auction.
    pub closing_cross: Option<DateTime<Utc>>,
}

impl TradingDate {
    /// When the first regular session of the date opens, in UTC.
    #[must_use]
    pub fn regular_open(&self) -> Option<DateTime<Utc>> {
        self.windows
            .iter()
            .find(|window| window.kind.is_regular())
            .map(|window| window.open)
    }

    /// When the last regular session of the date closes, in UTC. A lunch break is not a close.
    #[must_use]
    pub fn regular_close(&self) -> Option<DateTime<Utc>> {
        self.windows
            .iter()
            .rfind(|window| window.kind.is_regular())
            .map(|window| window.close)
    }

    /// When the last session of any kind closes, in UTC: the date is over.
    #[must_use]
    pub fn close(&self) -> Option<DateTime<Utc>> {
        self.windows.last().map(|window| window.close)
    }
}

/// Whether a calendar date is a trade date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DayKind {
    /// A full trading day.
    Open,
    /// A trading day that ends early.
    EarlyClose,
    /// Not a trade date, for the named reason.
    Holiday(&'static str),
    /// Not a trade date: the market's weekly day of rest.
    Weekend,
}

impl DayKind {
    /// True for a trade date, shortened or not.
    #[must_use]
    pub const fn is_trading(self) -> bool {
        matches!(self, Self::Open | Self::EarlyClose)
    }
}

/// What the market is doing at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// This session is under way.
    Open(SessionWindow),
    /// No session is under way.
    Closed,
    /// The instant lies outside the calendar's covered years; do not trade on a guess.
    Unknown,
}

impl Phase {
    /// The kind of session under way, if any.
    #[must_use]
    pub const fn kind(&self) -> Option<SessionKind> {
        match self {
            Self::Open(window) => Some(window.kind),
            Self::Closed | Self::Unknown => None,
        }
    }

    /// True while the regular session is under way.
    #[must_use]
    pub const fn is_regular(&self) -> bool {
        matches!(
            self,
            Self::Open(SessionWindow {
                kind: SessionKind::Regular,
                ..
            })
        )
    }
}

/// Which auction uncrosses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Auction {
    /// The auction that sets the opening price.
    Opening,
    /// The auction that sets the closing price.
    Closing,
}

/// What changes at a session boundary.
///
/// Sessions that touch (pre-market and regular at 09:30) share one transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// The phase just before the instant.
    pub from: Phase,
    /// The phase from the instant on.
    pub to: Phase,
    /// The auction that uncrosses at the instant, before anything else trades.
    pub auction: Option<Auction>,
}
