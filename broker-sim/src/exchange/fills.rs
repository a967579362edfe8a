//! Booking: every trade reaches its order, its account, its list and its client.

use std::collections::BTreeSet;

use broker_core::model::{
    AccountId, Currency, ExecutionId, ExecutionKind, Fill, Instrument, Liquidity, Position, Price,
    ProfitAndLoss, Quantity, SignedQuantity,
};
use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    Exchange, Output,
    account::{Account, Booking, Marks},
    book::KeyMap,
    combos::LegFill,
    market::Market,
    order::End,
};

/// The executions of every order that is kept.
#[derive(Debug, Default)]
pub(super) struct Executions {
    next: u64,
    pub(super) by_order: KeyMap<u64, Vec<Fill>>,
    /// The newest execution of each account, for busts and corrections.
    pub(super) newest: KeyMap<AccountId, (u64, ExecutionId)>,
}

impl Executions {
    pub(super) fn next_id(&mut self) -> Option<ExecutionId> {
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
    by_instrument: &'a KeyMap<Instrument, usize>,
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
    pub(super) fn accounts_and_marks(&mut self) -> (&mut Vec<Account>, MarketMarks<'_>) {
        let marks = MarketMarks {
            markets: &self.markets,
            by_instrument: &self.by_instrument,
            revision: self.price_revision,
        };
        (&mut self.accounts, marks)
    }

    pub(super) fn marks(&self) -> MarketMarks<'_> {
        MarketMarks {
            markets: &self.markets,
            by_instrument: &self.by_instrument,
            revision: self.price_revision,
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
            self.note_execution(account, &leg.instrument);
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

    pub(super) fn book_leg(
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
        Some((effect.commission, effect.realized_net))
    }

    /// The trading date and, one trading day later, the settlement date.
    pub(super) fn dates(&self, market: usize) -> (NaiveDate, NaiveDate) {
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
        let held = account.position_in(instrument, &marks, now);
        let position = held.unwrap_or_else(|| {
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
}

/// Whether an instrument is an option, whose underlying margins need.
pub(super) fn is_option(instrument: &Instrument) -> bool {
    matches!(
        instrument,
        Instrument::Option(_) | Instrument::FutureOption(_)
    )
}
