//! Whether an order is paid from the cash that is there, where a key may not borrow.

use broker_core::{
    Broker, BrokerExt, Decimal,
    model::{
        AccountSummary, AssetClass, ClientOrderId, Currency, Fill, Instrument, Money, NewOrder,
        Order, OrderAmount, Quantity,
    },
};
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    KeyLimits,
    facts::{cost, parts, why},
    holding::only_lessens,
};

/// What was bought in this time may not be missing in the cash yet: TWS tells the figures of an account
/// every three minutes (<https://interactivebrokers.github.io/tws-api/account_updates.html>).
const SHOWN_AFTER: TimeDelta = TimeDelta::minutes(3);

/// The part of an account that shares are paid from, where a broker divides it: Tiger's `S`, beside `C` for
/// futures and `F` for funds.
const SECURITIES: &str = "S";

/// Why an order would be paid with borrowed money, if it would: more than the cash in its currency after what
/// works and what has just been bought, or something that is held on margin by its nature. Fees and the room
/// that a market order has above its price are not counted.
pub(super) async fn borrowed(
    broker: &dyn Broker,
    order: &NewOrder,
    price: &Result<Money, String>,
    limits: &KeyLimits,
    exempt: Option<&ClientOrderId>,
) -> Result<Option<String>, String> {
    if only_lessens(broker, order, exempt).await? {
        return Ok(None);
    }
    for (instrument, ..) in parts(order) {
        if is_on_margin(broker, instrument).await? {
            return Ok(Some(format!("{instrument} is held on margin")));
        }
    }
    if !buys(order) {
        return Ok(None);
    }
    let price = price.clone()?;
    let portfolio = broker
        .portfolio()
        .ok_or("this broker does not say what cash there is")?;
    let summary = portfolio.summary(&order.account).await;
    let summary = summary.map_err(|error| why(&error))?;
    let cash = cash(&summary, price.currency)?;
    let since = broker.desk().clock().now().min(summary.as_of) - SHOWN_AFTER;
    let bound = bound(broker, order, limits, exempt, (price.currency, since)).await?;
    let needed = price.amount.checked_add(bound).ok_or_else(too_large)?;
    Ok((needed > cash).then(|| {
        let (currency, rounded) = (price.currency, |amount: Decimal| amount.round_dp(2));
        format!(
            "the cash is {} {currency}; the order costs {}, and {} are bound by orders that work and by what \
             was bought in the last minutes",
            rounded(cash),
            rounded(price.amount),
            rounded(bound),
        )
    }))
}

fn too_large() -> String {
    "the amount is too large to be computed".to_owned()
}

fn buys(order: &NewOrder) -> bool {
    parts(order).iter().any(|(_, side, _)| !side.is_sell())
}

async fn is_on_margin(broker: &dyn Broker, instrument: &Instrument) -> Result<bool, String> {
    let mut class = instrument.asset_class();
    if class == AssetClass::Native {
        let contract = BrokerExt::contract(broker, instrument).await;
        let contract = contract.map_err(|error| why(&error))?;
        let known = contract.stands_for.as_ref();
        let known = known.ok_or_else(|| format!("what {instrument} is, is not known"))?;
        class = known.asset_class();
    }
    Ok(matches!(
        class,
        AssetClass::Future | AssetClass::FutureOption | AssetClass::Forex
    ))
}

fn cash(summary: &AccountSummary, currency: Currency) -> Result<Decimal, String> {
    if summary.balances.is_empty() {
        let whole = summary.cash.filter(|cash| cash.currency == currency);
        let whole = whole.ok_or_else(|| format!("the cash in {currency} is not told"))?;
        return Ok(whole.amount);
    }
    let mut of_currency = summary.balances.iter().filter(|one| {
        let segment = one.segment.as_deref();
        one.currency == currency && segment.is_none_or(|segment| segment == SECURITIES)
    });
    let sum = of_currency.try_fold(Decimal::ZERO, |sum, one| sum.checked_add(one.cash));
    sum.ok_or_else(too_large)
}

/// What other purchases in a currency take of the cash: those that work, and those since an instant.
async fn bound(
    broker: &dyn Broker,
    order: &NewOrder,
    limits: &KeyLimits,
    exempt: Option<&ClientOrderId>,
    (currency, since): (Currency, DateTime<Utc>),
) -> Result<Decimal, String> {
    let ledger = broker.desk().ledger(&order.account);
    let ledger = ledger.map_err(|error| why(&error))?;
    let mut bound = Decimal::ZERO;
    let mut add = |money: Money| {
        if money.currency == currency {
            bound = bound.checked_add(money.amount).ok_or_else(too_large)?;
        }
        Ok::<(), String>(())
    };
    let matters =
        |other: &Order| buys(&other.terms) && (other.status.is_open() || other.updated_at >= since);
    for other in ledger.orders_where(matters) {
        if other.status.is_open() && exempt != Some(other.client_order_id()) {
            add(open_cost(broker, &other, limits).await?)?;
        }
        if other.updated_at < since {
            continue;
        }
        for fill in ledger.fills_of(other.client_order_id()) {
            if !fill.side.is_sell() && fill.executed_at >= since {
                add(paid(broker, &fill).await?)?;
            }
        }
    }
    Ok(bound)
}

/// What is still to be paid for an order that works.
async fn open_cost(
    broker: &dyn Broker,
    order: &Order,
    limits: &KeyLimits,
) -> Result<Money, String> {
    let mut rest = (*order.terms).clone();
    if let OrderAmount::Quantity(_) = rest.amount {
        let leaves = order.leaves_quantity.map(Quantity::new);
        rest.amount = match leaves {
            Some(Ok(leaves)) => OrderAmount::Quantity(leaves),
            // Nothing is left of it, or nobody says how much.
            Some(Err(_)) | None => rest.amount,
        };
    }
    let cost = cost(broker, &rest, limits).await;
    cost.map_err(|why| format!("what {} will cost: {why}", order.client_order_id()))
}

/// What was paid in an execution.
async fn paid(broker: &dyn Broker, fill: &Fill) -> Result<Money, String> {
    let contract = BrokerExt::contract(broker, &fill.instrument).await;
    let contract = contract.map_err(|error| why(&error))?;
    let price = fill.price.get().checked_mul(fill.quantity.get());
    let paid = price.and_then(|money| money.checked_mul(contract.multiplier));
    Ok(Money::new(paid.ok_or_else(too_large)?, contract.currency))
}
