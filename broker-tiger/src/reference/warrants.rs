//! The warrants and callable contracts on a share of Hong Kong.

use broker_core::{
    Decimal, Error, ErrorKind, Result,
    model::{Currency, Instrument, Mic, Price, Quantity, Warrant},
};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;

use super::service::Instruments;
use crate::{
    convert::{Figure, Rows, Text, Whole},
    transport::{Call, Method, Parameters},
};

/// What a warrant or a callable contract pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WarrantKind {
    /// A warrant to buy.
    Call,
    /// A warrant to sell.
    Put,
    /// A callable contract that gains when the share rises.
    Bull,
    /// A callable contract that gains when the share falls.
    Bear,
}

impl WarrantKind {
    const ALL: [Self; 4] = [Self::Call, Self::Put, Self::Bull, Self::Bear];

    /// The vendor's number (protocol notes, section 4.7).
    const fn number(self) -> i64 {
        match self {
            Self::Call => 1,
            Self::Put => 2,
            Self::Bull => 3,
            Self::Bear => 4,
        }
    }
}

/// Which warrants are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WarrantQuery {
    /// The share that they are on.
    pub share: Instrument,
    /// The kinds; every kind when empty.
    pub kinds: Vec<WarrantKind>,
    /// The least strike, and the greatest.
    pub strikes: (Option<Decimal>, Option<Decimal>),
    /// How many at most, 1 to 1,000; those that end first.
    pub limit: usize,
}

impl WarrantQuery {
    /// The first hundred on a share.
    #[must_use]
    pub const fn new(share: Instrument) -> Self {
        Self {
            share,
            kinds: Vec::new(),
            strikes: (None, None),
            limit: 100,
        }
    }
}

/// A warrant or a callable contract as Tiger lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedWarrant {
    /// It.
    pub instrument: Instrument,
    /// Its name.
    pub name: String,
    /// What it pays.
    pub kind: WarrantKind,
    /// The share's price from which it pays.
    pub strike: Decimal,
    /// The share's price at which the issuer calls it; callable contracts only.
    pub call_price: Option<Decimal>,
    /// How many of it are one share's.
    pub entitlement_ratio: Option<Decimal>,
    /// The date on which it is settled.
    pub expires_on: Option<NaiveDate>,
    /// The last day on which it trades.
    pub last_trading_date: Option<NaiveDate>,
    /// Units of one lot.
    pub lot: Option<Quantity>,
    /// Whether it trades, rather than having ended or not having begun.
    pub trades: bool,
    /// The last price.
    pub last: Option<Price>,
    /// Units traded today.
    pub volume: Option<Decimal>,
    /// By how much more the share costs through it: 0.6 is sixty percent.
    pub premium: Option<Decimal>,
    /// Volatility in percent that its price implies; warrants only.
    pub implied_volatility: Option<Decimal>,
    /// By how many percent it moves with one of the share's.
    pub effective_leverage: Option<Decimal>,
}

/// Rows of one answer.
const PAGE: usize = 100;
/// The most that is asked for.
const MOST: usize = 1_000;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Page {
    total_page: Whole,
    items: Rows<WarrantRow>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WarrantRow {
    symbol: Text,
    name: Text,
    r#type: Whole,
    strike: Figure,
    call_price: Figure,
    entitlement_ratio: Figure,
    expire_date: Text,
    last_trading_date: Text,
    lot_size: Figure,
    state: Whole,
    latest_price: Figure,
    volume: Figure,
    premium: Figure,
    implied_volatility: Figure,
    effective_leverage: Figure,
}

fn day(text: &Text) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.get()?, "%Y-%m-%d").ok()
}

impl WarrantRow {
    fn read(&self) -> Result<ListedWarrant> {
        let number = self.r#type.required("type")?;
        let mut kinds = WarrantKind::ALL.into_iter();
        let kind = kinds.find(|kind| kind.number() == number).ok_or_else(|| {
            let message = format!("{number} is no kind of warrant");
            Error::new(ErrorKind::Protocol, message)
        })?;
        let lot = self.lot_size.get().map(Quantity::new).transpose()?;
        Ok(ListedWarrant {
            instrument: Instrument::Warrant(Warrant {
                symbol: self.symbol.required("symbol")?.parse()?,
                exchange: Mic::XHKG,
                currency: Currency::HKD,
            }),
            name: self.name.0.clone().unwrap_or_default(),
            kind,
            strike: self
                .strike
                .computed()
                .ok_or_else(|| Error::new(ErrorKind::Protocol, "a warrant without a strike"))?,
            call_price: self.call_price.computed(),
            entitlement_ratio: self.entitlement_ratio.computed(),
            expires_on: day(&self.expire_date),
            last_trading_date: day(&self.last_trading_date),
            lot,
            trades: self.state.get() == Some(1),
            last: self
                .latest_price
                .price()
                .filter(|price| price.get() > Decimal::ZERO),
            volume: self.volume.get(),
            premium: self.premium.computed(),
            implied_volatility: self.implied_volatility.computed(),
            effective_leverage: self.effective_leverage.computed(),
        })
    }
}

impl Instruments {
    /// The warrants and callable contracts on a share of Hong Kong.
    pub(crate) async fn warrants(&self, query: &WarrantQuery) -> Result<Vec<ListedWarrant>> {
        if !(1..=MOST).contains(&query.limit) {
            return Err(Error::invalid("limit", format!("must be 1 to {MOST}")));
        }
        let symbol = match &query.share {
            Instrument::Equity(part) if part.primary == Mic::XHKG => part.symbol.as_str(),
            other => {
                let message =
                    format!("{other} is no share of Hong Kong: Tiger lists warrants there");
                return Err(Error::unsupported(message).at_field("share"));
            }
        };
        let mut found = Vec::new();
        for page in 0_usize.. {
            let mut parameters = Parameters::default()
                .with("symbol", symbol)?
                .with("page", page)?
                .with("page_size", PAGE)?;
            if !query.kinds.is_empty() {
                let kinds: Vec<i64> = query.kinds.iter().map(|kind| kind.number()).collect();
                parameters = parameters.with("warrant_type", kinds)?;
            }
            if let Some(range) = range(query.strikes)? {
                parameters = parameters.with("strike", range)?;
            }
            let call = Call::new(Method::WARRANT_FILTER, parameters);
            let told: Page = self.link.gateway()?.ask(&call).await?.decode()?;
            if let Some(error) = told.items.unreadable.into_iter().next() {
                return Err(error);
            }
            let ended = told.items.rows.is_empty();
            for row in &told.items.rows {
                found.push(row.read()?);
            }
            let pages = told.total_page.get().unwrap_or_default();
            let pages = usize::try_from(pages).unwrap_or_default();
            if ended || found.len() >= query.limit || page.saturating_add(1) >= pages {
                break;
            }
        }
        found.truncate(query.limit);
        Ok(found)
    }
}

/// A range as the vendor is asked for one.
fn range((least, most): (Option<Decimal>, Option<Decimal>)) -> Result<Option<serde_json::Value>> {
    let number = |value: Decimal| {
        let text = value.normalize().to_string();
        serde_json::from_str::<serde_json::Value>(&text)
            .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))
    };
    Ok(match (least, most) {
        (None, None) => None,
        (Some(least), None) => Some(json!({"min": number(least)?})),
        (None, Some(most)) => Some(json!({"max": number(most)?})),
        (Some(least), Some(most)) => Some(json!({"min": number(least)?, "max": number(most)?})),
    })
}
