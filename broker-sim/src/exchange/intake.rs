//! Taking orders: what the exchange refuses, and where an accepted order goes.

use std::sync::Arc;

use broker_core::{
    ErrorKind,
    model::{
        AccountId, BrokerOrderId, ClientOrderId, ExecutionKind, Instrument, ListLink, Money,
        NewOrder, OrderAmount, OrderType, Side, TimeInForce, TimeInForceKind, TradingSession,
    },
};
use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{
    Exchange, Instructions, Refusal, SimOrder, calendar::Auction, engine::Due, figures, form,
    order::Place, reporting::fingerprint, sessions::may_trade,
};

impl Exchange {
    /// Takes an order, or refuses it with nothing changed but a report of the refusal.
    ///
    /// Gives back the exchange's number for the order.
    ///
    /// # Errors
    /// The [`Refusal`] with code and words.
    pub fn place(&mut self, order: Arc<NewOrder>) -> Result<u64, Refusal> {
        let (account, market) = self.examine(&order)?;
        let quantity = self.quantity_of(&order, market)?;
        self.check_session(&order, market)?;
        let money = self.check_funds(&order, account, market, quantity)?;
        let key = self.accept(order, None, account, market, quantity, false);
        // What was found to be affordable a moment ago is what is set aside.
        self.set_aside(key, money);
        self.activate(key);
        Ok(key)
    }

    /// Everything that does not depend on money or time of day.
    pub(super) fn examine(&mut self, terms: &NewOrder) -> Result<(usize, usize), Refusal> {
        let account = *self.account_index.get(&terms.account).ok_or_else(|| {
            let text = format!("no account {}", terms.account);
            Refusal::new(ErrorKind::NotFound, "A2", text).at("account")
        })?;
        let id = &terms.client_order_id;
        if self.by_client_id.contains_key(&(account, id.clone()))
            || self.retired.contains(&fingerprint(account, id))
        {
            let text = format!("duplicate order id {id}");
            return Err(Refusal::new(ErrorKind::Duplicate, "103", text).at("client_order_id"));
        }
        form::check(terms)?;
        let market = self.find_or_list(&terms.instrument)?;
        let listing = self
            .markets
            .get(market)
            .map(|market| &market.listing)
            .ok_or_else(not_listed)?;
        form::check_nights(terms, listing.calendar.has_nights())?;
        let details = Arc::clone(&listing.details);
        if !details.tradable || details.expires_at.is_some_and(|expiry| expiry <= self.now) {
            let text = format!("{} is not tradable", terms.instrument);
            return Err(Refusal::new(ErrorKind::InvalidRequest, "200", text).at("instrument"));
        }
        if terms.side == Side::SellShort && !details.shortable {
            let text = format!("{} cannot be sold short", terms.instrument);
            return Err(Refusal::new(ErrorKind::Rejected, "201", text).at("side"));
        }
        if let (Instrument::Fund(_), Some(quantity)) = (&terms.instrument, terms.quantity())
            && terms.side.is_sell()
            && quantity.get() > self.held(account, &terms.instrument)
        {
            let text = format!("less than {quantity} of {} is held", terms.instrument);
            return Err(Refusal::new(ErrorKind::Rejected, "201", text).at("amount.quantity"));
        }
        figures::check(terms, &details, self.now)?;
        Ok((account, market))
    }

    /// The number of an instrument's market; an option on a listed underlying, a combination of
    /// listed legs is listed when it is first asked for.
    pub(super) fn find_or_list(&mut self, instrument: &Instrument) -> Result<usize, Refusal> {
        if let Some(index) = self.by_instrument.get(instrument) {
            return Ok(*index);
        }
        let listing = match instrument {
            Instrument::Option(option) => self.option_listing(option),
            Instrument::Combo(combo) => self.combo_listing(combo),
            _ => None,
        };
        match listing {
            Some(listing) => Ok(self.list(listing)),
            None => {
                let text = format!("no security definition has been found for {instrument}");
                Err(Refusal::new(ErrorKind::NotFound, "200", text).at("instrument"))
            }
        }
    }

    /// The units of an order; for an amount of money, as many as it buys now.
    pub(super) fn quantity_of(
        &mut self,
        terms: &NewOrder,
        market: usize,
    ) -> Result<Decimal, Refusal> {
        let cash = match terms.amount {
            OrderAmount::Quantity(quantity) => return Ok(quantity.get()),
            OrderAmount::Cash(cash) => cash,
            _ => return Err(form::not_taken("amount", "this kind of amount")),
        };
        self.refresh_house(market);
        let market = self.markets.get(market).ok_or_else(not_listed)?;
        let details = &market.listing.details;
        if cash.currency != details.currency {
            let text = format!("cash amount must be in {}", details.currency);
            return Err(Refusal::new(ErrorKind::InvalidRequest, "388", text).at("amount.cash"));
        }
        let limit = terms
            .order_type
            .limit_price()
            .map(broker_core::model::Price::get);
        let units = market
            .units_for(cash.amount, terms.side, limit)
            .map(|units| {
                let step = details.quantities.step.get();
                (units / step).round_dp_with_strategy(0, RoundingStrategy::ToZero) * step
            });
        units.filter(|units| *units > Decimal::ZERO).ok_or_else(|| {
            let text = "the cash amount does not buy one unit";
            Refusal::new(ErrorKind::InvalidRequest, "388", text).at("amount.cash")
        })
    }

    /// An order that must trade at once needs a market that is open.
    pub(super) fn check_session(&self, terms: &NewOrder, market: usize) -> Result<(), Refusal> {
        let immediate = matches!(
            terms.time_in_force.kind(),
            TimeInForceKind::Ioc | TimeInForceKind::Fok
        ) || matches!(
            terms.order_type,
            OrderType::Market | OrderType::MarketToLimit | OrderType::Algo(_)
        ) && terms.time_in_force.kind() != TimeInForceKind::Opg
            && terms.time_in_force.kind() != TimeInForceKind::AtClose;
        let Some(market) = self.markets.get(market) else {
            return Err(not_listed());
        };
        let open = market.phase.is_some_and(|phase| {
            may_trade(terms.session, phase)
                && phase != broker_core::model::SessionKind::OpeningAuction
                && phase != broker_core::model::SessionKind::ClosingAuction
        });
        if !immediate || open {
            return Ok(());
        }
        let opens = market.listing.calendar.next_open(self.now);
        let when = opens.map_or_else(String::new, |at| {
            format!("; it opens at {}", at.to_rfc3339())
        });
        let text = format!("the market for {} is closed{when}", terms.instrument);
        Err(Refusal::new(ErrorKind::MarketClosed, "201", text))
    }

    /// The same of an order that may wait for the market to open: only one that is to trade at once
    /// or not at all is refused.
    pub(super) fn check_held(
        &self,
        terms: &NewOrder,
        market: usize,
        instructions: &Instructions,
    ) -> Result<(), Refusal> {
        let at_once = matches!(
            terms.time_in_force.kind(),
            TimeInForceKind::Ioc | TimeInForceKind::Fok
        );
        if at_once && !instructions.waits() {
            return self.check_session(terms, market);
        }
        Ok(())
    }

    /// When the session begins for which an order waits; `None` for one that does not wait for a
    /// session.
    #[must_use]
    pub fn works_from(&self, key: u64) -> Option<chrono::DateTime<chrono::Utc>> {
        let order = self.orders.get(&key)?;
        let market = self.markets.get(order.market)?;
        let session = order.terms.session;
        let open = market.phase.is_some_and(|phase| may_trade(session, phase));
        if order.place != Place::Held || open {
            return None;
        }
        let calendar = &market.listing.calendar;
        let mut from = self.now;
        loop {
            let (at, transition) = calendar.next_transition(from)?;
            let phase = transition.to.kind().map(super::sessions::kind);
            if phase.is_some_and(|phase| may_trade(session, phase)) {
                return Some(at);
            }
            from = at;
        }
    }

    /// What is to be set aside for an order, if it can be afforded.
    pub(super) fn check_funds(
        &mut self,
        terms: &NewOrder,
        account: usize,
        market: usize,
        quantity: Decimal,
    ) -> Result<Option<Money>, Refusal> {
        self.price_of(account, market, terms, quantity, None)
            .map_err(|text| Refusal::new(ErrorKind::InsufficientFunds, "201", text).at("amount"))
    }

    /// Writes an order down and tells its client. It does not work yet.
    pub(super) fn accept(
        &mut self,
        terms: Arc<NewOrder>,
        list: Option<ListLink>,
        account: usize,
        market: usize,
        quantity: Decimal,
        waits: bool,
    ) -> u64 {
        let key = self.next_key;
        self.next_key += 1;
        self.by_client_id
            .insert((account, terms.client_order_id.clone()), key);
        let order = SimOrder {
            key,
            name: BrokerOrderId::new(key.to_string()).ok(),
            account: terms.account.clone(),
            list,
            place: if waits { Place::Waiting } else { Place::Held },
            quantity,
            filled: Decimal::ZERO,
            notional: Decimal::ZERO,
            accepted_at: self.now,
            updated_at: self.now,
            reason: None,
            good_on: self.good_on(&terms, market),
            market,
            account_index: account,
            trigger: terms
                .order_type
                .trigger_price()
                .map(broker_core::model::Price::get),
            triggered: false,
            live_limit: None,
            slices_left: 0,
            volume_before: Decimal::ZERO,
            instructions: Instructions::default(),
            conditions_met: false,
            executions_seen: std::collections::BTreeSet::new(),
            adjusted: false,
            released: if waits { Decimal::ZERO } else { quantity },
            terms,
        };
        if let TimeInForce::Gtd(until) = order.terms.time_in_force {
            self.schedule(until, Due::Expiry(key));
        }
        self.orders.insert(key, order);
        if let Some(market) = self.markets.get_mut(market) {
            market.open.insert(key);
        }
        self.tell(key, ExecutionKind::New);
        key
    }

    /// The trading date on which a day order placed now works.
    pub(super) fn good_on(&self, terms: &NewOrder, market: usize) -> NaiveDate {
        let today = self.now.date_naive();
        let Some(market) = self.markets.get(market) else {
            return today;
        };
        let calendar = &market.listing.calendar;
        let Ok(date) = calendar.trade_date_of(self.now) else {
            return today;
        };
        let layout = calendar.trading_date(date).ok().flatten();
        // After an auction an order for it is for the next one.
        let over_at = layout.and_then(|layout| match auction_of(terms) {
            Some(Auction::Opening) => layout.opening_cross,
            Some(Auction::Closing) => layout.closing_cross,
            None if terms.session == TradingSession::Regular => {
                super::sessions::regular_end(&layout)
            }
            None => layout.close(),
        });
        match over_at {
            Some(over_at) if over_at <= self.now => {
                calendar.next_trading_date(date).unwrap_or(date)
            }
            _ => date,
        }
    }

    /// The exchange's number for a client's order.
    #[must_use]
    pub fn key_of(&self, account: &AccountId, id: &ClientOrderId) -> Option<u64> {
        let account = *self.account_index.get(account)?;
        self.by_client_id.get(&(account, id.clone())).copied()
    }
}

impl Exchange {
    /// The exchange's number for a client's order.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when the exchange does not have it.
    pub fn find_key(&self, account: &AccountId, id: &ClientOrderId) -> Result<u64, Refusal> {
        self.key_of(account, id).ok_or_else(|| {
            let text = format!("order {id} is not found");
            Refusal::new(ErrorKind::NotFound, "10147", text).at("client_order_id")
        })
    }
}

/// The auction that an order is for, if it is for one in particular.
pub(super) fn auction_of(terms: &NewOrder) -> Option<Auction> {
    match (&terms.order_type, terms.time_in_force) {
        (OrderType::MarketOnOpen | OrderType::LimitOnOpen { .. }, _) | (_, TimeInForce::Opg) => {
            Some(Auction::Opening)
        }
        (OrderType::MarketOnClose | OrderType::LimitOnClose { .. }, _)
        | (_, TimeInForce::AtClose) => Some(Auction::Closing),
        _ => None,
    }
}

pub(super) fn not_listed() -> Refusal {
    Refusal::new(
        ErrorKind::NotFound,
        "200",
        "no security definition has been found",
    )
}
