use std::{collections::BTreeMap, sync::Arc};

use broker_core::{
    Clock as _, Error, ErrorKind, ManualClock, Result, dec,
    event::{Ledger, Notice, Severity},
    model::{
        AccountId, BrokerOrderId, BrokerText, ExecutionId, ExecutionKind, ExecutionReport, Fill,
        NewOrder, OrderStatus, OrderType, Position, Price, Quantity, SignedQuantity, TimeInForce,
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::Bug;
use crate::{
    conformance::{TrueFill, TrueOrder, Truth},
    fault::Fault,
};

/// Units at the best price on each side.
pub(super) const DEPTH: Decimal = dec!(500);

/// What the broker has, and what is on its way to the client.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) bug: Bug,
    pub(super) clock: ManualClock,
    pub(super) orders: Vec<TrueOrder>,
    pub(super) fills: Vec<(AccountId, Fill)>,
    pub(super) ask: Decimal,
    pub(super) commands: u64,
    pub(super) lines: usize,
    pub(super) armed: Vec<Fault>,
    pub(super) held: Vec<(DateTime<Utc>, AccountId, ExecutionReport)>,
    pub(super) down_until: Option<DateTime<Utc>>,
    pub(super) banned_until: Option<DateTime<Utc>>,
    pub(super) displaced: bool,
    pub(super) ledgers: BTreeMap<AccountId, Arc<Ledger>>,
    pub(super) day_ends: DateTime<Utc>,
}

impl Server {
    pub(super) fn is_down(&self) -> bool {
        self.down_until.is_some() || self.displaced
    }

    pub(super) fn take_armed(&mut self, wanted: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let index = self.armed.iter().position(wanted)?;
        Some(self.armed.remove(index))
    }

    /// Sends a report, through whatever goes wrong with reports.
    fn report(&mut self, account: &AccountId, mut report: ExecutionReport) {
        if self.is_down() {
            return;
        }
        if self.bug == Bug::LosesFills && matches!(report.kind, ExecutionKind::Trade { .. }) {
            return;
        }
        if self.bug == Bug::LosesBusts && matches!(report.kind, ExecutionKind::TradeCancel { .. }) {
            return;
        }
        let shift = if self.bug == Bug::LocalTimes { 5 } else { 0 };
        report.event_time = Some(self.clock.now() - TimeDelta::hours(shift));
        let now = self.clock.now();
        match self.armed.iter_mut().find(|fault| !fault.strikes_command()) {
            Some(Fault::DelayReports { count, delay_ms }) if *count > 0 => {
                *count -= 1;
                let due = now + TimeDelta::milliseconds(i64::from(*delay_ms));
                self.held.push((due, account.clone(), report));
            }
            Some(Fault::ReorderReports { count }) if *count > 0 => {
                *count -= 1;
                self.held.insert(0, (now, account.clone(), report));
                if *count == 0 {
                    self.deliver();
                }
            }
            Some(Fault::DuplicateReports { count }) if *count > 0 => {
                *count -= 1;
                self.tell(account, &report);
                let mut again = report;
                if self.bug == Bug::RenamesExecutions
                    && let ExecutionKind::Trade { fill } = &mut again.kind
                {
                    let id = ExecutionId::new(format!("{}-again", fill.execution_id)).unwrap();
                    Arc::make_mut(fill).execution_id = id;
                }
                self.tell(account, &again);
            }
            _ => self.tell(account, &report),
        }
    }

    fn tell(&self, account: &AccountId, report: &ExecutionReport) {
        for (owner, ledger) in &self.ledgers {
            if owner == account || self.bug == Bug::MixesAccounts {
                ledger.report(report.clone());
            }
        }
    }

    /// Delivers the reports that are due.
    pub(super) fn deliver(&mut self) {
        let now = self.clock.now();
        let due: Vec<_> = self.held.extract_if(.., |(due, ..)| *due <= now).collect();
        for (_, account, report) in due {
            if !self.is_down() {
                self.tell(&account, &report);
            }
        }
    }

    fn about(&self, index: usize, kind: ExecutionKind) -> ExecutionReport {
        let terms = Arc::clone(&self.orders[index].terms);
        ExecutionReport::new(terms.client_order_id.clone(), kind)
            .with_terms(terms)
            .with_broker_order_id(BrokerOrderId::new(format!("B{index}")).unwrap())
    }

    /// Takes an order on.
    pub(super) fn accept(&mut self, order: &NewOrder) {
        let mut order = order.clone();
        if self.bug == Bug::RoundsPrices
            && let OrderType::Limit { price } = &mut order.order_type
        {
            *price = Price::new(price.get().round_dp(1)).unwrap();
        }
        let account = order.account.clone();
        self.orders.push(TrueOrder {
            terms: Arc::new(order),
            open: true,
            filled: Decimal::ZERO,
        });
        let index = self.orders.len() - 1;
        let fills_first = self
            .take_armed(|fault| *fault == Fault::FillBeforeAcknowledgement)
            .is_some();
        if !fills_first {
            self.report(&account, self.about(index, ExecutionKind::New));
        }
        self.match_new(index);
        if fills_first {
            self.report(&account, self.about(index, ExecutionKind::New));
        }
        if self.bug == Bug::InventsStatus && self.orders[index].open {
            let status = OrderStatus::Canceled;
            self.report(
                &account,
                self.about(index, ExecutionKind::Status { status }),
            );
        }
    }

    fn touches(&self, order: &NewOrder) -> Option<Decimal> {
        let bid = self.ask - dec!(0.02);
        let market = if order.side.is_sell() { bid } else { self.ask };
        match (order.order_type.limit_price(), order.side.is_sell()) {
            (None, _) => Some(market),
            (Some(limit), false) if limit.get() >= market => Some(market),
            (Some(limit), true) if limit.get() <= market => Some(market),
            (Some(limit), _) if self.bug == Bug::CrossesLimit => Some(limit.get() + dec!(1)),
            _ => None,
        }
    }

    fn match_new(&mut self, index: usize) {
        let terms = Arc::clone(&self.orders[index].terms);
        let all = terms.quantity().map_or(Decimal::ZERO, Quantity::get);
        let most = if terms.order_type == OrderType::Market {
            all
        } else {
            all.min(DEPTH)
        };
        let kills =
            terms.time_in_force == TimeInForce::Fok && most < all && self.bug != Bug::FokInPart;
        if let Some(price) = self.touches(&terms)
            && !kills
        {
            self.fill(index, price, most);
        }
        let ends = matches!(terms.time_in_force, TimeInForce::Ioc | TimeInForce::Fok);
        if self.orders[index].open && ends && self.bug != Bug::IocRests {
            self.end(index, ExecutionKind::Canceled);
        }
    }

    pub(super) fn fill(&mut self, index: usize, price: Decimal, quantity: Decimal) {
        let terms = Arc::clone(&self.orders[index].terms);
        let id = ExecutionId::new(format!("X{}", self.fills.len())).unwrap();
        let price = Price::new(price).unwrap();
        let quantity = Quantity::new(quantity).unwrap();
        let fill = Fill::new(id, &terms, price, quantity, self.clock.now());
        self.fills.push((terms.account.clone(), fill.clone()));
        let order = &mut self.orders[index];
        order.filled += quantity.get();
        order.open = order.filled < terms.quantity().map_or(Decimal::ZERO, Quantity::get);
        let report = self.about(
            index,
            ExecutionKind::Trade {
                fill: Arc::new(fill),
            },
        );
        self.report(&terms.account, report);
        self.tell_holding(&terms);
    }

    /// Tells the account what it holds now.
    fn tell_holding(&self, terms: &NewOrder) {
        if self.is_down() || self.bug == Bug::KeepsHoldings {
            return;
        }
        let held = SignedQuantity::new(self.truth(&terms.account).held(&terms.instrument)).unwrap();
        let (account, what) = (terms.account.clone(), terms.instrument.clone());
        let holding = Position::new(account, what, held, self.clock.now());
        self.ledgers[&terms.account].holding(holding);
    }

    pub(super) fn end(&mut self, index: usize, kind: ExecutionKind) {
        self.orders[index].open = false;
        let account = self.orders[index].terms.account.clone();
        self.report(&account, self.about(index, kind));
    }

    pub(super) fn change(&mut self, index: usize, terms: NewOrder) {
        let terms = Arc::new(terms);
        self.orders[index].terms = Arc::clone(&terms);
        let account = terms.account.clone();
        self.report(
            &account,
            self.about(index, ExecutionKind::Replaced { terms }),
        );
    }

    pub(super) fn find(&self, account: &AccountId, id: &str) -> Option<usize> {
        let mut orders = self.orders.iter();
        orders.position(|order| {
            order.terms.client_order_id.as_str() == id && order.terms.account == *account
        })
    }

    /// Moves the market; open orders in the way are filled.
    pub(super) fn move_to(&mut self, to: Decimal) {
        self.ask = to;
        for index in 0..self.orders.len() {
            let order = &self.orders[index];
            let all = order.terms.quantity().map_or(Decimal::ZERO, Quantity::get);
            if order.open
                && let Some(limit) = order.terms.order_type.limit_price()
                && self.touches(&order.terms).is_some()
            {
                self.fill(index, limit.get(), DEPTH.min(all - order.filled));
            }
        }
    }

    /// Does what is due by now.
    pub(super) fn tick(&mut self) {
        let now = self.clock.now();
        self.deliver();
        if now >= self.day_ends {
            self.day_ends += TimeDelta::days(1);
            for index in 0..self.orders.len() {
                let order = &self.orders[index];
                let day = order.terms.time_in_force == TimeInForce::Day;
                if order.open && day && self.bug != Bug::DayForEver {
                    self.end(index, ExecutionKind::Expired);
                }
            }
        }
    }

    /// The executions that the broker lists.
    pub(super) fn executions(&self, account: &AccountId) -> Vec<Fill> {
        let today = self.clock.now() - TimeDelta::hours(24);
        let all = self.bug != Bug::ClaimsOldDays;
        let own = self.fills.iter().filter(|(owner, _)| owner == account);
        let own = own.map(|(_, fill)| fill.clone());
        own.filter(|fill| all || fill.executed_at >= today)
            .collect()
    }

    pub(super) fn bust(&mut self) {
        let Some((account, fill)) = self.fills.pop() else {
            return;
        };
        let index = self.find(&account, fill.client_order_id.as_str()).unwrap();
        self.orders[index].filled -= fill.quantity.get();
        self.orders[index].open = true;
        let execution_id = fill.execution_id;
        self.report(
            &account,
            self.about(index, ExecutionKind::TradeCancel { execution_id }),
        );
    }

    pub(super) fn correct(&mut self) {
        let Some((account, old)) = self.fills.pop() else {
            return;
        };
        let mut fill = old.clone();
        fill.execution_id = ExecutionId::new(format!("{}-c", old.execution_id)).unwrap();
        fill.price = Price::new(old.price.get() + dec!(0.01)).unwrap();
        self.fills.push((account.clone(), fill.clone()));
        let index = self.find(&account, fill.client_order_id.as_str()).unwrap();
        let kind = ExecutionKind::TradeCorrect {
            replaces: old.execution_id,
            fill: Arc::new(fill),
        };
        self.report(&account, self.about(index, kind));
    }

    pub(super) fn warn(&mut self, account: &AccountId, id: &str, code: String, text: String) {
        let message = BrokerText::new(code, text);
        let index = self.find(account, id).unwrap();
        if self.bug == Bug::WarningEnds {
            let rejected = self
                .about(index, ExecutionKind::Rejected)
                .with_reason(message);
            return self.report(account, rejected);
        }
        self.ledgers[account].notice(Notice {
            severity: Severity::Warning,
            message,
            client_order_id: Some(self.orders[index].terms.client_order_id.clone()),
        });
    }

    pub(super) fn truth(&self, account: &AccountId) -> Truth {
        let own = self
            .orders
            .iter()
            .filter(|one| one.terms.account == *account);
        let fills = self.fills.iter().filter(|(owner, _)| owner == account);
        let mut positions: BTreeMap<_, Decimal> = BTreeMap::new();
        let mut truth = Truth {
            orders: own.cloned().collect(),
            commands: Some(self.commands),
            ..Truth::default()
        };
        for (_, fill) in fills {
            let signed = fill.quantity.get() * Decimal::from(fill.side.sign());
            *positions.entry(fill.instrument.clone()).or_default() += signed;
            truth.fills.push(TrueFill {
                client_order_id: fill.client_order_id.clone(),
                execution_id: fill.execution_id.clone(),
                price: fill.price,
                quantity: fill.quantity.get(),
            });
        }
        positions.retain(|_, quantity| !quantity.is_zero());
        truth.positions = positions
            .into_iter()
            .map(|(what, quantity)| (what, SignedQuantity::new(quantity).unwrap()))
            .collect();
        truth
    }

    /// Every order as a status report.
    pub(super) fn statuses(&self, account: &AccountId) -> Vec<ExecutionReport> {
        let all = 0..self.orders.len();
        let own = all.filter(|index| self.orders[*index].terms.account == *account);
        own.map(|index| self.status(index)).collect()
    }

    pub(super) fn status(&self, index: usize) -> ExecutionReport {
        let order = &self.orders[index];
        let all = order.terms.quantity().map_or(Decimal::ZERO, Quantity::get);
        let status = match (order.open, order.filled.is_zero()) {
            (true, true) => OrderStatus::New,
            (true, false) => OrderStatus::PartiallyFilled,
            (false, _) if order.filled == all => OrderStatus::Filled,
            (false, _) => OrderStatus::Canceled,
        };
        let mut report = self.about(index, ExecutionKind::Status { status });
        report.cumulative_quantity = Some(order.filled);
        report
    }
}

pub(super) fn error(kind: ErrorKind, words: &str) -> Error {
    Error::new(kind, words)
}

pub(super) fn unsupported<T>() -> Result<T> {
    Err(error(ErrorKind::Unsupported, "not offered"))
}
