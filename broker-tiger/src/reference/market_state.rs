//! Whether a market trades.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use broker_core::{Error, ErrorKind, Result};
use chrono::{DateTime, Datelike as _, NaiveDateTime, TimeZone as _, Utc};
use serde::Deserialize;
use tokio::time::{Duration, Instant};

use crate::{
    convert::{Rows, Text},
    instrument::zone_of,
    session::Link,
    transport::{Call, Method, Parameters},
};

/// What a market does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MarketPhase {
    /// Not open yet today.
    NotYetOpen,
    /// Before the regular session.
    PreMarket,
    /// The regular session.
    Trading,
    /// The break at noon.
    MiddayBreak,
    /// After the regular session.
    PostMarket,
    /// The session between two trading days.
    Overnight,
    /// Closing, or closed early.
    Closing,
    /// Closed.
    Closed,
    /// A word that this library does not know.
    Other(String),
}

/// A market as Tiger sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MarketState {
    /// The vendor's word for the market, such as `US`.
    pub market: String,
    /// What it does.
    pub phase: MarketPhase,
    /// When its regular session opens, or opened, UTC. Tiger tells no year: it is the nearest one.
    pub opens_at: Option<DateTime<Utc>>,
}

/// How long an answer is kept: the method may be asked ten times in a minute.
const KEPT: Duration = Duration::from_secs(15);

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StateRow {
    market: Text,
    status: Text,
    open_time: Text,
}

/// What has been asked, and when.
type Kept = HashMap<String, (Instant, Vec<MarketState>)>;

/// Asks for the states of markets, not too often.
#[derive(Debug)]
pub(crate) struct MarketStates {
    link: Arc<Link>,
    kept: Mutex<Kept>,
    /// One question at a time: the others take its answer.
    asking: tokio::sync::Mutex<()>,
}

impl MarketStates {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self {
            link,
            kept: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    fn fresh(&self, market: &str) -> Option<Vec<MarketState>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (asked, states) = kept.get(market)?;
        (asked.elapsed() < KEPT).then(|| states.clone())
    }

    pub(crate) async fn ask(&self, market: &str) -> Result<Vec<MarketState>> {
        if let Some(states) = self.fresh(market) {
            return Ok(states);
        }
        let _turn = self.asking.lock().await;
        if let Some(states) = self.fresh(market) {
            return Ok(states);
        }
        let parameters = Parameters::default().with("market", market)?;
        let call = Call::new(Method::MARKET_STATE, parameters);
        let data = self.link.gateway()?.ask(&call).await?;
        let Rows { rows, unreadable } = data.rows::<StateRow>()?;
        if let Some(error) = unreadable.into_iter().next() {
            return Err(error);
        }
        let now = self.link.now();
        let states: Result<Vec<_>> = rows.iter().map(|row| row.state(now)).collect();
        let states = states?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(market.to_owned(), (Instant::now(), states.clone()));
        Ok(states)
    }
}

impl StateRow {
    fn state(&self, now: DateTime<Utc>) -> Result<MarketState> {
        let missing = || Error::new(ErrorKind::Protocol, "a market without a name or a state");
        let market = self.market.get().ok_or_else(missing)?;
        let phase = match self.status.get().ok_or_else(missing)? {
            "NOT_YET_OPEN" => MarketPhase::NotYetOpen,
            "PRE_HOUR_TRADING" => MarketPhase::PreMarket,
            "TRADING" => MarketPhase::Trading,
            "MIDDLE_CLOSE" => MarketPhase::MiddayBreak,
            "POST_HOUR_TRADING" => MarketPhase::PostMarket,
            "OVERNIGHT_TRADING" => MarketPhase::Overnight,
            "CLOSING" | "EARLY_CLOSED" => MarketPhase::Closing,
            "MARKET_CLOSED" => MarketPhase::Closed,
            other => MarketPhase::Other(other.to_owned()),
        };
        Ok(MarketState {
            market: market.to_owned(),
            phase,
            opens_at: self
                .open_time
                .get()
                .and_then(|text| nearest(text, market, now)),
        })
    }
}

/// The instant of `08-13 09:30:00 EDT` that is nearest to another one. The zone is the market's whatever the
/// word says: some words stand for several.
pub(super) fn nearest(text: &str, market: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = text.get(..14)?;
    let zone = zone_of(market);
    let years = (now.year() - 1)..=(now.year() + 1);
    let instants = years.filter_map(|year| {
        let form = "%Y-%m-%d %H:%M:%S";
        let local = NaiveDateTime::parse_from_str(&format!("{year}-{text}"), form).ok()?;
        zone.from_local_datetime(&local).earliest()
    });
    instants
        .map(|at| at.to_utc())
        .min_by_key(|at| (*at - now).abs())
}
