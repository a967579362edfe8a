use chrono::{DateTime, Utc};

use crate::{
    Error, Result,
    model::{
        ContractDetails, NewOrder, OrderAmount, OrderType, Price, Side, TickTable, TimeInForce,
    },
};

/// Checks an order against what is fixed about its instrument.
pub(super) fn check(
    order: &NewOrder,
    contract: &ContractDetails,
    now: DateTime<Utc>,
) -> Result<()> {
    if contract.expires_at.is_some_and(|expiry| expiry <= now) {
        let message = format!("{} has expired", order.instrument);
        return Err(Error::invalid("instrument", message));
    }
    if !contract.tradable {
        let message = format!("{} cannot be traded", order.instrument);
        return Err(Error::invalid("instrument", message));
    }
    if order.side == Side::SellShort && !contract.shortable {
        let message = format!("{} cannot be sold short", order.instrument);
        return Err(Error::invalid("side", message));
    }
    match order.amount {
        OrderAmount::Quantity(quantity) => {
            contract
                .quantities
                .check(quantity)
                .map_err(|error| Error::from(error).at_field("amount.quantity"))?;
        }
        OrderAmount::Cash(cash) if cash.currency != contract.currency => {
            let message = format!(
                "{cash} is not in {}, the trading currency",
                contract.currency
            );
            return Err(Error::invalid("amount.cash", message));
        }
        OrderAmount::Cash(_) => {}
    }
    if let Some(shown) = order.display_quantity {
        contract
            .quantities
            .check(shown)
            .map_err(|error| Error::from(error).at_field("display_quantity"))?;
    }
    check_prices(&order.order_type, &contract.ticks)?;
    check_dates(order, now)
}

/// Checks that every price of an order type is a whole number of increments.
pub(super) fn check_prices(order_type: &OrderType, ticks: &TickTable) -> Result<()> {
    let on_tick = |price: Option<Price>, field: &'static str| match price {
        Some(price) if !ticks.is_valid(price) => {
            let increment = ticks.increment(price);
            let below = ticks.snap(price, Side::Buy);
            let above = ticks.snap(price, Side::Sell);
            Err(Error::invalid(
                field,
                format!("{price} is off the increment {increment}; nearest {below} and {above}"),
            ))
        }
        _ => Ok(()),
    };
    on_tick(order_type.limit_price(), "order_type.price")?;
    on_tick(order_type.trigger_price(), "order_type.trigger")
}

fn check_dates(order: &NewOrder, now: DateTime<Utc>) -> Result<()> {
    if let TimeInForce::Gtd(until) = order.time_in_force {
        if until <= now {
            let message = format!("{until} is in the past");
            return Err(Error::invalid("time_in_force", message));
        }
        if until > now + chrono::TimeDelta::days(MOST_DAYS) {
            let message = format!("{until} is more than {MOST_DAYS} days ahead");
            return Err(Error::invalid("time_in_force", message));
        }
    }
    if let OrderType::Algo(algo) = &order.order_type
        && algo.end.is_some_and(|end| end <= now)
    {
        return Err(Error::invalid("order_type.end", "is in the past"));
    }
    Ok(())
}

/// The farthest day to which an order may be good.
const MOST_DAYS: i64 = 3_650;
