use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasherDefault;

use broker_core::model::{AccountId, AccountKind, Currency, ExecutionId, Instrument, Money};
use rust_decimal::Decimal;

use super::booking::signed;
use super::cash::{Cash, Flow};
use super::holding::Terms;
use super::ledger::{Event, Holding, Trade};
use super::reservation::Reservations;
use super::valuation::Valuation;
use super::{
    AccountError, Booking, CommissionSchedule, Correction, FillEffect, HoldingSnapshot,
    MarginRates, exact,
};

/// How the account is financed, of the kinds that the engine knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Financing {
    Cash,
    Margin,
    Portfolio,
}

/// Fixed keys instead of random ones: the same calls leave the same bytes.
type Executions = HashSet<ExecutionId, BuildHasherDefault<DefaultHasher>>;

/// One account of the exchange: cash, holdings, commissions, margin, profit and loss.
///
/// Every call either does all it says or returns an error and changes nothing. Figures are exact;
/// where a rule must round, the rule says so. Recent executions can be reversed and corrected: the
/// account then is what it would be had they never been, or been right at once.
///
/// ```
/// use broker_core::{dec, model::{AccountKind, Currency, Money}};
/// use broker_sim::exchange::account::Account;
///
/// let deposit = Money::new(dec!(25_000), Currency::USD);
/// let account = Account::new("U1".parse()?, AccountKind::Margin, Currency::USD, [deposit])?;
/// assert_eq!(account.cash(Currency::USD), dec!(25_000));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Account {
    pub(super) id: AccountId,
    pub(super) kind: AccountKind,
    pub(super) financing: Financing,
    pub(super) base: Currency,
    pub(super) schedule: CommissionSchedule,
    pub(super) rates: MarginRates,
    pub(super) cash: Cash,
    pub(super) holdings: BTreeMap<Instrument, Holding>,
    /// The executions that can still be changed.
    pub(super) executions: Executions,
    pub(super) reservations: Reservations,
    /// Deposits less withdrawals since the last close.
    pub(super) deposits_today: Cash,
    /// Equity at the last close; absent when it could not be computed.
    pub(super) previous_equity: Option<Decimal>,
    pub(super) valuation: Valuation,
}

impl Account {
    /// An account with its first deposits, the default commissions and the default margin rates.
    ///
    /// # Errors
    /// [`AccountError::UnknownKind`] for a kind that the model only has verbatim;
    /// [`AccountError::Overflow`] when the deposits are too large.
    pub fn new(
        id: AccountId,
        kind: AccountKind,
        base_currency: Currency,
        deposits: impl IntoIterator<Item = Money>,
    ) -> Result<Self, AccountError> {
        let financing = match &kind {
            AccountKind::Cash => Financing::Cash,
            AccountKind::Margin => Financing::Margin,
            AccountKind::PortfolioMargin => Financing::Portfolio,
            _ => return Err(AccountError::UnknownKind),
        };
        let mut account = Self {
            id,
            kind,
            financing,
            base: base_currency,
            schedule: CommissionSchedule::default(),
            rates: MarginRates::default(),
            cash: Cash::default(),
            holdings: BTreeMap::new(),
            executions: HashSet::default(),
            reservations: Reservations::default(),
            deposits_today: Cash::default(),
            previous_equity: Some(Decimal::ZERO),
            valuation: Valuation::default(),
        };
        for deposit in deposits {
            account.deposit(deposit)?;
        }
        Ok(account)
    }

    /// The same account with other commissions, for instruments not yet held.
    #[must_use]
    pub fn with_commissions(mut self, schedule: CommissionSchedule) -> Self {
        self.schedule = schedule;
        self
    }

    /// The same account with other margin rates.
    #[must_use]
    pub fn with_margin_rates(mut self, rates: MarginRates) -> Self {
        self.rates = rates;
        self.valuation.revision = None;
        self
    }

    /// The account as the broker names it.
    #[must_use]
    pub fn id(&self) -> &AccountId {
        &self.id
    }

    /// How it is financed.
    #[must_use]
    pub fn kind(&self) -> &AccountKind {
        &self.kind
    }

    /// The currency of its totals.
    #[must_use]
    pub fn base_currency(&self) -> Currency {
        self.base
    }

    /// Cash in a currency, settled or not; zero when there is none.
    #[must_use]
    pub fn cash(&self, currency: Currency) -> Decimal {
        let line = self.cash.line(currency);
        line.map_or(Decimal::ZERO, |line| line.total)
    }

    /// The holding of an instrument; `None` when it is not held and was not lately.
    #[must_use]
    pub fn holding(&self, instrument: &Instrument) -> Option<HoldingSnapshot> {
        self.holdings.get(instrument).map(Holding::snapshot)
    }

    /// Adds money, settled at once; a negative amount is a withdrawal. Not profit or loss.
    ///
    /// # Errors
    /// [`AccountError::Overflow`] or [`AccountError::Precision`].
    pub fn deposit(&mut self, money: Money) -> Result<(), AccountError> {
        let flow = [Flow {
            currency: money.currency,
            amount: money.amount,
            settles: None,
        }];
        self.deposits_today.post(&flow)?;
        if let Err(error) = self.cash.post(&flow) {
            self.deposits_today.take_back(&flow)?;
            return Err(error);
        }
        Ok(())
    }

    /// Books one execution.
    ///
    /// Shares, options, funds, bonds, warrants and coins are paid against the instrument. Futures
    /// move only commission and, when closed, the profit or loss: open variation stays unrealised
    /// and is not settled daily. A currency pair moves both currencies; its holding only keeps
    /// score of the profit or loss and is no value of its own.
    ///
    /// # Errors
    /// [`AccountError::DuplicateExecution`], [`NotHeld`](AccountError::NotHeld),
    /// [`Multiplier`](AccountError::Multiplier), [`Overflow`](AccountError::Overflow),
    /// [`Precision`](AccountError::Precision). Funds are not checked: what has traded has traded.
    pub fn apply_fill(&mut self, booking: &Booking) -> Result<FillEffect, AccountError> {
        if self.executions.contains(&booking.execution_id) {
            let id = booking.execution_id.clone();
            return Err(AccountError::DuplicateExecution(id));
        }
        let trade = Trade {
            execution: Some((booking.execution_id.clone(), booking.order_key)),
            quantity: signed(booking.side, booking.quantity),
            price: booking.price.get(),
            trade_date: booking.trade_date,
            settles: booking.settlement_date,
        };
        let underlying = booking.underlying.as_ref();
        let effect = self.book(&booking.instrument, booking.multiplier, underlying, trade)?;
        self.executions.insert(booking.execution_id.clone());
        Ok(effect)
    }

    /// Books a trade, opening the holding if there is none.
    pub(super) fn book(
        &mut self,
        instrument: &Instrument,
        multiplier: Decimal,
        underlying: Option<&Instrument>,
        trade: Trade,
    ) -> Result<FillEffect, AccountError> {
        let event = Event::Trade(trade);
        if let Some(holding) = self.holdings.get_mut(instrument) {
            if holding.terms.multiplier != multiplier {
                return Err(AccountError::Multiplier(instrument.clone()));
            }
            let step = holding.plan(&event)?;
            self.cash.post(step.flows())?;
            holding.commit(event, &step);
            self.valuation.touch(&holding.terms.group);
            return Ok(holding.effect(&step));
        }
        let terms = Terms::new(instrument, multiplier, underlying, &self.schedule)?;
        let mut holding = Holding::new(terms);
        let step = holding.plan(&event)?;
        self.cash.post(step.flows())?;
        holding.commit(event, &step);
        self.valuation.join(&holding.terms.group, instrument);
        let effect = holding.effect(&step);
        self.holdings.insert(instrument.clone(), holding);
        Ok(effect)
    }

    /// Books something that happened to an instrument that is held.
    pub(super) fn happen(
        &mut self,
        instrument: &Instrument,
        event: Event,
    ) -> Result<FillEffect, AccountError> {
        let Some(holding) = self.holdings.get_mut(instrument) else {
            return Err(AccountError::NotEnough(instrument.clone()));
        };
        let step = holding.plan(&event)?;
        self.cash.post(step.flows())?;
        holding.commit(event, &step);
        self.valuation.touch(&holding.terms.group);
        Ok(holding.effect(&step))
    }

    /// Takes an execution back (a bust): the account is as if it had never been.
    ///
    /// Everything that came after it in the instrument is computed again: commissions of its
    /// order, profit and loss of later fills, dividends, splits. The effect is the change made.
    ///
    /// # Errors
    /// [`AccountError::UnknownExecution`] when it is not booked, or was made final by a
    /// [`close_of_day`](Self::close_of_day) after its trading day.
    pub fn reverse_fill(&mut self, execution_id: &ExecutionId) -> Result<FillEffect, AccountError> {
        let instrument = self.place_of(execution_id)?;
        let effect = self.rewrite(&instrument, |events| {
            events.retain(|event| event.execution_id() != Some(execution_id));
        })?;
        self.executions.remove(execution_id);
        Ok(effect)
    }

    /// Gives an execution the right price and quantity, as if it had had them at once.
    ///
    /// # Errors
    /// As [`reverse_fill`](Self::reverse_fill), and [`AccountError::DuplicateExecution`] when the
    /// new identifier belongs to another execution.
    pub fn correct_fill(
        &mut self,
        execution_id: &ExecutionId,
        correction: &Correction,
    ) -> Result<FillEffect, AccountError> {
        let instrument = self.place_of(execution_id)?;
        let new_id = correction.execution_id.as_ref().unwrap_or(execution_id);
        if new_id != execution_id && self.executions.contains(new_id) {
            return Err(AccountError::DuplicateExecution(new_id.clone()));
        }
        let effect = self.rewrite(&instrument, |events| {
            for event in events {
                if let Event::Trade(trade) = event
                    && let Some((id, _)) = &mut trade.execution
                    && id == execution_id
                {
                    *id = new_id.clone();
                    let size = correction.quantity.get();
                    trade.quantity = if trade.quantity.is_sign_negative() {
                        -size
                    } else {
                        size
                    };
                    trade.price = correction.price.get();
                }
            }
        })?;
        self.executions.remove(execution_id);
        self.executions.insert(new_id.clone());
        Ok(effect)
    }

    /// The instrument of an execution. Changes are rare, so that no index is kept for them.
    fn place_of(&self, execution_id: &ExecutionId) -> Result<Instrument, AccountError> {
        let wanted = |event: &Event| event.execution_id() == Some(execution_id);
        self.holdings
            .iter()
            .find(|(_, holding)| holding.events.iter().any(wanted))
            .map(|(instrument, _)| instrument.clone())
            .ok_or_else(|| AccountError::UnknownExecution(execution_id.clone()))
    }

    /// Changes the recent events of a holding and everything that follows from them.
    pub(super) fn rewrite(
        &mut self,
        instrument: &Instrument,
        edit: impl FnOnce(&mut Vec<Event>),
    ) -> Result<FillEffect, AccountError> {
        let Some(holding) = self.holdings.get_mut(instrument) else {
            return Err(AccountError::NotEnough(instrument.clone()));
        };
        let mut events = holding.events.clone();
        edit(&mut events);
        holding.trim(&mut events);
        let (_, old_flows) = holding.replay(&holding.events)?;
        let (state, flows) = holding.replay(&events)?;
        let commission = exact::sub(Holding::charged(&state)?, Holding::charged(&holding.state)?)?;
        let realized = exact::sub(state.lot.realized_today, holding.state.lot.realized_today)?;
        let old_charges = holding.state.lot.charges_today;
        let charges = exact::sub(state.lot.charges_today, old_charges)?;
        let realized_net = exact::sub(realized, charges)?;
        self.cash.take_back(&old_flows)?;
        if let Err(error) = self.cash.post(&flows) {
            self.cash.post(&old_flows)?;
            return Err(error);
        }
        holding.state = state;
        holding.events = events;
        let group = holding.terms.group.clone();
        let money = |amount| Money::new(amount, holding.terms.currency);
        let effect = FillEffect {
            commission: money(commission),
            realized: (!realized.is_zero()).then(|| money(realized)),
            realized_net: (!realized_net.is_zero()).then(|| money(realized_net)),
            holding: holding.snapshot(),
        };
        if holding.is_empty() {
            self.holdings.remove(instrument);
            self.valuation.leave(&group, instrument);
        } else {
            self.valuation.touch(&group);
        }
        Ok(effect)
    }
}
