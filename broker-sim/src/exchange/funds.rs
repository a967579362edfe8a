//! Money: what an order needs, what is set aside for it, what it would cost.

use broker_core::model::{Instrument, NewOrder, Price, Quantity, Side};
use rust_decimal::Decimal;

use super::{Exchange, Refusal, account::Proposed, fills::is_option, market::Market};

impl Exchange {
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

    /// What an order needs, if the account can pay for it; the error says what is missing.
    pub(super) fn price_of(
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
