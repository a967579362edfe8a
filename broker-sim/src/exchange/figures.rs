//! Which figures of an order make sense: prices, quantities, distances, instants.

use broker_core::{
    ErrorKind,
    model::{
        Algo, AssetClass, ContractDetails, NewOrder, OrderType, Price, Quantity, QuantityRule,
        TimeInForce, TrailingOffset,
    },
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{Refusal, book::MAXIMUM_PEAKS};

fn invalid(code: &'static str, field: &'static str, text: impl Into<String>) -> Refusal {
    Refusal::new(ErrorKind::InvalidRequest, code, text).at(field)
}

/// Refuses figures that no order of the instrument can have.
pub(super) fn check(
    terms: &NewOrder,
    details: &ContractDetails,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let order_type = &terms.order_type;
    let prices = [order_type.limit_price(), order_type.trigger_price()];
    for price in prices.into_iter().flatten() {
        check_price(price, details)?;
    }
    if let Some(quantity) = terms.quantity() {
        check_quantity(quantity, &details.quantities)?;
        if let Some(display) = terms.display_quantity {
            let peaks = quantity.get() / display.get();
            if display > quantity || peaks > Decimal::from(MAXIMUM_PEAKS) {
                let text = format!("a display of {display} does not suit {quantity} units");
                return Err(invalid("320", "display_quantity", text));
            }
        }
    }
    if let Some(offset) = order_type.trailing_offset() {
        check_offset(offset)?;
    }
    if let OrderType::Algo(algo) = order_type {
        check_algo(algo, now)?;
    }
    match terms.time_in_force {
        TimeInForce::Gtd(until) if until <= now => {
            let text = format!("the order would have ended at {}", until.to_rfc3339());
            Err(invalid("328", "time_in_force", text))
        }
        _ => Ok(()),
    }
}

fn check_quantity(quantity: Quantity, rule: &QuantityRule) -> Result<(), Refusal> {
    let Err(error) = rule.check(quantity) else {
        return Ok(());
    };
    let code = if quantity > rule.maximum {
        "383"
    } else {
        "434"
    };
    Err(invalid(code, "quantity", error.to_string()))
}

fn check_price(price: Price, details: &ContractDetails) -> Result<(), Refusal> {
    if !details.ticks.is_valid(price) {
        let text = "the price does not conform to the minimum price variation";
        return Err(invalid("110", "price", text));
    }
    // Futures and combinations may cost less than nothing.
    let class = details.instrument.asset_class();
    let signed = matches!(class, AssetClass::Combo | AssetClass::Future);
    if !signed && price.get() <= Decimal::ZERO {
        return Err(invalid("110", "price", "the price must be above zero"));
    }
    Ok(())
}

fn check_offset(offset: TrailingOffset) -> Result<(), Refusal> {
    let sensible = match offset {
        TrailingOffset::Amount(amount) => amount > Decimal::ZERO,
        TrailingOffset::Percent(percent) => {
            percent > Decimal::ZERO && percent < Decimal::ONE_HUNDRED
        }
        _ => true,
    };
    if sensible {
        Ok(())
    } else {
        let text = "the distance must be above zero, and below 100 percent";
        Err(invalid("321", "trailing_offset", text))
    }
}

fn check_algo(algo: &Algo, now: DateTime<Utc>) -> Result<(), Refusal> {
    if let Some(part) = algo.participation
        && (part <= Decimal::ZERO || part > Decimal::ONE)
    {
        let text = "the participation must be above zero and at most one";
        return Err(invalid("321", "participation", text));
    }
    let begins = algo.start.unwrap_or(now).max(now);
    if algo.end.is_some_and(|end| end <= begins) {
        return Err(invalid("321", "end", "the algorithm ends before it begins"));
    }
    Ok(())
}
