//! P14: numbers are exact, and "no value" never reads as a value.

use broker_core::{
    BrokerExt as _, dec,
    model::{FillFilter, OrderFilter, OrderType, Price},
};
use rust_decimal::Decimal;
use serde_json::Value;

use super::{
    Harness,
    outcome::{Verdict, ensure, fail},
    p07_sequence::busy,
    scene::Scene,
};

pub(super) async fn p14_1_digit_for_digit(harness: &dyn Harness) -> Verdict {
    let mut scene = Scene::trading(harness).await?;
    let mut sent = Vec::new();
    for step in [1_u32, 3, 7] {
        let mut order = scene.resting(step * 11 + 1).await?;
        let Some(price) = order.order_type.limit_price() else {
            fail!("a limit order without a price");
        };
        let ticks = scene.contract(&scene.equity).await?.ticks.clone();
        let odd = price.get() + ticks.increment(price) * Decimal::from(step);
        let price = Price::new(odd)?;
        order.order_type = OrderType::Limit { price };
        scene.place(&order).await?;
        sent.push(order);
    }
    compare(&scene, &sent).await?;
    scene.restart().await?;
    compare(&scene, &sent).await
}

async fn compare(scene: &Scene, sent: &[broker_core::model::NewOrder]) -> Verdict {
    let truth = scene.truth().await;
    for order in sent {
        let id = &order.client_order_id;
        let known = scene.agree(id).await?;
        let Some(real) = truth.order(id) else {
            fail!("the broker does not have order {id}");
        };
        for (place, terms) in [("broker", &real.terms), ("ledger", &known.terms)] {
            ensure!(
                terms.order_type == order.order_type && terms.amount == order.amount,
                "sent {:?} of {:?}, the {place} has {:?} of {:?}",
                order.order_type,
                order.amount,
                terms.order_type,
                terms.amount
            );
        }
    }
    Ok(())
}

pub(super) async fn p14_2_fills_are_exact(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.marketable(37).await?;
    let known = scene.place(&order).await?;
    super::p03_status::same_fills(&scene).await?;
    let truth = scene.truth().await;
    let fills: Vec<_> = truth
        .fills
        .iter()
        .filter(|fill| fill.client_order_id == order.client_order_id)
        .collect();
    if let [only] = fills[..] {
        ensure!(
            known.average_price == Some(only.price),
            "one fill at {}, the average says {:?}",
            only.price,
            known.average_price
        );
    }
    Ok(())
}

/// What vendors write when they mean "no value".
fn is_sentinel(text: &str) -> bool {
    let Ok(number) = text.parse::<Decimal>() else {
        // Numbers that no decimal holds, in whatever form they are printed.
        let digits = text.contains(|c: char| c.is_ascii_digit());
        let large = digits && text.parse::<f64>().is_ok_and(|number| number.abs() >= 1e28);
        return large || text == "NaN" || text == "inf";
    };
    number.abs() >= dec!(1_000_000_000_000_000)
        || number == Decimal::from(i32::MAX)
        || number == Decimal::from(i32::MIN)
}

/// Whether a number stands for "no value" even where long numbers are names: nobody's order is called
/// the largest number that a machine has.
fn is_no_name(text: &str) -> bool {
    let extreme = |number: Decimal| {
        let largest = [i64::from(i32::MAX), i64::from(i32::MIN), i64::MAX, i64::MIN];
        number == Decimal::from(u64::MAX)
            || largest.iter().any(|edge| number == Decimal::from(*edge))
    };
    match text.parse::<Decimal>() {
        Ok(number) => extreme(number),
        Err(_) => is_sentinel(text),
    }
}

/// Whether a field holds somebody's name, which may well be a long number: an account has 17 digits
/// at one broker, an execution more at another.
fn is_name(field: &str) -> bool {
    matches!(field, "account" | "id") || field.ends_with("_id") || field.ends_with("_ids")
}

/// Where a JSON value holds a vendor's "no value".
pub(super) fn sentinel(value: &Value, path: &str) -> Option<String> {
    found(value, path, is_sentinel)
}

fn found(value: &Value, path: &str, says_none: fn(&str) -> bool) -> Option<String> {
    match value {
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            let says_none = if is_name(name) {
                is_no_name
            } else {
                is_sentinel
            };
            found(value, &format!("{path}.{name}"), says_none)
        }),
        Value::Array(items) => items.iter().find_map(|item| found(item, path, says_none)),
        Value::String(text) if says_none(text) => Some(format!("{path} = {text}")),
        Value::Number(number) if says_none(&number.to_string()) => {
            Some(format!("{path} = {number}"))
        }
        _ => None,
    }
}

/// Makes sure that no figure is a vendor's "no value".
pub(super) fn clean(what: &str, value: &impl serde::Serialize) -> Verdict {
    let Ok(json) = serde_json::to_value(value) else {
        fail!("{what} has no JSON form");
    };
    match sentinel(&json, what) {
        Some(found) => fail!("a vendor's \"no value\" got through: {found}"),
        None => Ok(()),
    }
}

pub(super) async fn p14_3_no_sentinels(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    // An empty account first: that is where vendors have no values.
    everything(&scene).await?;
    busy(&scene).await?;
    everything(&scene).await
}

async fn everything(scene: &Scene) -> Verdict {
    let (broker, account) = (&scene.broker, &scene.account);
    let (orders, fills) = (OrderFilter::default(), FillFilter::default());
    let answer = scene
        .drive("orders", broker.orders(account, &orders))
        .await??;
    clean("orders", &answer)?;
    let answer = scene
        .drive("fills", broker.fills(account, &fills))
        .await??;
    clean("fills", &answer)?;
    if let Some(portfolio) = broker.portfolio() {
        let call = portfolio.summary(account);
        clean("summary", &scene.drive("summary", call).await??)?;
        let call = portfolio.positions(account);
        clean("positions", &scene.drive("positions", call).await??)?;
        let call = portfolio.profit_and_loss(account);
        clean(
            "profit_and_loss",
            &scene.drive("profit and loss", call).await??,
        )?;
    }
    for instrument in core::iter::once(&scene.equity).chain(&scene.world.others) {
        if broker.market_data().is_some() {
            let call = broker.quote_of(instrument);
            if let Ok(quote) = scene.drive("quote", call).await? {
                clean("quote", &quote)?;
                let one_below = [quote.bid, quote.ask, quote.last].into_iter().flatten();
                let sizes = [quote.bid_size, quote.ask_size, quote.volume];
                ensure!(
                    one_below.map(Price::get).all(|price| price != dec!(-1))
                        && sizes.iter().flatten().all(|size| *size >= Decimal::ZERO),
                    "a vendor's \"no value\" got through: {quote:?}"
                );
            }
        }
        // The largest order may be any number, so only the rest is looked at.
        let mut contract = (*scene.contract(instrument).await?).clone();
        contract.quantities.maximum = contract.quantities.minimum;
        contract.aliases.clear();
        clean("contract", &contract)?;
    }
    Ok(())
}
