//! P6, values: increments, quantities and identifiers are checked before anything is sent.

use broker_core::{
    ErrorKind, dec,
    model::{
        ClientOrderId, Instrument, NewOrder, OrderAmount, OrderType, Price, Quantity, Side,
        TrailingOffset,
    },
};
use rust_decimal::Decimal;

use super::{
    Harness,
    compare::expect_kind,
    outcome::{Verdict, ensure, fail, skip},
    scene::Scene,
};

/// Makes sure that an order is refused as wrong and that nothing reaches the broker.
async fn wrong(scene: &Scene, what: &str, order: &NewOrder) -> Verdict {
    let before = scene.truth().await.commands;
    let answer = scene.submit(order).await?;
    scene.settle().await;
    let truth = scene.truth().await;
    ensure!(
        truth.orders_of(&order.client_order_id).is_empty(),
        "{what}: the order is at the broker"
    );
    ensure!(truth.commands == before, "{what}: it was sent");
    expect_kind(what, answer, &[ErrorKind::InvalidRequest])
}

pub(super) async fn p6_1_off_tick(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let mut order = scene.resting(1).await?;
    let Some(price) = order.order_type.limit_price() else {
        fail!("a limit order without a price");
    };
    let ticks = scene.contract(&scene.equity).await?.ticks.clone();
    let off = price.get() + ticks.increment(price) / dec!(10);
    order.order_type = OrderType::Limit {
        price: Price::new(off)?,
    };
    wrong(&scene, "a price off the increment", &order).await
}

pub(super) async fn p6_2_off_lot(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let mut order = scene.resting(1).await?;
    let rule = scene.contract(&scene.equity).await?.quantities;
    let off = rule.minimum.get() + rule.step.get() / dec!(10);
    let Ok(quantity) = Quantity::new(off) else {
        skip!("every quantity can be traded");
    };
    order.amount = OrderAmount::Quantity(quantity);
    let before = scene.truth().await.commands;
    let answer = scene.submit(&order).await?;
    let truth = scene.truth().await;
    ensure!(
        truth.orders_of(&order.client_order_id).is_empty() && truth.commands == before,
        "a quantity off the lot was sent"
    );
    // Where fractions are not offered at all, that is the reason given.
    let kinds = [ErrorKind::InvalidRequest, ErrorKind::Unsupported];
    expect_kind("a quantity off the lot", answer, &kinds)
}

pub(super) async fn p6_3_too_much(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let mut order = scene.resting(1).await?;
    let rule = scene.contract(&scene.equity).await?.quantities;
    let Ok(quantity) = Quantity::new(rule.maximum.get() + rule.step.get()) else {
        skip!("every quantity can be traded");
    };
    order.amount = OrderAmount::Quantity(quantity);
    wrong(&scene, "a quantity above the maximum", &order).await
}

pub(super) async fn p6_4_zero_through_json(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.resting(1).await?;
    let Ok(mut json) = serde_json::to_value(&order) else {
        fail!("an order has no JSON form");
    };
    for zero in ["0", "0.000", "-1"] {
        if let Some(amount) = json.get_mut("amount") {
            *amount = serde_json::json!({ "quantity": zero });
        }
        ensure!(
            NewOrder::deserialize_from(&json).is_err(),
            "an order for a quantity of {zero} could be read"
        );
    }
    Ok(())
}

/// Reads an order from JSON; a name for the one line that it is.
trait DeserializeFrom: Sized {
    fn deserialize_from(json: &serde_json::Value) -> Result<Self, serde_json::Error>;
}
impl DeserializeFrom for NewOrder {
    fn deserialize_from(json: &serde_json::Value) -> Result<Self, serde_json::Error> {
        serde_json::from_value(json.clone())
    }
}

pub(super) async fn p6_5_a_long_identifier(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let most = usize::from(scene.capabilities().await?.max_client_order_id);
    let Ok(id) = ClientOrderId::new("x".repeat(most + 1)) else {
        skip!("every identifier fits");
    };
    let mut order = scene.resting(1).await?;
    order.client_order_id = id;
    wrong(&scene, "an identifier that the broker would cut", &order).await
}

pub(super) async fn p6_6_values_that_make_no_sense(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    for offset in [
        TrailingOffset::Amount(Decimal::ZERO),
        TrailingOffset::Amount(Decimal::NEGATIVE_ONE),
        TrailingOffset::Percent(Decimal::ONE_HUNDRED),
    ] {
        let mut order = scene.order_in(&scene.equity, Side::Sell, 1).await?;
        let trigger = None;
        order.order_type = OrderType::TrailingStop { offset, trigger };
        wrong(&scene, "a trailing distance that makes no sense", &order).await?;
    }
    Ok(())
}

/// Makes sure that an instrument is refused, whatever the reason, before anything is sent.
async fn refused_instrument(scene: &Scene, instrument: &Instrument) -> Verdict {
    let mut order = scene.resting(1).await?;
    order.instrument = instrument.clone();
    order.order_type = OrderType::Limit {
        price: Price::new(dec!(1))?,
    };
    let before = scene.truth().await.commands;
    let answer = scene.submit(&order).await?;
    let truth = scene.truth().await;
    ensure!(
        truth.orders_of(&order.client_order_id).is_empty() && truth.commands == before,
        "an order for {instrument} was sent"
    );
    let kinds = [
        ErrorKind::InvalidRequest,
        ErrorKind::Unsupported,
        ErrorKind::NotFound,
    ];
    expect_kind("an instrument that cannot be traded", answer, &kinds)
}

pub(super) async fn p6_7_an_expired_instrument(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let Some(expired) = scene.world.expired.clone() else {
        skip!("the world has no expired instrument");
    };
    refused_instrument(&scene, &expired).await
}

pub(super) async fn p6_8_an_instrument_that_is_not_there(harness: &dyn Harness) -> Verdict {
    use broker_core::model::{Currency, Mic};
    let scene = Scene::trading(harness).await?;
    let symbol = scene.world.unknown_symbol.clone();
    let nothing = Instrument::equity(&symbol, Mic::XNAS, Currency::USD)?;
    refused_instrument(&scene, &nothing).await?;
    let index = Instrument::index("CONF", Mic::XCBO, Currency::USD)?;
    refused_instrument(&scene, &index).await
}
