//! What can be asked about options: expiries, strikes, chains, prices and volatilities.

use broker_core::{
    ErrorKind, dec,
    model::{
        ChainQuery, Currency, Instrument, ListedOption, OccSymbol, OptionChain, OptionComputation,
        OptionGiven, OptionQuery, OptionQuote, Price, Right,
    },
};
use chrono::NaiveDate;
use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use super::{
    Exchange, Refusal,
    calendar::Calendar,
    options::{expiry_instant, strike_step},
};

/// Expiries that are listed ahead.
const MONTHS_AHEAD: u32 = 6;

impl Exchange {
    /// One row of a chain.
    pub(super) fn option_row(&mut self, option: &ListedOption) -> Option<OptionQuote> {
        let instrument = Instrument::Option(option.clone());
        let index = self.find_or_list(&instrument).ok()?;
        self.refresh_house(index);
        let inputs = self.option_inputs(option, None, None)?;
        let greeks = self.option_greeks(&inputs);
        let market = self.markets.get(index)?;
        let quote = market.quote(self.now);
        let mut row = OptionQuote::new(instrument, option.symbol.right(), option.symbol.strike());
        row.bid = quote.bid;
        row.ask = quote.ask;
        row.last = quote.last;
        row.volume = quote.volume;
        row.greeks = greeks;
        Some(row)
    }

    /// The options on an underlying for one expiry, by strike, calls before puts.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is no such expiry.
    pub fn option_chain(&mut self, query: &ChainQuery) -> Result<OptionChain, Refusal> {
        if !self.expirations(&query.underlying).contains(&query.expiry) {
            let text = format!(
                "{} has no options that expire on {}",
                query.underlying, query.expiry
            );
            return Err(Refusal::new(ErrorKind::NotFound, "200", text).at("expiry"));
        }
        let price = self
            .by_instrument
            .get(&query.underlying)
            .and_then(|index| self.markets.get(*index))
            .and_then(super::market::Market::mark);
        let mut strikes = self.strikes(&query.underlying);
        if let (Some(each), Some(price)) = (query.strikes_each_side, price) {
            let below = strikes.iter().filter(|strike| **strike < price).count();
            let first = below.saturating_sub(usize::from(each));
            let last = (below + usize::from(each)).min(strikes.len());
            strikes = strikes.into_iter().take(last).skip(first).collect();
        }
        let root = match &query.underlying {
            Instrument::Equity(equity) => equity.symbol.as_str().to_owned(),
            Instrument::Index(index) => index.symbol.as_str().to_owned(),
            other => other.to_string(),
        };
        let mut chain = OptionChain::new(query.underlying.clone(), query.expiry, self.now);
        chain.underlying_price = price.and_then(|price| Price::new(price).ok());
        let rights = [Right::Call, Right::Put];
        for strike in strikes {
            for right in rights
                .into_iter()
                .filter(|r| query.right.is_none_or(|w| w == *r))
            {
                let symbol = OccSymbol::new(&root, query.expiry, right, strike);
                let Ok(symbol) = symbol else { continue };
                let option = ListedOption {
                    symbol,
                    currency: Currency::USD,
                };
                chain.options.extend(self.option_row(&option));
            }
        }
        Ok(chain)
    }

    /// The price of an option at a volatility, or the volatility at a price.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] when no volatility gives the price or the instrument is not an
    /// option on something that is listed.
    pub fn compute_option(&mut self, query: &OptionQuery) -> Result<OptionComputation, Refusal> {
        let invalid =
            |field, text: String| Refusal::new(ErrorKind::InvalidRequest, "321", text).at(field);
        let Instrument::Option(option) = &query.instrument else {
            let text = format!("{} is not an option", query.instrument);
            return Err(invalid("instrument", text));
        };
        let spot = Some(query.underlying_price.get());
        let wanted = match query.given {
            OptionGiven::Volatility(volatility) => Some(volatility),
            OptionGiven::Price(_) => None,
        };
        let wanted = wanted.and_then(|wanted| wanted.to_f64());
        let mut inputs = self.option_inputs(option, spot, wanted).ok_or_else(|| {
            invalid(
                "instrument",
                format!("{} cannot be priced", query.instrument),
            )
        })?;
        if let OptionGiven::Price(price) = query.given {
            let implied = inputs.implied_volatility(price.get()).ok().flatten();
            inputs.volatility = implied.ok_or_else(|| {
                invalid("given", format!("no volatility gives the price {price}"))
            })?;
        }
        let price = inputs
            .price()
            .map_err(|error| invalid("given", error.to_string()))?;
        let price = Price::new(price).map_err(|error| invalid("given", error.to_string()))?;
        let greeks = self
            .option_greeks(&inputs)
            .ok_or_else(|| invalid("given", "the sensitivities cannot be computed".into()))?;
        Ok(OptionComputation { price, greeks })
    }

    /// What the exchange's own model says about an option now, and the underlying's price that it
    /// says it at; `None` when it has none or the option is on nothing that is listed.
    #[must_use]
    pub fn option_model(&self, option: &ListedOption) -> Option<(OptionComputation, Price)> {
        self.option_model_at(option, None)
    }

    /// The same at a price of the underlying.
    #[must_use]
    pub fn option_model_at(
        &self,
        option: &ListedOption,
        underlying: Option<Price>,
    ) -> Option<(OptionComputation, Price)> {
        let inputs = self.option_inputs(option, underlying.map(Price::get), None)?;
        let price = Price::new(inputs.price().ok()?).ok()?;
        let greeks = self.option_greeks(&inputs)?;
        let underlying = Price::new(inputs.spot).ok()?;
        Some((OptionComputation { price, greeks }, underlying))
    }

    /// The expiries of the options on an underlying: the third Friday of each of the next months.
    #[must_use]
    pub fn expirations(&self, underlying: &Instrument) -> Vec<NaiveDate> {
        use chrono::Datelike as _;
        let has_options = matches!(
            underlying,
            Instrument::Equity(equity) if equity.currency == Currency::USD
        ) || matches!(underlying, Instrument::Index(_));
        if !has_options || !self.by_instrument.contains_key(underlying) {
            return Vec::new();
        }
        let calendar = Calendar::us_options();
        let today = self.today();
        let (mut year, mut month) = (today.year(), today.month());
        let mut dates = Vec::new();
        for _ in 0..=MONTHS_AHEAD {
            if let Ok(date) = calendar.third_friday(year, month)
                && expiry_instant(date).is_some_and(|at| at > self.now)
            {
                dates.push(date);
            }
            (year, month) = if month == 12 {
                (year + 1, 1)
            } else {
                (year, month + 1)
            };
        }
        dates
    }

    /// The strikes of the options on an underlying: a grid from 70 % to 130 % of its price.
    #[must_use]
    pub fn strikes(&self, underlying: &Instrument) -> Vec<Decimal> {
        let price = self
            .by_instrument
            .get(underlying)
            .and_then(|index| self.markets.get(*index))
            .and_then(super::market::Market::mark);
        let Some(price) = price.filter(|price| *price > Decimal::ZERO) else {
            return Vec::new();
        };
        let step = strike_step(price);
        let mut strike = ((price * dec!(0.7)) / step).ceil() * step;
        let mut strikes = Vec::new();
        while strike <= price * dec!(1.3) {
            strikes.push(strike.normalize());
            strike += step;
        }
        strikes
    }
}
