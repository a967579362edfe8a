//! Orders, executions, positions and assets as they are pushed.

use broker_core::model::{AccountSummary, Fill, Money, Position};
use rust_decimal::prelude::ToPrimitive as _;

use super::{Bundle, session::millis};
use crate::{
    exchange::Exchange,
    tiger::{
        gateway::{
            contracts::names,
            number::{double, scaled},
            orders::{Moment, Record, transaction_id},
            state::State,
        },
        push::{
            AssetData, DataType, OrderStatusData, OrderTransactionData, Payload, PositionData,
            PushData,
        },
    },
};

fn data(kind: DataType, payload: Payload) -> PushData {
    PushData {
        data_type: kind.into(),
        payload: Some(payload),
    }
}

impl State {
    /// What is pushed when an order has changed, and been filled where there is a fill: to whoever
    /// wants it. The execution may come before the order's state.
    pub(in crate::tiger::gateway) fn order_pushes(
        &self,
        record: &Record,
        moment: &Moment,
        fill: Option<&Fill>,
        exchange: &mut Exchange,
    ) -> Bundle {
        let account = &record.terms.account;
        let mut bundle = Bundle::default();
        if let Some(fill) = fill
            && self.push.private.wants_transactions(account)
        {
            bundle.0.push(transaction(record, fill, exchange));
        }
        if self.push.private.wants_orders(account) {
            bundle.0.push(order_status(record, moment, exchange));
        }
        bundle
    }

    /// A position changed.
    pub(in crate::tiger::gateway) fn on_position(
        &mut self,
        position: &Position,
        exchange: &mut Exchange,
    ) {
        if self.push.private.wants_positions(&position.account)
            && self.accounts.contains(&position.account)
            && names::is_held_as_position(&position.instrument)
        {
            self.push.send(position_data(position, exchange));
        }
    }

    /// An account's figures changed.
    pub(in crate::tiger::gateway) fn on_summary(
        &mut self,
        summary: &AccountSummary,
        exchange: &Exchange,
    ) {
        if !self.accounts.contains(&summary.account) {
            return;
        }
        self.money.note_equity(summary, exchange.now());
        if self.push.private.wants_assets(&summary.account) {
            self.push.send(asset(summary));
        }
    }
}

fn multiplier(record: &Record, exchange: &mut Exchange) -> u32 {
    let details = exchange.contract(&record.terms.instrument);
    details.map_or(1, |details| details.multiplier.to_u32().unwrap_or(1))
}

fn order_status(record: &Record, moment: &Moment, exchange: &mut Exchange) -> PushData {
    let instrument = &record.terms.instrument;
    let parts = names::parts(instrument);
    let total = if record.cash_amount().is_some() {
        rust_decimal::Decimal::ZERO
    } else {
        moment.total
    };
    let (total_quantity, total_scale) = scaled(total);
    let (filled_quantity, filled_scale) = scaled(moment.filled);
    let price = |price: Option<rust_decimal::Decimal>| price.map_or(0.0, double);
    let status = OrderStatusData {
        id: record.id,
        account: record.terms.account.to_string(),
        symbol: names::symbol(instrument),
        expiry: parts.expiry,
        strike: parts.strike,
        right: parts.right.to_owned(),
        identifier: names::identifier(instrument),
        multiplier: multiplier(record, exchange),
        action: record.action().to_owned(),
        market: names::market(instrument).to_owned(),
        currency: names::currency(instrument),
        seg_type: names::segment(instrument).to_owned(),
        sec_type: names::sec_type(instrument).to_owned(),
        order_type: record.words.order_type.to_owned(),
        is_long: !record.terms.side.is_sell(),
        total_quantity,
        total_quantity_scale: total_scale,
        filled_quantity,
        filled_quantity_scale: filled_scale,
        avg_fill_price: price(moment.average),
        limit_price: price(record.limit_price()),
        stop_price: price(record.aux_price()),
        realized_pnl: double(moment.realized),
        status: moment.status.word().to_owned(),
        replace_status: record.replace_status.word().to_owned(),
        cancel_status: record.cancel_status.word().to_owned(),
        outside_rth: record.words.outside_rth,
        can_modify: moment.status.is_open(),
        can_cancel: moment.status.is_open(),
        liquidation: false,
        name: names::full(instrument, exchange),
        source: record.source.to_owned(),
        error_msg: moment.remark.clone(),
        attr_desc: String::new(),
        #[expect(clippy::cast_possible_truncation, reason = "the wire has a float")]
        commission_and_fee: double(moment.commission) as f32,
        open_time: millis(record.opened_at),
        timestamp: millis(exchange.now()),
        user_mark: record.user_mark.clone().unwrap_or_default(),
        total_cash_amount: price(record.cash_amount()),
        filled_cash_amount: record
            .cash_amount()
            .map_or(0.0, |_| double(moment.notional)),
        gst: 0.0,
        attr_list: Vec::new(),
        time_in_force: record.words.time_in_force.to_owned(),
        update_time: millis(moment.updated_at),
        latest_time: millis(moment.updated_at),
    };
    data(DataType::OrderStatus, Payload::OrderStatus(status))
}

/// An execution; its quantity has no scale on this wire, so a part of a unit is cut off.
fn transaction(record: &Record, fill: &Fill, exchange: &mut Exchange) -> PushData {
    let instrument = &fill.instrument;
    let at = millis(fill.executed_at);
    let transaction = OrderTransactionData {
        id: transaction_id(&fill.execution_id),
        order_id: record.id,
        account: fill.account.to_string(),
        symbol: names::symbol(instrument),
        identifier: names::identifier(instrument),
        multiplier: multiplier(record, exchange),
        action: record.action().to_owned(),
        market: names::market(instrument).to_owned(),
        currency: names::currency(instrument),
        seg_type: names::segment(instrument).to_owned(),
        sec_type: names::sec_type(instrument).to_owned(),
        filled_price: double(fill.price.get()),
        filled_quantity: fill.quantity.get().trunc().to_i64().unwrap_or_default(),
        create_time: at,
        update_time: at,
        transact_time: at,
        timestamp: millis(exchange.now()),
    };
    let payload = Payload::OrderTransaction(transaction);
    data(DataType::OrderTransaction, payload)
}

fn position_data(position: &Position, exchange: &mut Exchange) -> PushData {
    let instrument = &position.instrument;
    let parts = names::parts(instrument);
    let quantity = position.quantity.get();
    let (units, scale) = scaled(quantity);
    let multiplier = exchange.contract(instrument);
    let money = |money: Option<Money>| money.map_or(0.0, |money| double(money.amount));
    let written = PositionData {
        account: position.account.to_string(),
        symbol: names::symbol(instrument),
        expiry: parts.expiry,
        strike: parts.strike,
        right: parts.right.to_owned(),
        identifier: names::identifier(instrument),
        multiplier: multiplier.map_or(1, |details| details.multiplier.to_u32().unwrap_or(1)),
        market: names::market(instrument).to_owned(),
        currency: names::currency(instrument),
        seg_type: names::segment(instrument).to_owned(),
        sec_type: names::sec_type(instrument).to_owned(),
        position: units,
        position_scale: scale,
        average_cost: position
            .average_price
            .map_or(0.0, |price| double(price.get())),
        latest_price: position
            .market_price
            .map_or(0.0, |price| double(price.get())),
        market_value: money(position.market_value),
        unrealized_pnl: money(position.unrealized_pnl),
        name: names::full(instrument, exchange),
        timestamp: millis(position.as_of),
        saleable: Some(units),
        position_qty: double(quantity),
        salable_qty: double(quantity),
    };
    data(DataType::Position, Payload::Position(written))
}

/// The figures of the segment of securities, which is the whole account.
fn asset(summary: &AccountSummary) -> PushData {
    let money = |money: Option<Money>| money.map_or(0.0, |money| double(money.amount));
    let written = AssetData {
        account: summary.account.to_string(),
        currency: summary.base_currency.to_string(),
        seg_type: "S".to_owned(),
        available_funds: money(summary.excess_liquidity),
        excess_liquidity: money(summary.excess_liquidity),
        net_liquidation: money(summary.net_liquidation),
        equity_with_loan: money(summary.net_liquidation),
        buying_power: money(summary.buying_power),
        cash_balance: money(summary.cash),
        gross_position_value: money(summary.gross_position_value),
        init_margin_req: money(summary.initial_margin),
        maint_margin_req: money(summary.maintenance_margin),
        timestamp: millis(summary.as_of),
    };
    data(DataType::Asset, Payload::Asset(written))
}
