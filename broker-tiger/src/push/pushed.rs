//! What is pushed about accounts.

use broker_core::model::{AccountId, decimal_from_f64};

use super::message::{Payload, PositionData, PushData};
use crate::{
    convert::{Figure, Text, Whole},
    instrument::Told,
    portfolio::PositionRow,
};

/// What was pushed.
#[derive(Debug, Clone)]
pub(crate) enum Pushed {
    /// An order, or an execution of one.
    Orders,
    /// A position as it was at an instant of the broker's, which may be before the last reading: pushes
    /// wait while everything is read.
    Position(AccountId, Box<Told>, Box<PositionRow>),
    /// An account's figures.
    Figures,
}

/// What a push about an account says; `None` for what is about the market or nothing.
pub(super) fn pushed(data: &PushData) -> Option<Pushed> {
    match data.payload.as_ref()? {
        Payload::OrderStatus(order) => {
            tracing::trace!(number = order.id, status = %order.status, "an order was pushed");
            Some(Pushed::Orders)
        }
        Payload::OrderTransaction(execution) => {
            tracing::trace!(
                number = execution.id,
                of = execution.order_id,
                "an execution was pushed"
            );
            Some(Pushed::Orders)
        }
        Payload::Asset(_) => Some(Pushed::Figures),
        Payload::Position(position) => position_of(position),
        Payload::Quote(_)
        | Payload::Depth(_)
        | Payload::Trades(_)
        | Payload::EachTrade(_)
        | Payload::Bar(_) => None,
    }
}

fn position_of(data: &PositionData) -> Option<Pushed> {
    let account = AccountId::new(&data.account).ok()?;
    let text = |text: &str| Text(Some(text.to_owned()).filter(|text| !text.is_empty()));
    let told = Told {
        symbol: text(&data.symbol),
        sec_type: text(&data.sec_type),
        currency: text(&data.currency),
        market: text(&data.market),
        identifier: text(&data.identifier),
        local_symbol: Text(None),
        expiry: text(&data.expiry),
        strike: Figure(data.strike.parse().ok()),
        right: text(&data.right),
        legs: None,
    };
    let row = PositionRow {
        position: Figure(Some(data.position.into())),
        position_scale: Whole(Some(data.position_scale.into())),
        average_cost: double(data.average_cost),
        latest_price: double(data.latest_price),
        market_value: double(data.market_value),
        unrealized_pnl: double(data.unrealized_pnl),
        realized_pnl: Figure(None),
        update_timestamp: Whole(i64::try_from(data.timestamp).ok()),
    };
    Some(Pushed::Position(account, Box::new(told), Box::new(row)))
}

/// A double by the shortest text that means it; what a computed one has beyond 28 digits is noise.
pub(crate) fn double(value: f64) -> Figure {
    Figure(decimal_from_f64(value).or_else(|| value.to_string().parse().ok()))
}
