//! Positions: all of them once, then each that changes; one that has been closed comes with zero.

use broker_core::model::Position as Held;

use super::data::{average_cost, contract_of};
use crate::{
    exchange::Exchange,
    tws::{
        gateway::{
            contracts::Contracts,
            orders::{double, quantity},
            turn::Turn,
        },
        message::{
            CancelPositionsMulti, Position, PositionEnd, PositionMulti, PositionMultiEnd,
            PositionsMultiRequest, Reply,
        },
    },
};

impl Turn<'_> {
    pub(in crate::tws::gateway) fn positions(&mut self) {
        for account in self.state.accounts.clone() {
            for held in self.exchange.positions(&account) {
                let position = written(&mut self.state.contracts, self.exchange, &held);
                self.reply(&Reply::Position(position));
            }
        }
        self.reply(&Reply::PositionEnd(PositionEnd {}));
        self.state.watches.positions.insert(self.from);
    }

    pub(in crate::tws::gateway) fn cancel_positions(&mut self) {
        self.state.watches.positions.remove(&self.from);
    }

    pub(in crate::tws::gateway) fn positions_multi(&mut self, request: &PositionsMultiRequest) {
        let id = request.req_id.unwrap_or_default();
        let name = request.account.as_deref();
        let Some(accounts) = self.state.accounts_named(name) else {
            return self.no_account(id, name.unwrap_or_default());
        };
        for account in &accounts {
            for held in self.exchange.positions(account) {
                let position = written(&mut self.state.contracts, self.exchange, &held);
                self.reply(&Reply::PositionMulti(multi(id, position)));
            }
        }
        self.reply(&Reply::PositionMultiEnd(PositionMultiEnd {
            req_id: Some(id),
        }));
        self.state
            .watches
            .positions_multi
            .insert((self.from, id), accounts);
    }

    pub(in crate::tws::gateway) fn cancel_positions_multi(
        &mut self,
        request: &CancelPositionsMulti,
    ) {
        let id = request.req_id.unwrap_or_default();
        self.state.watches.positions_multi.remove(&(self.from, id));
    }
}

pub(super) fn written(contracts: &mut Contracts, exchange: &mut Exchange, held: &Held) -> Position {
    let cost = average_cost(exchange, held);
    Position {
        account: Some(held.account.to_string()),
        contract: Some(contract_of(contracts, exchange, &held.instrument)),
        position: Some(quantity(held.quantity.get())),
        avg_cost: Some(double(cost)),
    }
}

pub(super) fn multi(id: i32, position: Position) -> PositionMulti {
    PositionMulti {
        req_id: Some(id),
        account: position.account,
        contract: position.contract,
        position: position.position,
        avg_cost: position.avg_cost,
        model_code: Some(String::new()),
    }
}
