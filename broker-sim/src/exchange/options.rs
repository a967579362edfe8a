//! Options: listing, pricing, expiry, exercise and assignment.

use std::sync::Arc;

use broker_core::{
    ErrorKind, dec,
    model::{
        ContractDetails, ExerciseAction, ExerciseOption, Greeks, Instrument, ListedOption, Price,
        Quantity, QuantityRule, Right, TickTable,
    },
};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{Exchange, Listing, PriceSource, Refusal, calendar::Calendar};
use crate::pricing::{self, OptionInputs, Style, VolatilitySurface};

/// Contracts that the house shows at each level of an option's book.
const LEVEL_SIZE: Decimal = dec!(20);

impl Exchange {
    /// The listing of an option whose underlying, expiry and strike the exchange has.
    pub(super) fn option_listing(&mut self, option: &ListedOption) -> Option<Listing> {
        let underlying = self.option_underlying(option)?;
        let market = self.markets.get(*self.by_instrument.get(&underlying)?)?;
        let strike = option.symbol.strike();
        let expiry = option.symbol.expiry();
        let price = market.mark()?;
        let is_expiry = self.expirations(&underlying).contains(&expiry) || expiry < self.today();
        let near = strike >= price * dec!(0.3) && strike <= price * dec!(3);
        let on_grid = (strike % strike_step(price)).is_zero() || (strike % dec!(2.5)).is_zero();
        if !is_expiry || !near || !on_grid {
            return None;
        }
        let instrument = Instrument::Option(option.clone());
        let ticks = TickTable::banded([("0", "0.01"), ("3", "0.05")]).ok()?;
        let quantities = QuantityRule::steps(
            Quantity::new(Decimal::ONE).ok()?,
            Quantity::new(dec!(100000)).ok()?,
        );
        let right = if option.symbol.right() == Right::Call {
            "call"
        } else {
            "put"
        };
        let name = format!("{} {expiry} {strike} {right}", option.symbol.root());
        let mut details =
            ContractDetails::new(instrument, name, option.currency, ticks, quantities);
        details.multiplier = dec!(100);
        details.exchanges = vec![broker_core::model::Mic::XCBO];
        details.time_zone = "America/New_York".into();
        details.underlying = Some(underlying.clone());
        details.expires_at = expiry_instant(expiry);
        Some(Listing {
            details: Arc::new(details),
            calendar: Calendar::us_options(),
            source: PriceSource::Model { underlying },
            half_spread: 1,
            level_size: LEVEL_SIZE,
        })
    }

    /// The share or index that an option root is on.
    fn option_underlying(&self, option: &ListedOption) -> Option<Instrument> {
        let root = option.symbol.root();
        let fits = |instrument: &Instrument| match instrument {
            Instrument::Equity(equity) => {
                equity.symbol.as_str() == root && equity.currency == option.currency
            }
            Instrument::Index(index) => index.symbol.as_str() == root,
            _ => false,
        };
        self.markets
            .iter()
            .map(super::market::Market::instrument)
            .find(|i| fits(i))
            .cloned()
    }

    pub(super) fn today(&self) -> NaiveDate {
        self.now.date_naive()
    }

    /// The inputs of the pricing model for an option now.
    pub(super) fn option_inputs(
        &self,
        option: &ListedOption,
        spot: Option<Decimal>,
        volatility: Option<f64>,
    ) -> Option<OptionInputs> {
        let underlying = self.option_underlying(option)?;
        let market = self.markets.get(*self.by_instrument.get(&underlying)?)?;
        let spot = spot.or_else(|| market.mark())?;
        let expiry = expiry_instant(option.symbol.expiry())?;
        let seconds = (expiry - self.now).num_seconds().max(0);
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds until expiry are below 2^52"
        )]
        let years = seconds as f64 / (365.0 * 86_400.0);
        let index = matches!(underlying, Instrument::Index(_));
        let inputs = OptionInputs {
            spot,
            strike: option.symbol.strike(),
            years,
            rate: self.settings.interest,
            dividend_yield: if index { 0.015 } else { 0.0 },
            volatility: volatility.unwrap_or(0.25),
            right: match option.symbol.right() {
                Right::Put => pricing::Right::Put,
                _ => pricing::Right::Call,
            },
            // Priced as European: without dividends an American call is worth the same, and a put
            // only little more.
            style: Style::European,
        };
        match volatility {
            Some(_) => Some(inputs),
            None => inputs.with_surface(&VolatilitySurface::equity_index()).ok(),
        }
    }

    /// The model price of an option now, on its increment.
    pub(super) fn option_price(&self, option: &ListedOption) -> Option<Decimal> {
        let value = self.option_inputs(option, None, None)?.price().ok()?;
        let cents = value.round_dp(2).max(dec!(0.01));
        Some(if cents >= dec!(3) {
            (cents / dec!(0.05)).round() * dec!(0.05)
        } else {
            cents
        })
    }

    /// The sensitivities of an option now.
    pub(super) fn option_greeks(&self, inputs: &OptionInputs) -> Option<Greeks> {
        let greeks = inputs.greeks().ok()?;
        Some(Greeks {
            implied_volatility: decimal(inputs.volatility, 4)?,
            delta: decimal(greeks.delta, 4)?,
            gamma: decimal(greeks.gamma, 6)?,
            theta: decimal(greeks.theta, 4)?,
            vega: decimal(greeks.vega_per_point(), 4)?,
            rho: decimal(greeks.rho_per_point(), 4),
        })
    }

    /// Exercises a long option now, or notes that it shall lapse.
    ///
    /// # Errors
    /// The [`Refusal`]; nothing has changed.
    pub fn exercise(&mut self, request: &ExerciseOption) -> Result<(), Refusal> {
        self.exercise_or_not(request, false)
    }

    /// The same for an option out of the money, too, whatever that costs.
    ///
    /// # Errors
    /// The [`Refusal`]; nothing has changed.
    pub fn exercise_anyway(&mut self, request: &ExerciseOption) -> Result<(), Refusal> {
        self.exercise_or_not(request, true)
    }

    /// Whether exercising an option now would bring something.
    #[must_use]
    pub fn is_in_the_money(&self, option: &ListedOption) -> bool {
        self.underlying_mark(option)
            .is_some_and(|price| intrinsic(option, price) > Decimal::ZERO)
    }

    fn exercise_or_not(&mut self, request: &ExerciseOption, anyway: bool) -> Result<(), Refusal> {
        let invalid = |text: String| Refusal::new(ErrorKind::InvalidRequest, "322", text);
        let Instrument::Option(option) = &request.instrument else {
            return Err(invalid(format!("{} is not an option", request.instrument)));
        };
        let account = *self.account_index.get(&request.account).ok_or_else(|| {
            Refusal::new(
                ErrorKind::NotFound,
                "A2",
                format!("no account {}", request.account),
            )
        })?;
        let intent = (account, request.client_order_id.clone());
        if self.exercised.contains(&intent) {
            let text = format!("duplicate exercise id {}", request.client_order_id);
            return Err(Refusal::new(ErrorKind::Duplicate, "103", text).at("client_order_id"));
        }
        let held = self.held(account, &request.instrument);
        if request.quantity.get() > held {
            let text = format!("{} contracts are held, {} asked", held, request.quantity);
            return Err(invalid(text).at("quantity"));
        }
        if request.action == ExerciseAction::Lapse {
            self.lapsing.insert((account, request.instrument.clone()));
            self.exercised.insert(intent);
            return Ok(());
        }
        let Some(price) = self.underlying_mark(option) else {
            return Err(invalid("the underlying has no price".into()));
        };
        let intrinsic = intrinsic(option, price);
        if intrinsic <= Decimal::ZERO && !anyway {
            return Err(invalid(format!(
                "{} is out of the money",
                request.instrument
            )));
        }
        if !self.book_exercise(account, option, request.quantity.get(), price) {
            return Err(invalid("the account cannot book the exercise".into()));
        }
        self.exercised.insert(intent);
        Ok(())
    }

    /// An instrument has stopped trading for good: options are exercised or lapse, futures settle.
    pub(super) fn last_trade(&mut self, index: usize) {
        let Some(market) = self.markets.get(index) else {
            return;
        };
        let instrument = market.instrument().clone();
        let settlement = match &instrument {
            Instrument::Option(option) => self.underlying_mark(option),
            // A future settles at the price of what it is on, not at its own increment.
            Instrument::Future(_) => market
                .listing
                .details
                .underlying
                .as_ref()
                .and_then(|underlying| self.by_instrument.get(underlying))
                .and_then(|index| self.markets.get(*index))
                .and_then(super::market::Market::mark),
            Instrument::FutureOption(_) | Instrument::Warrant(_) => self.settlement_of(index),
            _ => None,
        };
        let open: Vec<u64> = market.open.iter().copied().collect();
        for key in open {
            self.expire(key, "the instrument expired");
        }
        let Some(price) = settlement else { return };
        for account in 0..self.accounts.len() {
            self.settle_expiry(account, &instrument, price);
        }
        if let Some(market) = self.markets.get_mut(index) {
            let mut details = ContractDetails::clone(&market.listing.details);
            details.tradable = false;
            market.listing.details = Arc::new(details);
            market.phase = None;
            market.reference = None;
        }
        for market in &mut self.markets {
            market.dependents.retain(|dependent| *dependent != index);
        }
    }

    pub(super) fn underlying_mark(&self, option: &ListedOption) -> Option<Decimal> {
        let underlying = self.option_underlying(option)?;
        self.markets
            .get(*self.by_instrument.get(&underlying)?)?
            .mark()
    }

    /// Moves the price of a future or an option after its underlying's.
    pub(super) fn derive_price(&mut self, index: usize) {
        let Some(market) = self.markets.get(index) else {
            return;
        };
        let price = match (&market.listing.source, market.instrument()) {
            (PriceSource::Model { .. }, Instrument::Option(option)) => self.option_price(option),
            (PriceSource::Carry { underlying }, Instrument::Future(future)) => {
                self.carried(underlying, future.expiry, index)
            }
            (PriceSource::Model { .. }, Instrument::FutureOption(_)) => {
                self.future_option_price(index)
            }
            (PriceSource::Warrant { .. }, _) => self.warrant_price(index),
            _ => None,
        };
        if self.is_called(index) {
            self.schedule(self.now, super::engine::Due::LastTrade(index));
        }
        if let Some(price) = price
            && let Some(market) = self.markets.get_mut(index)
        {
            let at = self.now;
            market.set_reference(price, at);
            self.price_revision += 1;
            if market.phase.is_some() || market.last.is_none() {
                market.print(price, Decimal::ZERO, at, true);
            }
        }
    }

    fn carried(&self, underlying: &Instrument, expiry: NaiveDate, index: usize) -> Option<Decimal> {
        let spot = self
            .markets
            .get(*self.by_instrument.get(underlying)?)?
            .mark()?;
        let days = (expiry - self.today()).num_days().max(0);
        #[expect(clippy::cast_precision_loss, reason = "days until expiry are few")]
        let factor = libm::exp((self.settings.interest - 0.015) * days as f64 / 365.0);
        let carried = spot * Decimal::from_f64_retain(factor)?;
        let ticks = &self.markets.get(index)?.listing.details.ticks;
        let price = Price::new(carried.round_dp(8)).ok()?;
        Some(ticks.snap(price, broker_core::model::Side::Buy).get())
    }

    /// Moves everything that depends on an instrument's price.
    pub(super) fn move_dependents(&mut self, index: usize) {
        let Some(market) = self.markets.get(index) else {
            return;
        };
        if market.dependents.is_empty() {
            return;
        }
        for dependent in market.dependents.clone() {
            self.derive_price(dependent);
            self.after_price(dependent);
        }
    }
}

/// What exercising one unit brings.
pub(super) fn intrinsic(option: &ListedOption, price: Decimal) -> Decimal {
    let strike = option.symbol.strike();
    match option.symbol.right() {
        Right::Put => strike - price,
        _ => price - strike,
    }
}

/// The distance between strikes at a price.
pub(super) fn strike_step(price: Decimal) -> Decimal {
    if price < dec!(25) {
        dec!(1)
    } else if price < dec!(200) {
        dec!(5)
    } else if price < dec!(1000) {
        dec!(10)
    } else {
        dec!(50)
    }
}

/// When options of an expiry stop trading: at the close in New York.
pub(super) fn expiry_instant(date: NaiveDate) -> Option<DateTime<Utc>> {
    let calendar = Calendar::us_options();
    calendar.trading_date(date).ok().flatten()?.regular_close()
}

fn decimal(value: f64, places: u32) -> Option<Decimal> {
    Decimal::from_f64_retain(value).map(|value| value.round_dp(places).normalize())
}
