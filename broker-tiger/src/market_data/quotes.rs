//! The best prices now.

use std::collections::HashMap;

use broker_core::{
    Error, ErrorKind, Result,
    model::{Instrument, Price, Quote},
};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::service::{Quotes, not_told};
use crate::{
    convert::{Figure, Text, Whole},
    instrument::{fund_symbol, market_of, right_word},
    reference::{MarketPhase, expiry_instant},
    transport::{Call, Method, Parameters},
};

/// Symbols that may be asked for at once.
const AT_ONCE: usize = 50;

/// A last trade that is no older dates the whole quote, and the market need not be asked about.
const QUIET: TimeDelta = TimeDelta::seconds(2);

/// A row of the quote methods; each has some of the members.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct QuoteRow {
    symbol: Text,
    contract_code: Text,
    identifier: Text,
    open: Figure,
    high: Figure,
    low: Figure,
    pre_close: Figure,
    settlement: Figure,
    latest_price: Figure,
    latest_size: Figure,
    latest_time: Whole,
    timestamp: Whole,
    ask_price: Figure,
    ask_size: Figure,
    bid_price: Figure,
    bid_size: Figure,
    volume: Figure,
    volume_decimal: Figure,
    status: Text,
    /// The value of a fund.
    close: Figure,
    /// Of a warrant: 0 trades, 3 is halted, 4 is listed no more.
    halted: Figure,
}

/// Whether it is above zero, without a comparison of digits.
pub(super) const fn is_positive(value: Decimal) -> bool {
    value.is_sign_positive() && !value.is_zero()
}

/// A price that somebody asks or bids; 0 is nobody.
pub(super) fn shown(figure: Figure) -> Option<Price> {
    figure.price().filter(|price| is_positive(price.get()))
}

fn size(figure: Figure) -> Option<Decimal> {
    figure.get().filter(|size| is_positive(*size))
}

/// Which method tells about an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Kind {
    Share,
    Coin,
    Option,
    Future,
    Warrant,
    Fund,
}

impl QuoteRow {
    fn quote(&self, instrument: Instrument, kind: Kind, now: DateTime<Utc>) -> Quote {
        let traded = self.latest_time.instant().or(self.timestamp.instant());
        let mut quote = Quote::new(instrument, traded.unwrap_or(now));
        quote.last_at = traded;
        quote.bid = shown(self.bid_price);
        quote.bid_size = quote.bid.and(size(self.bid_size));
        quote.ask = shown(self.ask_price);
        quote.ask_size = quote.ask.and(size(self.ask_size));
        quote.last = shown(match kind {
            Kind::Fund => self.close,
            _ => self.latest_price,
        });
        quote.last_size = quote.last.and(size(self.latest_size));
        quote.open = shown(self.open);
        quote.high = shown(self.high);
        quote.low = shown(self.low);
        quote.previous_close = shown(match kind {
            // A future is measured against its last settlement.
            Kind::Future => self.settlement,
            _ => self.pre_close,
        });
        quote.volume = self.volume_decimal.get().or(self.volume.get());
        quote.halted = matches!(self.status.get(), Some("HALTED" | "CIRCUIT_BREAKER"))
            || kind == Kind::Warrant && self.halted.get().is_some_and(|word| !word.is_zero());
        quote
    }
}

/// What the option methods are asked with, for one option.
pub(super) fn option_basic(instrument: &Instrument) -> Option<Value> {
    let Instrument::Option(part) = instrument else {
        return None;
    };
    let occ = part.symbol;
    let expiry = expiry_instant(market_of(instrument), occ.expiry())?;
    let strike: Value = serde_json::from_str(&occ.strike().to_string()).ok()?;
    Some(json!({
        "symbol": occ.root(),
        "expiry": expiry.timestamp_millis(),
        "right": right_word(occ.right()),
        "strike": strike,
    }))
}

impl Quotes {
    /// The best prices of US shares in the night that is under way, which the usual quotes do not have.
    pub(crate) async fn ask_overnight(&self, shares: &[Instrument]) -> Result<Vec<Result<Quote>>> {
        let mut answers: Vec<Result<Quote>> = Vec::new();
        let mut wanted: Vec<(usize, &str)> = Vec::new();
        for (index, one) in shares.iter().enumerate() {
            match one {
                Instrument::Equity(part) if market_of(one) == "US" => {
                    wanted.push((index, part.symbol.as_str()));
                    let message = format!("Tiger has no quote of {one} in the night");
                    answers.push(Err(Error::new(ErrorKind::NotFound, message)));
                }
                other => {
                    let message = format!("{other} is no US share: only those trade in the night");
                    answers.push(Err(Error::unsupported(message).at_field("instrument")));
                }
            }
        }
        for some in wanted.chunks(AT_ONCE) {
            let symbols: Vec<&str> = some.iter().map(|(_, symbol)| *symbol).collect();
            let parameters = Parameters::default().with("symbols", symbols)?;
            let call = Call::new(Method::QUOTE_OVERNIGHT, parameters);
            let rows: Vec<QuoteRow> = self.list(&call).await?;
            let now = self.link.now();
            for (index, symbol) in some {
                let row = rows.iter().find(|row| row.symbol.get() == Some(symbol));
                if let (Some(row), Some(answer), Some(share)) =
                    (row, answers.get_mut(*index), shares.get(*index))
                {
                    *answer = Ok(row.quote(share.clone(), Kind::Share, now));
                }
            }
        }
        Ok(answers)
    }

    pub(super) async fn ask_quotes(
        &self,
        instruments: &[Instrument],
    ) -> Result<Vec<Result<Quote>>> {
        let mut groups: HashMap<Kind, Vec<usize>> = HashMap::new();
        let mut answers: Vec<Result<Quote>> = Vec::new();
        for (index, instrument) in instruments.iter().enumerate() {
            let kind = match instrument {
                Instrument::Equity(_) | Instrument::Index(_) => Some(Kind::Share),
                Instrument::Crypto(_) => Some(Kind::Coin),
                Instrument::Option(_) => Some(Kind::Option),
                Instrument::Future(_) => Some(Kind::Future),
                Instrument::Warrant(_) => Some(Kind::Warrant),
                Instrument::Fund(_) => Some(Kind::Fund),
                _ => None,
            };
            match kind {
                Some(kind) => {
                    groups.entry(kind).or_default().push(index);
                    let message = format!("Tiger has no quote of {instrument}");
                    answers.push(Err(Error::new(ErrorKind::NotFound, message)));
                }
                None => answers.push(Err(not_told("quotes", instrument))),
            }
        }
        let mut failed = None;
        for (kind, indices) in groups {
            for some in indices.chunks(AT_ONCE) {
                if let Err(error) = self.fill(kind, some, instruments, &mut answers).await {
                    for index in some {
                        if let Some(answer) = answers.get_mut(*index) {
                            *answer = Err(error.clone());
                        }
                    }
                    failed = Some(error);
                }
            }
        }
        match failed {
            Some(error) if answers.iter().all(Result::is_err) && error.is_connection() => {
                Err(error)
            }
            _ => Ok(answers),
        }
    }

    async fn fill(
        &self,
        kind: Kind,
        indices: &[usize],
        instruments: &[Instrument],
        answers: &mut [Result<Quote>],
    ) -> Result<()> {
        let mut wanted: Vec<(usize, String, &Instrument)> = Vec::new();
        for index in indices {
            let Some(instrument) = instruments.get(*index) else {
                continue;
            };
            match self.symbol(instrument).await {
                Ok(symbol) => wanted.push((*index, symbol, instrument)),
                Err(error) => {
                    if let Some(answer) = answers.get_mut(*index) {
                        *answer = Err(error);
                    }
                }
            }
        }
        let mut symbols: Vec<&str> = wanted
            .iter()
            .map(|(_, symbol, _)| symbol.as_str())
            .collect();
        symbols.sort_unstable();
        symbols.dedup();
        if symbols.is_empty() {
            return Ok(());
        }
        let parameters = Parameters::default();
        let call = match kind {
            Kind::Share => Call::new(
                Method::QUOTE_REAL_TIME,
                parameters.with("symbols", symbols)?,
            ),
            Kind::Coin => {
                let parameters = parameters
                    .with("symbols", symbols)?
                    .with("sec_type", "CC")?;
                Call::new(Method::QUOTE_REAL_TIME, parameters)
            }
            Kind::Future => {
                let parameters = parameters.with("contract_codes", symbols)?;
                Call::new(Method::FUTURE_REAL_TIME_QUOTE, parameters)
            }
            Kind::Warrant => Call::new(
                Method::WARRANT_REAL_TIME_QUOTE,
                parameters.with("symbols", symbols)?,
            ),
            Kind::Fund => Call::new(Method::FUND_QUOTE, parameters.with("symbols", symbols)?),
            Kind::Option => {
                let basic: Vec<Value> = wanted
                    .iter()
                    .filter_map(|(_, _, instrument)| option_basic(instrument))
                    .collect();
                Call::new(
                    Method::OPTION_BRIEF,
                    parameters.with("option_basic", basic)?,
                )
                .without_language()
            }
        };
        let (rows, told_at) = self.list_told::<QuoteRow>(&call).await?;
        let now = self.link.now();
        let told_at = told_at.map_or(now, |told_at| told_at.min(now));
        for (index, symbol, instrument) in wanted {
            let row = rows.iter().find(|row| {
                let names = [&row.contract_code, &row.identifier, &row.symbol];
                names.into_iter().any(|name| name.get() == Some(&*symbol))
            });
            if let (Some(row), Some(answer)) = (row, answers.get_mut(index)) {
                let mut quote = row.quote(instrument.clone(), kind, now);
                self.date(told_at, &mut quote).await;
                *answer = Ok(quote);
            }
        }
        Ok(())
    }

    /// Says of a quote when its best prices held. Tiger tells with it only when the last trade was, which
    /// of a quiet share is long ago: while its market is in the regular session, and it is not halted, the
    /// book is as it was when it was told. Of any other book nobody knows how old it is, and it stays as old
    /// as the last trade.
    async fn date(&self, told_at: DateTime<Utc>, quote: &mut Quote) {
        let has_book = quote.bid.is_some() || quote.ask.is_some();
        let quiet = told_at - quote.as_of >= QUIET;
        if has_book && quiet && !quote.halted && self.is_in_session(&quote.instrument).await {
            quote.as_of = told_at;
        }
    }

    /// Whether the market of an instrument is known to be in its regular session.
    async fn is_in_session(&self, instrument: &Instrument) -> bool {
        let of_market = matches!(
            instrument,
            Instrument::Equity(_) | Instrument::Option(_) | Instrument::Warrant(_)
        );
        if !of_market {
            return false;
        }
        let market = market_of(instrument);
        match self.markets.ask(market).await {
            Ok(states) => states
                .iter()
                .any(|state| state.market == market && state.phase == MarketPhase::Trading),
            Err(error) => {
                tracing::debug!(market, %error, "it is not known whether the market trades");
                false
            }
        }
    }

    /// The name under which the quote methods know an instrument.
    pub(super) async fn symbol(&self, instrument: &Instrument) -> Result<String> {
        match instrument {
            Instrument::Equity(part) => Ok(part.symbol.to_string()),
            Instrument::Index(part) => Ok(format!(".{}", part.symbol)),
            Instrument::Crypto(part) => Ok(format!("{}.{}", part.base, part.quote)),
            Instrument::Option(part) => Ok(part.symbol.to_string()),
            Instrument::Warrant(part) => Ok(part.symbol.to_string()),
            Instrument::Fund(part) => Ok(fund_symbol(part)),
            Instrument::Future(_) => {
                let listing = self.book.listing(instrument).await?;
                Ok(listing.name.symbol.clone())
            }
            other => Err(not_told("market data", other)),
        }
    }
}
