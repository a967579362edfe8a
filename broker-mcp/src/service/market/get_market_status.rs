use broker_core::{
    ErrorKind, Reference,
    model::{Instrument, SessionKind, TradingDay, TradingSchedule},
};
use broker_runtime::registry::Seat;
use chrono::{DateTime, Days, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{get_contracts::SessionRow, home::Market};
use crate::{
    BrokerService, Call, Fault, FaultCode,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{
        Scope,
        reading::{Told, reference},
    },
    value::{InstrumentRef, Untrusted, word::words},
};

/// Whether a market is open, and when it opens and closes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetMarketStatus {
    /// `US`, `HK`, `SG`, `CN`, `AU`, `UK`, `EU` or an exchange code. Default US.
    #[serde(default)]
    pub market: Option<String>,
    /// Or the hours of an instrument.
    #[serde(default)]
    pub instrument: Option<InstrumentRef>,
    /// Account.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

words! {
    /// What a market does now.
    pub enum MarketWord {
        /// The regular session.
        Open = "open" | "trading",
        /// Before it.
        PreMarket = "pre_market",
        /// After it.
        PostMarket = "post_market",
        /// Between the trading days, and trading.
        Overnight = "overnight",
        /// An auction that opens or closes.
        Auction = "auction",
        /// Nothing.
        Closed = "closed",
    }
}

/// Whether a market is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct MarketStatus {
    /// Market or instrument.
    pub market: String,
    /// What it does now.
    pub status: MarketWord,
    /// The date at the exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trading_date: Option<NaiveDate>,
    /// Whether that date has a regular session.
    pub is_trading_day: bool,
    /// Its regular session ends early.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub early_close: bool,
    /// Untrusted: why it is closed or closes early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holiday: Option<Untrusted>,
    /// Its sessions.
    pub sessions: Vec<SessionRow>,
    /// Next beginning of a regular session, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_open: Option<DateTime<Utc>>,
    /// Next end of a regular session, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_close: Option<DateTime<Utc>>,
    /// The next date with a regular session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_trading_day: Option<NaiveDate>,
    /// Time zone of the exchange (IANA).
    pub time_zone: String,
}

impl MarketStatus {
    pub(super) fn at(market: String, schedule: &TradingSchedule, now: DateTime<Utc>) -> Self {
        let zone: Option<chrono_tz::Tz> = schedule.time_zone.parse().ok();
        let date = zone.map_or(now.date_naive(), |zone| {
            now.with_timezone(&zone).date_naive()
        });
        let today = schedule.days.iter().find(|day| day.date == date);
        let status = schedule
            .window_at(now)
            .map_or(MarketWord::Closed, |window| {
                match window.kind {
                    SessionKind::Regular => MarketWord::Open,
                    SessionKind::PreMarket => MarketWord::PreMarket,
                    SessionKind::PostMarket => MarketWord::PostMarket,
                    SessionKind::Overnight => MarketWord::Overnight,
                    // Auctions; and a part of the day that came later is not regular trading.
                    _ => MarketWord::Auction,
                }
            });
        let regular = |day: &TradingDay| {
            let mut windows = day.windows.iter();
            windows
                .find(|window| window.kind == SessionKind::Regular)
                .copied()
        };
        let windows = || schedule.days.iter().flat_map(|day| &day.windows);
        let regulars = || windows().filter(|window| window.kind == SessionKind::Regular);
        let rows = today.into_iter().flat_map(|day| &day.windows);
        let next_day = schedule
            .days
            .iter()
            .find(|day| day.date > date && regular(day).is_some());
        Self {
            market,
            status,
            trading_date: today.map(|day| day.date),
            is_trading_day: today.is_some_and(|day| regular(day).is_some()),
            early_close: today.is_some_and(|day| day.early_close),
            holiday: today
                .and_then(|day| day.holiday.as_deref())
                .map(Untrusted::name),
            sessions: rows
                .map(|window| SessionRow {
                    kind: window.kind.as_str().to_owned(),
                    open: window.open,
                    close: window.close,
                })
                .collect(),
            next_open: regulars()
                .map(|window| window.open)
                .find(|open| *open > now),
            next_close: regulars()
                .map(|window| window.close)
                .find(|close| *close > now),
            next_trading_day: next_day.map(|day| day.date),
            time_zone: Untrusted::line(&schedule.time_zone, 64),
        }
    }
}

/// Days to come that are asked for: ten, because holidays cluster, and fewer where the broker does not tell so
/// many. Interactive Brokers tells those of a week.
const AHEAD: [u64; 5] = [10, 6, 5, 3, 1];

/// The sessions from the exchange's own date on.
async fn coming(
    reference: &dyn Reference,
    instrument: &Instrument,
    now: DateTime<Utc>,
) -> Result<TradingSchedule, Fault> {
    let today = now.date_naive();
    let schedule = from(reference, instrument, today).await?;
    let zone: Option<chrono_tz::Tz> = schedule.time_zone.parse().ok();
    let there = zone.map_or(today, |zone| now.with_timezone(&zone).date_naive());
    // In the west it is still the day before.
    if there < today {
        return from(reference, instrument, there).await;
    }
    Ok(schedule)
}

/// The sessions from a date on, as far ahead as the broker tells them.
async fn from(
    reference: &dyn Reference,
    instrument: &Instrument,
    date: NaiveDate,
) -> Result<TradingSchedule, Fault> {
    let mut refused = None;
    for days in AHEAD {
        let to = date.checked_add_days(Days::new(days)).unwrap_or(date);
        match reference.schedule(instrument, date, to).await {
            Ok(schedule) => return Ok(schedule),
            Err(error) if error.kind() == ErrorKind::InvalidRequest => {
                refused.get_or_insert(error);
            }
            Err(error) => return Err(error.into()),
        }
    }
    let none = || Fault::new(FaultCode::BrokerError, "the broker tells no sessions");
    Err(refused.map_or_else(none, Fault::from))
}

impl Request for GetMarketStatus {
    type Data = MarketStatus;

    const ABOUT: About = About {
        name: "get_market_status",
        title: "Market hours",
        summary: "Whether a market is open now, its sessions today, and when it opens and closes next.",
        toolset: Toolset::Market,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(
        self,
        service: &BrokerService,
        call: &Call,
    ) -> Result<Answer<MarketStatus>, Fault> {
        if self.market.is_some() && self.instrument.is_some() {
            return Err(Fault::invalid("market", "an instrument is named, too"));
        }
        let market = Market::read(self.market.as_deref().unwrap_or("US"))?;
        let scope = Scope::new(self.account, self.broker);
        let (instrument, market) = (&self.instrument, &market);
        let ask = move |_, seat: Seat| async move {
            let broker = &*seat.broker;
            let (name, instrument) = match instrument {
                Some(one) => (one.label(), one.resolve(broker).await?),
                None => (market.name(), market.share(broker).await?),
            };
            let now = broker.desk().clock().now();
            let schedule = coming(reference(broker)?, &instrument, now).await?;
            Ok(Told::new(MarketStatus::at(name, &schedule, now), now))
        };
        service.read(call, &scope, ask).await
    }
}
