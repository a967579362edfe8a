use broker_core::model::AccountId;
use chrono::{DateTime, Utc};

use super::{
    Habits,
    contracts::Contracts,
    faults::Faults,
    limits::Limits,
    money::Money,
    orders::{OrderDue, Orders},
    push::{Bundle, MarketDue, Push},
    quotes::QuoteState,
    tokens::Tokens,
};
use crate::{
    exchange::{Exchange, Output},
    fault::{Fault, FaultScript},
    tiger::Developer,
    timers::Timers,
};

/// Everything that the broker keeps beside the exchange.
#[derive(Debug)]
pub(super) struct State {
    pub(super) habits: Habits,
    pub(super) limits: Limits,
    pub(super) tokens: Tokens,
    pub(super) quotes: QuoteState,
    pub(super) needs_token: bool,
    /// The developer's accounts, in order.
    pub(super) accounts: Vec<AccountId>,
    pub(super) timers: Timers<Due>,
    pub(super) faults: Faults,
    pub(super) contracts: Contracts,
    pub(super) orders: Orders,
    pub(super) money: Money,
    pub(super) push: Push,
}

/// Something that the broker does at an instant of the exchange's clock.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Due {
    /// Something about orders.
    Order(OrderDue),
    /// A report that was delayed.
    Deliver(Bundle),
    /// Reports that wait for others to be told in reverse; there may be no others.
    Flush,
    /// Something about prices.
    Market(MarketDue),
    /// A transfer between segments is settled.
    Transfer(i64),
    /// An option is exercised.
    Exercise(i64),
    /// A fault of the script strikes.
    Fault(Fault),
    /// Both ports can be reached again.
    Reopen,
}

impl State {
    pub(super) fn new(
        habits: Habits,
        developer: &Developer,
        script: &FaultScript,
        office_time: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Self {
        let mut tokens = Tokens::default();
        let needs_token = developer.license.needs_token();
        if needs_token {
            tokens.issue(&habits, office_time);
        }
        let mut timers = Timers::default();
        let faults = Faults::new(script, now, &mut timers);
        Self {
            habits,
            limits: Limits::default(),
            tokens,
            quotes: QuoteState::default(),
            needs_token,
            accounts: developer.accounts.clone(),
            timers,
            faults,
            contracts: Contracts::default(),
            orders: Orders::new(now),
            money: Money::default(),
            push: Push::default(),
        }
    }

    /// Hears one thing that the exchange says.
    pub(super) fn receive(&mut self, output: &Output, exchange: &mut Exchange) {
        match output {
            Output::Report { account, report } => self.on_report(account, report, exchange),
            Output::Position { position } => self.on_position(position, exchange),
            Output::Summary { summary } => self.on_summary(summary, exchange),
            Output::Market { listing } => {
                self.see_orders_working(exchange);
                self.on_market(*listing, exchange);
            }
            Output::Print { listing, trade } => self.on_print(*listing, trade, exchange),
        }
    }

    /// Does what is due.
    pub(super) fn play_due(&mut self, exchange: &mut Exchange) {
        self.see_orders_working(exchange);
        while let Some(due) = self.timers.pop_due(exchange.now()) {
            self.play(due, exchange);
        }
    }

    fn play(&mut self, due: Due, exchange: &mut Exchange) {
        match due {
            Due::Order(due) => self.play_order(due, exchange),
            Due::Deliver(bundle) => self.deliver(&bundle),
            Due::Flush => self.flush_reversed(),
            Due::Market(due) => self.play_market(due, exchange),
            Due::Transfer(id) => self.settle_transfer(id, exchange),
            Due::Exercise(id) => self.carry_out_exercise(id, exchange),
            Due::Fault(fault) => self.strike(&fault, exchange),
            Due::Reopen => self.reopen(),
        }
    }
}
