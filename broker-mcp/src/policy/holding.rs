//! What is held, and what becomes of it if everything that works trades.

use std::collections::BTreeMap;

use broker_core::{
    Broker, Decimal,
    event::Ledger,
    model::{
        AccountId, AssetClass, ClientOrderId, Instrument, NewOrder, Order, OrderAmount, Position,
        Side,
    },
};

use super::facts::{parts, why};

/// Whether an order brings a position nearer to nothing and never beyond, whatever else works.
pub(super) async fn only_lessens(
    broker: &dyn Broker,
    order: &NewOrder,
    exempt: Option<&ClientOrderId>,
) -> Result<bool, String> {
    // The legs of a combination would have to be looked at together.
    let (OrderAmount::Quantity(quantity), false) = (
        order.amount,
        matches!(order.instrument, Instrument::Combo(_)),
    ) else {
        return Ok(false);
    };
    let sells = order.side.is_sell();
    let held = held(broker, &order.account).await?;
    let held = held.iter().find(|one| one.instrument == order.instrument);
    let held = held.map_or(Decimal::ZERO, |one| one.quantity.get());
    let ledger = broker
        .desk()
        .ledger(&order.account)
        .map_err(|error| why(&error))?;
    let working = working(&ledger, &order.instrument, sells, exempt);
    let wanted = quantity.get().saturating_add(working);
    // What is held has to be on the other side.
    Ok(wanted <= if sells { held } else { -held })
}

async fn held(broker: &dyn Broker, account: &AccountId) -> Result<Vec<Position>, String> {
    let portfolio = broker
        .portfolio()
        .ok_or("this broker does not say what is held")?;
    let positions = portfolio.positions(account).await;
    let positions = positions.and_then(broker_core::Covered::complete);
    positions.map_err(|error| why(&error))
}

/// What would be sold without being held, if anything.
pub(super) async fn short(
    broker: &dyn Broker,
    order: &NewOrder,
    exempt: Option<&ClientOrderId>,
) -> Result<Option<String>, String> {
    let sales: Vec<_> = parts(order)
        .into_iter()
        .filter(|(one, side, _)| side.is_sell() && one.asset_class() != AssetClass::Forex)
        .collect();
    if sales.is_empty() {
        return Ok(None);
    }
    if order.side == Side::SellShort {
        return Ok(Some(order.instrument.to_string()));
    }
    let OrderAmount::Quantity(quantity) = order.amount else {
        return Err("how much is sold is not known before".to_owned());
    };
    let positions = held(broker, &order.account).await?;
    let ledger = broker
        .desk()
        .ledger(&order.account)
        .map_err(|error| why(&error))?;
    for (instrument, _, ratio) in sales {
        let held = positions.iter().find(|one| one.instrument == *instrument);
        let held = held.map_or(Decimal::ZERO, |one| one.quantity.get());
        let wanted = quantity.get().saturating_mul(Decimal::from(ratio));
        if wanted.saturating_add(working(&ledger, instrument, true, exempt)) > held {
            return Ok(Some(instrument.to_string()));
        }
    }
    Ok(None)
}

/// What orders that work on one side trade of an instrument already. The two exits of a bracket close one
/// position.
fn working(
    ledger: &Ledger,
    instrument: &Instrument,
    sells: bool,
    exempt: Option<&ClientOrderId>,
) -> Decimal {
    let mut alone = Decimal::ZERO;
    let mut lists: BTreeMap<String, Decimal> = BTreeMap::new();
    let others = |order: &Order| order.status.is_open() && exempt != Some(order.client_order_id());
    for order in ledger.orders_where(others) {
        for (part, side, ratio) in parts(&order.terms) {
            if part != instrument || side.is_sell() != sells {
                continue;
            }
            let leaves = order.leaves_quantity.unwrap_or(Decimal::MAX);
            let leaves = leaves.saturating_mul(Decimal::from(ratio));
            match &order.list {
                Some(link) => {
                    let list = lists.entry(link.list.to_string()).or_default();
                    *list = leaves.max(*list);
                }
                None => alone = alone.saturating_add(leaves),
            }
        }
    }
    lists.into_values().fold(alone, Decimal::saturating_add)
}
