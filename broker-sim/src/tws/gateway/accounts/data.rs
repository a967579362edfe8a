//! All data of one account: values, portfolio, time.

use broker_core::model::{AccountId, Instrument, Position};
use chrono_tz::US::Eastern;
use rust_decimal::Decimal;

use super::{
    figures::{self, Value},
    watches::{DataWatch, Told},
};
use crate::{
    exchange::Exchange,
    tws::{
        gateway::{
            contracts::Contracts,
            orders::{double, quantity},
            turn::Turn,
        },
        message::{
            AccountDataEnd, AccountDataRequest, AccountUpdateTime, AccountValue, Contract,
            PortfolioValue, Reply,
        },
    },
};

impl Turn<'_> {
    /// Opens or closes the data of an account; a client sees one account at a time.
    pub(in crate::tws::gateway) fn account_data(&mut self, request: &AccountDataRequest) {
        if request.subscribe != Some(true) {
            self.state.watches.data.remove(&self.from);
            return;
        }
        let name = request.acct_code.as_deref().unwrap_or_default();
        let account = if name.is_empty() {
            self.state.accounts.first().cloned()
        } else {
            self.state.account_named(name)
        };
        let Some(account) = account else {
            return self.no_account(-1, name);
        };
        let mut told = Told::default();
        for value in told.changed(values(self.exchange, &account)) {
            self.reply(&account_value(&account, value));
        }
        for position in self.exchange.positions(&account) {
            let row = portfolio(&mut self.state.contracts, self.exchange, &position);
            self.reply(&row);
        }
        self.reply(&time(self.exchange));
        self.reply(&Reply::AccountDataEnd(AccountDataEnd {
            account_name: Some(account.to_string()),
        }));
        let watch = DataWatch { account, told };
        self.state.watches.data.insert(self.from, watch);
        self.state.schedule_figures(self.exchange.now());
    }
}

/// Every value of an account.
pub(super) fn values(exchange: &Exchange, account: &AccountId) -> Vec<Value> {
    let plain = |key, value: String| Value {
        key,
        value,
        currency: String::new(),
    };
    let mut values = vec![
        plain("AccountCode", account.to_string()),
        plain("AccountReady", "true".to_owned()),
    ];
    values.extend(figures::totals(exchange, account));
    for (_, line) in figures::ledger(exchange, account) {
        values.extend(line);
    }
    values
}

pub(super) fn account_value(account: &AccountId, value: Value) -> Reply {
    Reply::AccountValue(AccountValue {
        key: Some(value.key.into()),
        value: Some(value.value),
        currency: Some(value.currency),
        account_name: Some(account.to_string()),
    })
}

pub(super) fn time(exchange: &Exchange) -> Reply {
    let local = exchange.now().with_timezone(&Eastern);
    Reply::AccountUpdateTime(AccountUpdateTime {
        time_stamp: Some(local.format("%H:%M").to_string()),
    })
}

/// The contract of a position: TWS does not say where it would be traded.
pub(super) fn contract_of(
    contracts: &mut Contracts,
    exchange: &mut Exchange,
    instrument: &Instrument,
) -> Contract {
    let mut contract = contracts.write(exchange, instrument);
    contract.exchange = None;
    contract
}

/// What one unit has cost, multiplier included, as TWS counts it.
pub(super) fn average_cost(exchange: &mut Exchange, position: &Position) -> Decimal {
    let multiplier = exchange
        .contract(&position.instrument)
        .map_or(Decimal::ONE, |details| details.multiplier);
    position
        .average_price
        .filter(|_| !position.quantity.is_flat())
        .map_or(Decimal::ZERO, |price| price.get() * multiplier)
}

pub(super) fn portfolio(
    contracts: &mut Contracts,
    exchange: &mut Exchange,
    position: &Position,
) -> Reply {
    let contract = contract_of(contracts, exchange, &position.instrument);
    let cost = average_cost(exchange, position);
    let money = |money: Option<broker_core::model::Money>| {
        Some(money.map_or(0.0, |money| double(money.amount)))
    };
    Reply::PortfolioValue(PortfolioValue {
        contract: Some(contract),
        position: Some(quantity(position.quantity.get())),
        market_price: Some(
            position
                .market_price
                .map_or(0.0, |price| double(price.get())),
        ),
        market_value: money(position.market_value),
        average_cost: Some(double(cost)),
        unrealized_pnl: money(position.unrealized_pnl),
        realized_pnl: money(position.realized_pnl),
        account_name: Some(position.account.to_string()),
    })
}
