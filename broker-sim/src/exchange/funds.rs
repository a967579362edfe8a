//! Money: what an order needs, what is set aside for it, what it would cost.

use std::collections::BTreeMap;

use broker_core::model::{Instrument, Money, NewOrder, Price, Quantity, Side};
use rust_decimal::Decimal;

use super::{Exchange, Instructions, Refusal, account::Proposed, fills::is_option, market::Market};

impl Exchange {
    /// Whether the account can pay for an order; the error says what is missing.
    pub(super) fn afford(
        &mut self,
        account: usize,
        market: usize,
        terms: &NewOrder,
        quantity: Decimal,
        own: Option<u64>,
    ) -> Result<(), String> {
        self.price_of(account, market, terms, quantity, own)
            .map(|_| ())
    }

    /// What an order needs, if the account can pay for it; the error says what is missing.
    pub(super) fn price_of(
        &mut self,
        account: usize,
        market: usize,
        terms: &NewOrder,
        quantity: Decimal,
        own: Option<u64>,
    ) -> Result<Option<Money>, String> {
        let proposals = self.proposals(account, market, terms, quantity, own)?;
        let (accounts, marks) = self.accounts_and_marks();
        let Some(account) = accounts.get_mut(account) else {
            return Ok(None);
        };
        account
            .can_afford_together(&proposals, &marks)
            .map(Some)
            .map_err(|why| why.to_string())
    }

    /// What an order would trade: itself, or the legs of a combination.
    fn proposals(
        &self,
        account: usize,
        market: usize,
        terms: &NewOrder,
        quantity: Decimal,
        own: Option<u64>,
    ) -> Result<Vec<Proposed>, String> {
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
                self.committed(account, market, own)
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
            proposals.push(proposed);
        }
        Ok(proposals)
    }

    /// Units that the account's open orders other than `own` already sell. Of orders that cancel
    /// each other only the largest counts.
    fn committed(&self, account: usize, market: &Market, own: Option<u64>) -> Decimal {
        let orders = market.open.iter().filter_map(|key| self.orders.get(key));
        let mut alone = Decimal::ZERO;
        let mut listed: BTreeMap<u64, Decimal> = BTreeMap::new();
        for order in orders.filter(|order| {
            order.account_index == account
                && Some(order.key) != own
                && order.side().is_sell()
                && !order.is_waiting()
                && own.is_none_or(|own| !self.lists.are_alternatives(own, order.key))
        }) {
            match self.lists.exclusive(order) {
                Some(list) if own.and_then(|own| self.lists.of(own)) == Some(list) => {}
                Some(list) => {
                    let most = listed.entry(list).or_default();
                    *most = (*most).max(order.tradable());
                }
                None => alone += order.tradable(),
            }
        }
        alone + listed.values().sum::<Decimal>()
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
        // What it has reserved so far does not stand in its way.
        let before = self
            .accounts
            .get_mut(account)
            .and_then(|account| account.release(key).ok().flatten());
        let money = match self.price_of(account, market, &terms, quantity, Some(key)) {
            Ok(money) => money,
            // Prices have moved since it was taken: what it has keeps being reserved.
            Err(_) => before,
        };
        self.set_aside(key, money);
    }

    /// Reserves money for an order.
    pub(super) fn set_aside(&mut self, key: u64, money: Option<Money>) {
        let account = self.orders.get(&key).map(|order| order.account_index);
        if let Some(money) = money.filter(|money| !money.amount.is_zero())
            && let Some(account) = account.and_then(|index| self.accounts.get_mut(index))
        {
            // A sum that overflows leaves nothing reserved; nothing else depends on it.
            let _ = account.reserve(key, money);
        }
    }

    /// What an order would cost, without taking it.
    ///
    /// # Errors
    /// The [`Refusal`] with which the order would be refused.
    pub fn preview(
        &mut self,
        terms: &NewOrder,
    ) -> Result<broker_core::model::OrderPreview, Refusal> {
        let (account, market) = self.examine(terms)?;
        let quantity = self.quantity_of(terms, market)?;
        self.check_session(terms, market)?;
        self.cost_of(terms, account, market, quantity)
    }

    /// The same for an order that may wait: for its session, or as its instructions say.
    ///
    /// # Errors
    /// The [`Refusal`] with which [`place_held`](Self::place_held) would refuse it.
    pub fn preview_held(
        &mut self,
        terms: &NewOrder,
        instructions: &Instructions,
    ) -> Result<broker_core::model::OrderPreview, Refusal> {
        let (account, market) = self.examine(terms)?;
        instructions.check(terms)?;
        let quantity = self.quantity_of(terms, market)?;
        self.check_held(terms, market, instructions)?;
        self.cost_of(terms, account, market, quantity)
    }

    fn cost_of(
        &mut self,
        terms: &NewOrder,
        account: usize,
        market: usize,
        quantity: Decimal,
    ) -> Result<broker_core::model::OrderPreview, Refusal> {
        let mut preview = broker_core::model::OrderPreview::new(true);
        let before = self.account_figures(account);
        let priced = self.price_of(account, market, terms, quantity, None);
        if let Err(text) = &priced {
            let kind = broker_core::ErrorKind::InsufficientFunds;
            return Err(Refusal::new(kind, "201", text.clone()).at("amount"));
        }
        let proposals = self
            .proposals(account, market, terms, quantity, None)
            .unwrap_or_default();
        preview.initial_margin_before = before.and_then(|summary| summary.initial_margin);
        if let [proposed] = proposals.as_slice() {
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
