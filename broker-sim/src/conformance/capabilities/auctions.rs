//! The order types and lifetimes that trade in an auction.

use broker_core::model::{
    Instrument, NewOrder, OrderStatus, OrderType, OrderTypeKind, Side, TimeInForceKind,
};

use super::{
    gate::{declared, lasting, rests, wait_for_end},
    order_types::within_limit,
};
use crate::conformance::{
    Harness,
    outcome::{Verdict, fail},
    scene::Scene,
};

/// Not filled now, filled in the auction.
async fn in_the_auction(scene: &Scene, order: &NewOrder) -> Verdict {
    rests(scene, order).await?;
    match wait_for_end(scene, order).await? {
        OrderStatus::Filled => within_limit(scene, order).await,
        other => fail!("an order for an auction ended as {other}"),
    }
}

async fn auction(
    harness: &dyn Harness,
    make: impl AsyncFn(&Scene, &Instrument) -> Verdict<OrderType>,
) -> Verdict {
    match declared(harness, Side::Buy, make).await? {
        Some((scene, order)) => in_the_auction(&scene, &order).await,
        None => Ok(()),
    }
}

/// A limit that the auction will not miss.
async fn generous(scene: &Scene, instrument: &Instrument) -> Verdict<broker_core::model::Price> {
    let market = scene.market(instrument).await?;
    scene.price(instrument, market.ask, 25).await
}

pub(in crate::conformance) async fn c_market_on_open(harness: &dyn Harness) -> Verdict {
    auction(harness, async |_, _| Ok(OrderType::MarketOnOpen)).await
}
pub(in crate::conformance) async fn c_limit_on_open(harness: &dyn Harness) -> Verdict {
    let make = async |scene: &Scene, instrument: &Instrument| {
        let price = generous(scene, instrument).await?;
        Ok(OrderType::LimitOnOpen { price })
    };
    auction(harness, make).await
}
pub(in crate::conformance) async fn c_market_on_close(harness: &dyn Harness) -> Verdict {
    auction(harness, async |_, _| Ok(OrderType::MarketOnClose)).await
}
pub(in crate::conformance) async fn c_limit_on_close(harness: &dyn Harness) -> Verdict {
    let make = async |scene: &Scene, instrument: &Instrument| {
        let price = generous(scene, instrument).await?;
        Ok(OrderType::LimitOnClose { price })
    };
    auction(harness, make).await
}
pub(in crate::conformance) async fn c_auction(harness: &dyn Harness) -> Verdict {
    auction(harness, async |_, _| Ok(OrderType::Auction)).await
}
pub(in crate::conformance) async fn c_auction_limit(harness: &dyn Harness) -> Verdict {
    let make = async |scene: &Scene, instrument: &Instrument| {
        let price = generous(scene, instrument).await?;
        Ok(OrderType::AuctionLimit { price })
    };
    auction(harness, make).await
}

async fn lifetime(harness: &dyn Harness, time: TimeInForceKind) -> Verdict {
    let kinds = [OrderTypeKind::Market, OrderTypeKind::Limit];
    let Some((scene, mut order)) = lasting(harness, time, &kinds).await? else {
        return Ok(());
    };
    if let OrderType::Limit { price } = &mut order.order_type {
        *price = generous(&scene, &order.instrument).await?;
    }
    in_the_auction(&scene, &order).await
}

pub(in crate::conformance) async fn c_opg(harness: &dyn Harness) -> Verdict {
    lifetime(harness, TimeInForceKind::Opg).await
}
pub(in crate::conformance) async fn c_at_close(harness: &dyn Harness) -> Verdict {
    lifetime(harness, TimeInForceKind::AtClose).await
}
