use std::collections::BTreeMap;

use broker_core::model::{Currency, ExecutionId, Money};
use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::cash::Flow;
use super::holding::{Lot, Payment, Terms};
use super::{AccountError, Charge, FillEffect, HoldingSnapshot, exact};

/// One thing that happened to a holding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    Trade(Trade),
    Split {
        from: u32,
        to: u32,
        cash_price: Option<Decimal>,
        date: NaiveDate,
    },
    Dividend {
        per_unit: Decimal,
        ex_date: NaiveDate,
        pay_date: NaiveDate,
    },
    DayClosed {
        date: NaiveDate,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trade {
    /// `None` for what is not an execution: exercise, assignment, expiry. Those cost nothing.
    pub(super) execution: Option<(ExecutionId, u64)>,
    pub(super) quantity: Decimal,
    pub(super) price: Decimal,
    pub(super) trade_date: NaiveDate,
    pub(super) settles: NaiveDate,
}

impl Event {
    fn date(&self) -> NaiveDate {
        match self {
            Self::Trade(trade) => trade.trade_date,
            Self::Split { date, .. } | Self::DayClosed { date } => *date,
            Self::Dividend { ex_date, .. } => *ex_date,
        }
    }

    pub(super) fn execution_id(&self) -> Option<&ExecutionId> {
        match self {
            Self::Trade(trade) => trade.execution.as_ref().map(|(id, _)| id),
            _ => None,
        }
    }
}

/// The state that events make.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct State {
    pub(super) lot: Lot,
    /// What each order has filled and paid, and the date of its last fill.
    orders: BTreeMap<u64, (Charge, NaiveDate)>,
}

/// What one event changes, computed before anything is changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    lot: Lot,
    order: Option<(u64, Charge, NaiveDate)>,
    pub(super) commission: Decimal,
    pub(super) realized: Option<Decimal>,
    realized_net: Option<Decimal>,
    flows: [Flow; 2],
}

impl Step {
    /// The money that moves; amounts may be zero.
    pub(super) fn flows(&self) -> &[Flow] {
        &self.flows
    }
}

fn flow(currency: Currency, amount: Decimal, settles: Option<NaiveDate>) -> Flow {
    Flow {
        currency,
        amount,
        settles,
    }
}

impl State {
    fn step(&self, event: &Event, terms: &Terms) -> Result<Step, AccountError> {
        let nothing = flow(terms.currency, Decimal::ZERO, None);
        let mut step = Step {
            lot: self.lot,
            order: None,
            commission: Decimal::ZERO,
            realized: None,
            realized_net: None,
            flows: [nothing; 2],
        };
        match event {
            Event::Trade(trade) => self.trade(trade, terms, &mut step)?,
            Event::Split {
                from,
                to,
                cash_price,
                ..
            } => {
                let digits = terms.currency.minor_digits();
                let (lot, paid) =
                    self.lot
                        .split(*from, *to, *cash_price, terms.multiplier, digits)?;
                step.lot = lot;
                step.flows = [flow(terms.currency, paid, None), nothing];
            }
            Event::Dividend {
                per_unit, pay_date, ..
            } => {
                let units = exact::mul(self.lot.quantity, terms.multiplier)?;
                let paid = exact::mul(units, *per_unit)?;
                let paid = exact::to_minor(paid, terms.currency.minor_digits());
                step.flows = [flow(terms.currency, paid, Some(*pay_date)), nothing];
            }
            Event::DayClosed { .. } => {
                step.lot.realized_today = Decimal::ZERO;
                step.lot.charges_today = Decimal::ZERO;
            }
        }
        Ok(step)
    }

    fn trade(&self, trade: &Trade, terms: &Terms, step: &mut Step) -> Result<(), AccountError> {
        let (mut lot, realized) = self
            .lot
            .trade(trade.quantity, trade.price, terms.multiplier)?;
        let value = exact::mul(exact::mul(trade.quantity, trade.price)?, terms.multiplier)?;
        if let Some((_, key)) = trade.execution {
            let before = self
                .orders
                .get(&key)
                .map_or_else(Charge::default, |(charge, _)| *charge);
            let units = trade.quantity.abs();
            let after = terms
                .rule
                .charge(before, units, value.abs(), terms.currency)?;
            step.commission = exact::sub(after.charged, before.charged)?;
            step.order = Some((key, after, trade.trade_date));
        }
        let settles = Some(trade.settles);
        let (paid, base) = match terms.payment {
            Payment::Full => (-value, None),
            Payment::Variation => (realized.unwrap_or_default(), None),
            Payment::Exchange { base } => (-value, Some(base)),
        };
        let paid = exact::sub(paid, step.commission)?;
        step.flows = [
            flow(terms.currency, paid, settles),
            match base {
                Some(base) => flow(base, trade.quantity, settles),
                None => flow(terms.currency, Decimal::ZERO, None),
            },
        ];
        let charges = lot.charge(&self.lot, trade.quantity, step.commission)?;
        step.lot = lot;
        step.realized = realized;
        step.realized_net = match realized {
            Some(realized) => Some(exact::sub(realized, charges)?),
            None => None,
        };
        Ok(())
    }

    fn take(&mut self, step: &Step) {
        self.lot = step.lot;
        if let Some((key, charge, date)) = step.order {
            self.orders.insert(key, (charge, date));
        }
    }
}

/// One instrument in an account: its terms, its state, and the recent events that made it, so
/// that any of them can be taken out again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holding {
    pub(super) terms: Terms,
    /// Before the first of `events`.
    opening: State,
    pub(super) state: State,
    pub(super) events: Vec<Event>,
}

impl Holding {
    pub(super) fn new(terms: Terms) -> Self {
        Self {
            terms,
            opening: State::default(),
            state: State::default(),
            events: Vec::new(),
        }
    }

    pub(super) fn plan(&self, event: &Event) -> Result<Step, AccountError> {
        self.state.step(event, &self.terms)
    }

    pub(super) fn commit(&mut self, event: Event, step: &Step) {
        self.state.take(step);
        self.events.push(event);
    }

    /// Drops what would have found nothing to happen to.
    pub(super) fn trim(&self, events: &mut Vec<Event>) {
        if self.opening == State::default() {
            let trade = |event: &Event| matches!(event, Event::Trade(_));
            let first = events.iter().position(trade).unwrap_or(events.len());
            events.drain(..first);
        }
    }

    /// The state and the money that other recent events would have made.
    pub(super) fn replay(&self, events: &[Event]) -> Result<(State, Vec<Flow>), AccountError> {
        let mut state = self.opening.clone();
        let mut flows = Vec::new();
        for event in events {
            let step = state.step(event, &self.terms)?;
            state.take(&step);
            flows.extend(step.flows().iter().filter(|flow| !flow.amount.is_zero()));
        }
        Ok((state, flows))
    }

    /// Makes everything before `date` final; calls `forget` with executions that became so.
    ///
    /// An order that last filled before `date` starts again: a later fill pays a new minimum.
    pub(super) fn fold_before(
        &mut self,
        date: NaiveDate,
        mut forget: impl FnMut(&ExecutionId),
    ) -> Result<(), AccountError> {
        let keep = self.events.iter().position(|event| event.date() >= date);
        let keep = keep.unwrap_or(self.events.len());
        for event in self.events.drain(..keep) {
            let step = self.opening.step(&event, &self.terms)?;
            self.opening.take(&step);
            if let Some(id) = event.execution_id() {
                forget(id);
            }
        }
        self.state.orders.retain(|_, (_, last)| *last >= date);
        // An order that also filled later keeps what it paid before.
        let alive = &self.state.orders;
        self.opening.orders.retain(|key, _| alive.contains_key(key));
        Ok(())
    }

    /// Whether nothing is left to remember.
    pub(super) fn is_empty(&self) -> bool {
        let State { lot, orders } = &self.state;
        let flat = lot.quantity.is_zero() && lot.realized_today.is_zero();
        let closed = |event| matches!(event, &Event::DayClosed { .. });
        flat && orders.is_empty() && self.events.iter().all(closed)
    }

    pub(super) fn snapshot(&self) -> HoldingSnapshot {
        let Lot {
            quantity,
            cost,
            realized_today,
            ..
        } = self.state.lot;
        HoldingSnapshot {
            quantity,
            cost,
            realized_today: Money::new(realized_today, self.terms.currency),
        }
    }

    pub(super) fn effect(&self, step: &Step) -> FillEffect {
        let money = |amount| Money::new(amount, self.terms.currency);
        FillEffect {
            commission: money(step.commission),
            realized: step.realized.map(money),
            realized_net: step.realized_net.map(money),
            holding: self.snapshot(),
        }
    }

    /// Commission of all orders that are not final.
    pub(super) fn charged(state: &State) -> Result<Decimal, AccountError> {
        state
            .orders
            .values()
            .try_fold(Decimal::ZERO, |sum, (charge, _)| {
                exact::add(sum, charge.charged)
            })
    }
}
