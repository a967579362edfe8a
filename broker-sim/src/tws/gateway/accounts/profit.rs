//! Profit and loss, of accounts and of single positions, as they change.

use broker_core::model::{AccountId, Instrument, Money};

use crate::{
    exchange::Exchange,
    tws::{
        gateway::{
            orders::{double, quantity},
            turn::Turn,
        },
        message::{
            CancelPnL, CancelPnLSingle, PnL, PnLRequest, PnLSingle, PnLSingleRequest, Reply,
        },
    },
};

/// What was told of an account last.
pub(super) type AccountProfit = Option<PnL>;
/// What was told of a position last.
pub(super) type SingleProfit = Option<PnLSingle>;

/// TWS's word for a figure that it does not have.
fn or_unset(money: Option<Money>) -> f64 {
    money.map_or(f64::MAX, |money| double(money.amount))
}

impl Turn<'_> {
    pub(in crate::tws::gateway) fn pnl(&mut self, request: &PnLRequest) {
        let id = request.req_id.unwrap_or_default();
        let name = request.account.as_deref().unwrap_or_default();
        let Some(account) = self.state.account_named(name) else {
            return self.no_account(id, name);
        };
        let figures = of_account(id, self.exchange, &account);
        self.reply(&Reply::PnL(figures.clone()));
        let watch = (account, Some(figures));
        self.state.watches.profit.insert((self.from, id), watch);
        self.state.schedule_figures(self.exchange.now());
    }

    pub(in crate::tws::gateway) fn cancel_pnl(&mut self, request: &CancelPnL) {
        let id = request.req_id.unwrap_or_default();
        self.state.watches.profit.remove(&(self.from, id));
    }

    pub(in crate::tws::gateway) fn pnl_single(&mut self, request: &PnLSingleRequest) {
        let id = request.req_id.unwrap_or_default();
        let name = request.account.as_deref().unwrap_or_default();
        let Some(account) = self.state.account_named(name) else {
            return self.no_account(id, name);
        };
        let contract = crate::tws::message::Contract {
            con_id: request.con_id,
            ..Default::default()
        };
        let instrument = self.state.contracts.find_one(self.exchange, &contract).ok();
        let figures = of_position(id, self.exchange, &account, instrument.as_ref());
        self.reply(&Reply::PnLSingle(figures.clone()));
        let watch = (account, instrument, Some(figures));
        self.state.watches.single.insert((self.from, id), watch);
        self.state.schedule_figures(self.exchange.now());
    }

    pub(in crate::tws::gateway) fn cancel_pnl_single(&mut self, request: &CancelPnLSingle) {
        let id = request.req_id.unwrap_or_default();
        self.state.watches.single.remove(&(self.from, id));
    }
}

pub(super) fn of_account(id: i32, exchange: &Exchange, account: &AccountId) -> PnL {
    let figures = exchange.profit_and_loss(account);
    let figures = figures.as_ref();
    PnL {
        req_id: Some(id),
        daily_pnl: Some(or_unset(figures.and_then(|figures| figures.daily))),
        unrealized_pnl: Some(or_unset(figures.and_then(|figures| figures.unrealized))),
        realized_pnl: Some(or_unset(figures.and_then(|figures| figures.realized))),
    }
}

/// The exchange keeps no daily figure for one position: it is unset.
pub(super) fn of_position(
    id: i32,
    exchange: &Exchange,
    account: &AccountId,
    instrument: Option<&Instrument>,
) -> PnLSingle {
    let positions = exchange.positions(account);
    let held = positions
        .iter()
        .find(|position| Some(&position.instrument) == instrument);
    PnLSingle {
        req_id: Some(id),
        position: Some(held.map_or_else(|| "0".into(), |held| quantity(held.quantity.get()))),
        daily_pnl: Some(f64::MAX),
        unrealized_pnl: Some(or_unset(held.and_then(|held| held.unrealized_pnl))),
        realized_pnl: Some(or_unset(held.and_then(|held| held.realized_pnl))),
        value: Some(or_unset(held.and_then(|held| held.market_value))),
    }
}
