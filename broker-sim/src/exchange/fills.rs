//! Booking: every trade reaches its order, its account, its list and its client.

use std::collections::{BTreeSet, HashMap};

use broker_core::model::{
    AccountId, BrokerText, Currency, ExecutionId, ExecutionKind, Fill, Instrument, Liquidity,
    NewOrder, Position, Price, ProfitAndLoss, Quantity, Side, SignedQuantity,
};
use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    Exchange, Output, Refusal,
    account::{Account, Booking, Correction, Delivery, Exercise, Marks, Proposed},
    combos::LegFill,
    market::Market,
    options::intrinsic,
    order::End,
};
use broker_core::model::ListedOption;

/// The executions of every order that is kept.
#[derive(Debug, Default)]
pub(super) struct Executions {
    next: u64,
    by_order: HashMap<u64, Vec<Fill>>,
    /// The newest execution of each account, for busts and corrections.
    newest: HashMap<AccountId, (u64, ExecutionId)>,
}

impl Executions {
    fn next_id(&mut self) -> Option<ExecutionId> {
        self.next += 1;
        ExecutionId::new(format!("X{:08}.01", self.next)).ok()
    }

    pub(super) fn forget(&mut self, key: u64) {
        self.by_order.remove(&key);
    }
}

/// The prices of all markets, as accounts see them.
pub(super) struct MarketMarks<'a> {
    markets: &'a [Market],
    by_instrument: &'a HashMap<Instrument, usize>,
    revision: u64,
}

impl Marks for MarketMarks<'_> {
    fn price(&self, instrument: &Instrument) -> Option<Decimal> {
        self.markets
            .get(*self.by_instrument.get(instrument)?)?
            .mark()
    }

    fn rate(&self, from: Currency, to: Currency) -> Option<Decimal> {
        if from == to {
            return Some(Decimal::ONE);
        }
        let direct = |base, quote| {
            self.price(&Instrument::forex(base, quote))
                .filter(|rate| *rate > Decimal::ZERO)
        };
        let either = |one, other| {
            direct(one, other).or_else(|| Decimal::ONE.checked_div(direct(other, one)?))
        };
        either(from, to)
            .or_else(|| either(from, Currency::USD)?.checked_mul(either(Currency::USD, to)?))
            .or_else(|| self.price(&Instrument::crypto(from, to)))
    }

    fn revision(&self) -> u64 {
        self.revision
    }
}

impl Exchange {
    /// Splits the exchange into its accounts and the prices at which they are valued.
    fn accounts_and_marks(&mut self) -> (&mut Vec<Account>, MarketMarks<'_>) {
        let marks = MarketMarks {
            markets: &self.markets,
            by_instrument: &self.by_instrument,
            revision: self.price_revision,
        };
        (&mut self.accounts, marks)
    }

    fn marks(&self) -> MarketMarks<'_> {
        MarketMarks {
            markets: &self.markets,
            by_instrument: &self.by_instrument,
            revision: self.price_revision,
        }
    }

    /// Whether the account can pay for an order; the error says what is missing.
    pub(super) fn afford(
        &mut self,
        account: usize,
        market: usize,
        terms: &NewOrder,
        quantity: Decimal,
    ) -> Result<(), String> {
        self.price_of(account, market, terms, quantity).map(|_| ())
    }

    fn price_of(
        &mut self,
        account: usize,
        market: usize,
        terms: &NewOrder,
        quantity: Decimal,
    ) -> Result<Option<broker_core::model::Money>, String> {
        let mut needed = None;
        for (proposed, side) in self.proposals(account, market, terms, quantity)? {
            let (accounts, marks) = self.accounts_and_marks();
            let Some(account) = accounts.get_mut(account) else {
                return Ok(None);
            };
            debug_assert_eq!(proposed.side.is_sell(), side.is_sell());
            let money = account
                .can_afford(&proposed, &marks)
                .map_err(|why| why.to_string())?;
            needed = Some(money);
        }
        Ok(needed)
    }

    /// What an order would trade: itself, or the legs of a combination.
    fn proposals(
        &self,
        account: usize,
        market: usize,
        terms: &NewOrder,
        quantity: Decimal,
    ) -> Result<Vec<(Proposed, Side)>, String> {
        let legs: Vec<(Instrument, Side, Decimal)> = match &terms.instrument {
            Instrument::Combo(combo) => combo
                .legs()
                .iter()
                .map(|leg| {
                    let side = if terms.side == Side::Buy {
                        leg.side
                    } else {
                        leg.side.opposite()
                    };
                    (
                        leg.instrument.clone(),
                        side,
                        quantity * Decimal::from(leg.ratio),
                    )
                })
                .collect(),
            instrument => vec![(instrument.clone(), terms.side, quantity)],
        };
        let mut proposals = Vec::new();
        for (instrument, side, quantity) in legs {
            let index = self
                .by_instrument
                .get(&instrument)
                .copied()
                .unwrap_or(market);
            let Some(market) = self.markets.get(index) else {
                continue;
            };
            let worst = self.worst_price(market, terms, side);
            let price = worst.and_then(|price| Price::new(price).ok());
            let quantity = Quantity::new(quantity).map_err(|error| error.to_string())?;
            let Some(price) = price else {
                return Err(format!("{instrument} has no price"));
            };
            let committed = if side.is_sell() {
                self.committed(account, market)
            } else {
                Decimal::ZERO
            };
            let details = &market.listing.details;
            let proposed = Proposed {
                instrument,
                multiplier: details.multiplier,
                underlying: details
                    .underlying
                    .clone()
                    .filter(|_| is_option(&details.instrument)),
                side,
                price,
                quantity,
                committed,
            };
            proposals.push((proposed, side));
        }
        Ok(proposals)
    }

    /// Units that the account's open orders already sell.
    fn committed(&self, account: usize, market: &Market) -> Decimal {
        let orders = market.open.iter().filter_map(|key| self.orders.get(key));
        orders
            .filter(|order| {
                order.account_index == account && order.side().is_sell() && !order.is_waiting()
            })
            .map(super::SimOrder::tradable)
            .sum()
    }

    /// The worst price at which an order is expected to trade.
    fn worst_price(&self, market: &Market, terms: &NewOrder, side: Side) -> Option<Decimal> {
        let combo = matches!(terms.instrument, Instrument::Combo(_));
        let mark = market.mark();
        let named = terms
            .order_type
            .limit_price()
            .or(terms.order_type.trigger_price());
        match named.map(Price::get).filter(|_| !combo) {
            // A seller may get the market's price, which is what a short sale has to be paid for.
            Some(price) if side.is_sell() => Some(mark.map_or(price, |mark| mark.max(price))),
            Some(price) => Some(price),
            None => mark,
        }
    }

    /// Reserves what an accepted order needs.
    pub(super) fn hold_money(&mut self, key: u64) {
        let Some(order) = self.orders.get(&key) else {
            return;
        };
        let (account, market) = (order.account_index, order.market);
        let (terms, quantity) = (std::sync::Arc::clone(&order.terms), order.leaves());
        // A sale of what is held needs nothing; then there is nothing to reserve.
        if let Ok(Some(money)) = self.price_of(account, market, &terms, quantity)
            && let Some(account) = self.accounts.get_mut(account)
        {
            let _ = account.reserve(key, money);
        }
    }

    /// Books a fill of an order.
    pub(super) fn fill(
        &mut self,
        key: u64,
        price: Decimal,
        quantity: Decimal,
        liquidity: Liquidity,
    ) {
        let Some(order) = self.orders.get(&key) else {
            return;
        };
        let leg = LegFill {
            instrument: order.terms.instrument.clone(),
            side: order.side(),
            price,
            quantity,
        };
        self.book_legs(key, price, quantity, &[leg], liquidity);
    }

    /// Books a fill of a combination: one report at the net price, each leg in the account.
    pub(super) fn book_combo(
        &mut self,
        key: u64,
        net: Decimal,
        units: Decimal,
        legs: &[LegFill],
        liquidity: Liquidity,
    ) {
        self.book_legs(key, net, units, legs, liquidity);
    }

    fn book_legs(
        &mut self,
        key: u64,
        price: Decimal,
        quantity: Decimal,
        legs: &[LegFill],
        liquidity: Liquidity,
    ) {
        let now = self.now;
        let Some(execution_id) = self.executions.next_id() else {
            return;
        };
        let Some(order) = self.orders.get_mut(&key) else {
            return;
        };
        order.filled += quantity;
        order.notional += price * quantity;
        order.updated_at = now;
        let (account, market) = (order.account_index, order.market);
        let (Ok(fill_price), Ok(fill_quantity)) = (Price::new(price), Quantity::new(quantity))
        else {
            return;
        };
        let mut fill = Fill::new(
            execution_id.clone(),
            &order.terms,
            fill_price,
            fill_quantity,
            now,
        );
        fill.broker_order_id = order.broker_order_id();
        fill.liquidity = Some(liquidity);
        let account_id = order.account.clone();
        let complete = order.leaves() <= Decimal::ZERO;
        let (trade_date, settlement_date) = self.dates(market);
        let mut booked = BTreeSet::new();
        for (number, leg) in legs.iter().enumerate() {
            let leg_execution = if legs.len() == 1 {
                Ok(execution_id.clone())
            } else {
                ExecutionId::new(format!("{execution_id}.{number}"))
            };
            let Ok(leg_execution) = leg_execution else {
                continue;
            };
            let effect = self.book_leg(
                account,
                key,
                leg_execution,
                leg,
                (trade_date, settlement_date),
            );
            if let Some((commission, realized)) = effect {
                fill.commission = match fill.commission {
                    Some(sum) => sum.checked_add(commission).or(Some(sum)),
                    None => Some(commission),
                };
                fill.realized_pnl = match (fill.realized_pnl, realized) {
                    (Some(sum), Some(more)) => sum.checked_add(more).or(Some(sum)),
                    (one, other) => one.or(other),
                };
            }
            booked.insert(leg.instrument.clone());
        }
        if let Some(market) = self.markets.get(market) {
            fill.venue = market.listing.details.exchanges.first().copied();
        }
        self.executions
            .newest
            .insert(account_id, (key, execution_id));
        self.executions
            .by_order
            .entry(key)
            .or_default()
            .push(fill.clone());
        let kind = ExecutionKind::Trade {
            fill: std::sync::Arc::new(fill),
        };
        if complete {
            self.end(key, End::Filled);
        } else {
            self.hold_money(key);
        }
        self.tell(key, kind);
        if complete
            && self
                .orders
                .get(&key)
                .is_some_and(|o| o.terms.quantity().is_none())
        {
            // An order by amount does not say how many units are all of it.
            let status = broker_core::model::OrderStatus::Filled;
            self.tell(key, ExecutionKind::Status { status });
        }
        for instrument in booked {
            self.tell_position(account, &instrument);
        }
        self.tell_summary(account);
        self.list_member_filled(key, quantity);
    }

    fn book_leg(
        &mut self,
        account: usize,
        key: u64,
        execution_id: ExecutionId,
        leg: &LegFill,
        (trade_date, settlement_date): (NaiveDate, NaiveDate),
    ) -> Option<(broker_core::model::Money, Option<broker_core::model::Money>)> {
        let market = self
            .markets
            .get(*self.by_instrument.get(&leg.instrument)?)?;
        let details = &market.listing.details;
        let booking = Booking {
            execution_id,
            order_key: key,
            instrument: leg.instrument.clone(),
            multiplier: details.multiplier,
            underlying: details
                .underlying
                .clone()
                .filter(|_| is_option(&details.instrument)),
            side: leg.side,
            price: Price::new(leg.price).ok()?,
            quantity: Quantity::new(leg.quantity).ok()?,
            trade_date,
            settlement_date,
            at: self.now,
        };
        let effect = self.accounts.get_mut(account)?.apply_fill(&booking).ok()?;
        self.price_revision += 1;
        Some((effect.commission, effect.realized))
    }

    /// Gives an account a position without an order, as a transfer from elsewhere does.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](broker_core::ErrorKind::NotFound) for an unknown account or
    /// instrument, [`ErrorKind::InvalidRequest`](broker_core::ErrorKind::InvalidRequest) for figures
    /// that the account cannot book.
    pub fn endow(
        &mut self,
        account: &AccountId,
        instrument: &Instrument,
        quantity: Quantity,
        price: Price,
    ) -> Result<(), Refusal> {
        use broker_core::ErrorKind;
        self.find_or_list(instrument)?;
        let index = *self.account_index.get(account).ok_or_else(|| {
            Refusal::new(ErrorKind::NotFound, "A2", format!("no account {account}"))
        })?;
        let invalid = || {
            let text = "the account cannot book the position";
            Refusal::new(ErrorKind::InvalidRequest, "A3", text)
        };
        let execution_id = self.executions.next_id().ok_or_else(invalid)?;
        let market = self
            .by_instrument
            .get(instrument)
            .copied()
            .unwrap_or_default();
        let leg = LegFill {
            instrument: instrument.clone(),
            side: Side::Buy,
            price: price.get(),
            quantity: quantity.get(),
        };
        let dates = self.dates(market);
        self.book_leg(index, 0, execution_id, &leg, dates)
            .ok_or_else(invalid)?;
        self.tell_position(index, instrument);
        self.tell_summary(index);
        Ok(())
    }

    /// The trading date and, one trading day later, the settlement date.
    fn dates(&self, market: usize) -> (NaiveDate, NaiveDate) {
        let today = self.today();
        let Some(market) = self.markets.get(market) else {
            return (today, today);
        };
        let calendar = &market.listing.calendar;
        let trade = calendar.trade_date_of(self.now).unwrap_or(today);
        (trade, calendar.next_trading_date(trade).unwrap_or(trade))
    }

    pub(super) fn tell_position(&mut self, account: usize, instrument: &Instrument) {
        let now = self.now;
        let marks = self.marks();
        let Some(account) = self.accounts.get(account) else {
            return;
        };
        let mut held = account.positions(&marks, now);
        held.retain(|position| position.instrument == *instrument);
        let position = held.pop().unwrap_or_else(|| {
            let id = account.id().clone();
            Position::new(id, instrument.clone(), SignedQuantity::FLAT, now)
        });
        self.outbox.push(Output::Position {
            position: Box::new(position),
        });
    }

    pub(super) fn tell_summary(&mut self, account: usize) {
        let now = self.now;
        let marks = self.marks();
        let Some(account) = self.accounts.get(account) else {
            return;
        };
        let summary = Box::new(account.summary(&marks, now));
        // Only the newest figures matter until they are told.
        let stale = |output: &Output| matches!(output, Output::Summary { summary: old } if old.account == summary.account);
        self.outbox.retain(|output| !stale(output));
        self.outbox.push(Output::Summary { summary });
    }

    /// The account's figures.
    #[must_use]
    pub fn summary(&self, account: &AccountId) -> Option<broker_core::model::AccountSummary> {
        let account = self.accounts.get(*self.account_index.get(account)?)?;
        Some(account.summary(&self.marks(), self.now))
    }

    /// The account's positions that are not flat.
    #[must_use]
    pub fn positions(&self, account: &AccountId) -> Vec<Position> {
        let Some(account) = self
            .account_index
            .get(account)
            .and_then(|index| self.accounts.get(*index))
        else {
            return Vec::new();
        };
        let mut positions = account.positions(&self.marks(), self.now);
        positions.retain(|position| !position.quantity.is_flat());
        positions
    }

    /// The account's profit and loss.
    #[must_use]
    pub fn profit_and_loss(&self, account: &AccountId) -> Option<ProfitAndLoss> {
        let account = self.accounts.get(*self.account_index.get(account)?)?;
        Some(account.profit_and_loss(&self.marks(), self.now))
    }

    /// The account itself.
    #[must_use]
    pub fn account(&self, account: &AccountId) -> Option<&Account> {
        self.accounts.get(*self.account_index.get(account)?)
    }

    /// The account's fills that count, oldest first.
    #[must_use]
    pub fn fills(&self, account: &AccountId) -> Vec<Fill> {
        let mut fills: Vec<Fill> = self
            .executions
            .by_order
            .values()
            .flatten()
            .filter(|fill| fill.account == *account)
            .cloned()
            .collect();
        fills.sort_by(|a, b| {
            (a.executed_at, &a.execution_id).cmp(&(b.executed_at, &b.execution_id))
        });
        fills
    }

    /// The fills of one order, oldest first.
    #[must_use]
    pub fn fills_of(&self, key: u64) -> &[Fill] {
        self.executions
            .by_order
            .get(&key)
            .map_or(&[], Vec::as_slice)
    }

    /// Busts the newest execution of an account; `false` when there is none.
    pub fn bust_newest(&mut self, account: &AccountId) -> bool {
        let Some((key, id)) = self.executions.newest.remove(account) else {
            return false;
        };
        let Some(index) = self.account_index.get(account).copied() else {
            return false;
        };
        let Some(fills) = self.executions.by_order.get_mut(&key) else {
            return false;
        };
        let Some(position) = fills.iter().position(|fill| fill.execution_id == id) else {
            return false;
        };
        if self
            .accounts
            .get_mut(index)
            .is_none_or(|a| a.reverse_fill(&id).is_err())
        {
            return false;
        }
        let gone = fills.remove(position);
        self.price_revision += 1;
        let mut reopened = false;
        if let Some(order) = self.orders.get_mut(&key) {
            order.filled -= gone.quantity.get();
            order.notional -= gone.price.get() * gone.quantity.get();
            // The busted quantity is not traded again: what is left of the order ends.
            reopened = order.place == super::order::Place::Ended(End::Filled);
            if reopened {
                order.place = super::order::Place::Ended(End::Canceled);
            }
        }
        self.tell(key, ExecutionKind::TradeCancel { execution_id: id });
        if reopened {
            let reason = BrokerText::text("the rest is canceled after a bust");
            self.tell_because(key, ExecutionKind::Canceled, Some(reason));
        }
        self.tell_position(index, &gone.instrument);
        self.tell_summary(index);
        true
    }

    /// Corrects the newest execution of an account by one increment; `false` when there is none.
    pub fn correct_newest(&mut self, account: &AccountId) -> bool {
        let Some((key, id)) = self.executions.newest.remove(account) else {
            return false;
        };
        let Some(index) = self.account_index.get(account).copied() else {
            return false;
        };
        let Some(fill) = self
            .executions
            .by_order
            .get_mut(&key)
            .and_then(|fills| fills.iter_mut().find(|fill| fill.execution_id == id))
        else {
            return false;
        };
        let increment = self
            .by_instrument
            .get(&fill.instrument)
            .and_then(|market| self.markets.get(*market))
            .map_or(Decimal::ONE, |market| {
                market.listing.details.ticks.increment(fill.price)
            });
        let Ok(price) = Price::new(fill.price.get() + increment) else {
            return false;
        };
        let Ok(new_id) = ExecutionId::new(id.as_str().replace(".01", ".02")) else {
            return false;
        };
        let correction = Correction {
            execution_id: Some(new_id.clone()),
            price,
            quantity: fill.quantity,
        };
        if self
            .accounts
            .get_mut(index)
            .is_none_or(|a| a.correct_fill(&id, &correction).is_err())
        {
            return false;
        }
        let old = fill.price.get();
        fill.price = price;
        fill.execution_id = new_id.clone();
        let corrected = fill.clone();
        self.price_revision += 1;
        if let Some(order) = self.orders.get_mut(&key) {
            order.notional += (price.get() - old) * corrected.quantity.get();
        }
        self.executions
            .newest
            .insert(account.clone(), (key, new_id));
        let instrument = corrected.instrument.clone();
        let fill = std::sync::Arc::new(corrected);
        self.tell(key, ExecutionKind::TradeCorrect { replaces: id, fill });
        self.tell_position(index, &instrument);
        self.tell_summary(index);
        true
    }

    /// Units that an account holds.
    pub(super) fn held(&self, account: usize, instrument: &Instrument) -> Decimal {
        let account = self.accounts.get(account);
        let held = account.and_then(|account| account.holding(instrument));
        held.map_or(Decimal::ZERO, |held| held.quantity)
    }

    /// Exercises options of an account at an underlying price, and tells it.
    pub(super) fn book_exercise(
        &mut self,
        account: usize,
        option: &ListedOption,
        contracts: Decimal,
        price: Decimal,
    ) {
        let instrument = Instrument::Option(option.clone());
        let (trade_date, settlement_date) = match self.by_instrument.get(&instrument) {
            Some(index) => self.dates(*index),
            None => return,
        };
        let Some(underlying) = self
            .by_instrument
            .get(&instrument)
            .and_then(|index| self.markets.get(*index))
            .and_then(|market| market.listing.details.underlying.clone())
        else {
            return;
        };
        let Ok(quantity) = Quantity::new(contracts) else {
            return;
        };
        let delivery = if matches!(underlying, Instrument::Index(_)) {
            let value = intrinsic(option, price).max(Decimal::ZERO);
            Delivery::Cash { value }
        } else {
            Delivery::Physical {
                underlying: underlying.clone(),
                multiplier: Decimal::ONE,
            }
        };
        let exercise = Exercise {
            option: instrument.clone(),
            quantity,
            delivery,
            trade_date,
            settlement_date,
        };
        let done = self
            .accounts
            .get_mut(account)
            .is_some_and(|a| a.exercise(&exercise).is_ok());
        if done {
            self.price_revision += 1;
            self.tell_position(account, &instrument);
            self.tell_position(account, &underlying);
            self.tell_summary(account);
        }
    }

    /// Settles what an account holds of an instrument that has stopped trading.
    pub(super) fn settle_expiry(
        &mut self,
        account: usize,
        instrument: &Instrument,
        price: Decimal,
    ) {
        let held = self.held(account, instrument);
        if held.is_zero() {
            return;
        }
        match instrument {
            Instrument::Option(option) => {
                let lapses =
                    held > Decimal::ZERO && self.lapsing.remove(&(account, instrument.clone()));
                if intrinsic(option, price) > Decimal::ZERO && !lapses {
                    self.book_exercise(account, option, held.abs(), price);
                } else {
                    self.settle_at(account, instrument, Decimal::ZERO);
                }
            }
            _ => self.settle_at(account, instrument, price),
        }
    }

    fn settle_at(&mut self, account: usize, instrument: &Instrument, price: Decimal) {
        let Some(index) = self.by_instrument.get(instrument).copied() else {
            return;
        };
        let (trade, settlement) = self.dates(index);
        let settled = self
            .accounts
            .get_mut(account)
            .is_some_and(|a| a.settle_at(instrument, price, trade, settlement).is_ok());
        if settled {
            self.price_revision += 1;
            self.tell_position(account, instrument);
            self.tell_summary(account);
        }
    }

    pub(super) fn pay_dividend(
        &mut self,
        instrument: &Instrument,
        amount: Decimal,
        _currency: Currency,
    ) {
        let Some(index) = self.by_instrument.get(instrument).copied() else {
            return;
        };
        let (ex, pay) = self.dates(index);
        for account in 0..self.accounts.len() {
            let paid = self
                .accounts
                .get_mut(account)
                .is_some_and(|a| matches!(a.dividend(instrument, amount, ex, pay), Ok(Some(_))));
            if paid {
                self.tell_summary(account);
            }
        }
    }

    pub(super) fn split_holdings(
        &mut self,
        instrument: &Instrument,
        from: u32,
        to: u32,
        price: Option<Decimal>,
    ) {
        let Some(index) = self.by_instrument.get(instrument).copied() else {
            return;
        };
        let (date, _) = self.dates(index);
        for account in 0..self.accounts.len() {
            if self.held(account, instrument).is_zero() {
                continue;
            }
            let split = self
                .accounts
                .get_mut(account)
                .is_some_and(|a| a.split(instrument, from, to, price, date).is_ok());
            if split {
                self.tell_position(account, instrument);
                self.tell_summary(account);
            }
        }
        self.price_revision += 1;
    }

    /// Ends the trading date for every account.
    pub(super) fn close_accounts(&mut self, date: Option<NaiveDate>) {
        let Some(date) = date else { return };
        let next = date.succ_opt().unwrap_or(date);
        for index in 0..self.accounts.len() {
            let (accounts, marks) = self.accounts_and_marks();
            let Some(account) = accounts.get_mut(index) else {
                continue;
            };
            // A day that cannot be valued leaves the figures of the day before.
            let _ = account.close_of_day(date, &marks);
            account.start_of_day(next);
        }
        self.price_revision += 1;
    }

    /// What an order would cost, without taking it.
    ///
    /// # Errors
    /// The [`Refusal`] with which the order would be refused.
    pub fn preview(
        &mut self,
        terms: &NewOrder,
        waits: bool,
    ) -> Result<broker_core::model::OrderPreview, Refusal> {
        let (account, market) = self.examine(terms)?;
        let quantity = self.quantity_of(terms, market)?;
        let mut preview = broker_core::model::OrderPreview::new(true);
        if waits {
            return Ok(preview);
        }
        self.check_session(terms, market)?;
        let before = self.account_figures(account);
        let priced = self.price_of(account, market, terms, quantity);
        if let Err(text) = &priced {
            let kind = broker_core::ErrorKind::InsufficientFunds;
            return Err(Refusal::new(kind, "201", text.clone()).at("amount"));
        }
        let proposals = self
            .proposals(account, market, terms, quantity)
            .unwrap_or_default();
        preview.initial_margin_before = before.and_then(|summary| summary.initial_margin);
        if let Some((proposed, _)) = proposals.first() {
            self.fill_preview(&mut preview, account, proposed);
        }
        Ok(preview)
    }

    fn account_figures(&self, account: usize) -> Option<broker_core::model::AccountSummary> {
        Some(self.accounts.get(account)?.summary(&self.marks(), self.now))
    }

    fn fill_preview(
        &self,
        preview: &mut broker_core::model::OrderPreview,
        index: usize,
        proposed: &Proposed,
    ) {
        use broker_core::model::Money;
        let Some(account) = self.accounts.get(index) else {
            return;
        };
        let marks = self.marks();
        let base = account.base_currency();
        if let Some(currency) = proposed.instrument.currency() {
            let notional = proposed
                .price
                .get()
                .checked_mul(proposed.quantity.get())
                .and_then(|value| value.checked_mul(proposed.multiplier));
            preview.notional = notional.map(|amount| Money::new(amount.normalize(), currency));
            preview.commission = account.commission_for(proposed).ok();
        }
        if let Ok(after) = account.requirement_with(Some(proposed), &marks) {
            preview.initial_margin_after = Some(Money::new(after.initial, base));
            preview.maintenance_margin_after = Some(Money::new(after.maintenance, base));
        }
        let summary = account.summary(&marks, self.now);
        if let (Some(power), Some(before), Some(after)) = (
            summary.buying_power,
            preview.initial_margin_before,
            preview.initial_margin_after,
        ) {
            let less = (after.amount - before.amount).max(Decimal::ZERO);
            preview.buying_power_after = Some(Money::new(power.amount - less, base));
        }
    }
}

/// Whether an instrument is an option, whose underlying margins need.
fn is_option(instrument: &Instrument) -> bool {
    matches!(
        instrument,
        Instrument::Option(_) | Instrument::FutureOption(_)
    )
}
