//! How much underlyings move, and are expected to.

use broker_core::{
    Decimal,
    model::{Instrument, ListedOption, OccSymbol, Right},
};
use chrono::TimeDelta;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::Value;

use crate::{
    exchange::Exchange,
    tiger::gateway::{
        Answer, Complaint,
        parameters::Parameters,
        quotes::{MOST_SYMBOLS, Row, counted},
        turn::Turn,
    },
};

/// Daily returns that make a historical volatility.
const RETURNS: usize = 30;
/// Trading days in a year.
const YEAR: f64 = 252.0;

/// The yearly deviation of the last thirty daily returns.
pub(super) fn historical(exchange: &mut Exchange, instrument: &Instrument) -> Option<Decimal> {
    let daily = exchange.daily_bars(instrument).ok()?;
    let skip = daily.len().checked_sub(RETURNS + 1)?;
    let closes = daily.iter().skip(skip);
    let closes: Vec<f64> = closes
        .filter_map(|(_, bar)| bar.close.get().to_f64())
        .collect();
    let returns = closes.windows(2).filter_map(|pair| match pair {
        [before, after] if *before > 0.0 && *after > 0.0 => Some(libm::log(after / before)),
        _ => None,
    });
    let returns: Vec<f64> = returns.collect();
    let count = f64::from(u32::try_from(returns.len()).ok()?);
    let mean = returns.iter().sum::<f64>() / count;
    let squares: f64 = returns.iter().map(|one| (one - mean) * (one - mean)).sum();
    let deviation = libm::sqrt(squares / (count - 1.0) * YEAR);
    Some(Decimal::try_from(deviation).ok()?.round_dp(6))
}

/// `26.29%`.
pub(super) fn percent(rate: Decimal) -> String {
    format!("{:.2}%", rate * Decimal::ONE_HUNDRED)
}

impl Turn<'_> {
    /// The volatilities of underlyings. What needs a history of implied volatilities or the counts
    /// of calls and puts, which the exchange does not keep, is left out.
    pub(super) fn option_analysis(&mut self, asked: Parameters<'_>) -> Answer {
        asked.market()?;
        let list = counted("symbols", asked.objects("symbols")?, MOST_SYMBOLS)?;
        let mut rows: Vec<Value> = Vec::new();
        for one in list {
            let symbol = match one.raw() {
                Value::String(symbol) => symbol.as_str(),
                _ => one.required_text("symbol")?,
            };
            match one.text("period")? {
                None | Some("3year" | "52week" | "26week" | "13week") => {}
                Some(other) => {
                    return Err(Complaint::business(format!(
                        "period '{other}' is not supported"
                    )));
                }
            }
            let underlying = self
                .underlying(symbol)?
                .ok_or_else(|| Complaint::option(format!("'{symbol}' has no options")))?;
            let implied = self.implied(&underlying);
            let moved = historical(self.exchange, &underlying);
            let ratio = implied.zip(moved);
            let ratio = ratio.and_then(|(implied, moved)| implied.checked_div(moved));
            let row = Row::default()
                .put("symbol", symbol)
                .number("impliedVol30Days", implied)
                .number("hisVolatility", moved)
                .number("ivHisVRatio", ratio.map(|ratio| ratio.round_dp(6)));
            rows.push(row.into());
        }
        Ok(rows.into())
    }

    /// The volatility at the money of the expiry that is nearest to thirty days ahead.
    fn implied(&self, underlying: &Instrument) -> Option<Decimal> {
        let today = self.now().date_naive();
        let in_a_month = today + TimeDelta::days(30);
        let expiries = self.exchange.expirations(underlying).into_iter();
        let expiry = expiries.min_by_key(|date| (*date - in_a_month).num_days().abs())?;
        let root = match underlying {
            Instrument::Equity(part) => &part.symbol,
            Instrument::Index(part) => &part.symbol,
            _ => return None,
        };
        let strikes = self.exchange.strikes(underlying);
        let strike = strikes.get(strikes.len() / 2)?;
        let symbol = OccSymbol::new(root.as_str(), expiry, Right::Call, *strike).ok()?;
        let option = ListedOption {
            symbol,
            currency: underlying.currency()?,
        };
        let (model, _) = self.exchange.option_model(&option)?;
        Some(model.greeks.implied_volatility.round_dp(6))
    }
}
