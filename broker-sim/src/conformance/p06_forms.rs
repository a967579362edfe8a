//! P6, forms: `check(order).is_ok()` if and only if the broker takes the form.
//!
//! Every class that the world trades × every order type × every time in force × every session.

use broker_core::{
    ErrorKind,
    model::{
        Algo, AlgoStrategy, Instrument, NewOrder, OrderStatus, OrderType, OrderTypeKind, Price,
        Side, TimeInForce, TimeInForceKind, TradingSession, TrailingOffset,
    },
};
use chrono::TimeDelta;

use super::{
    Harness, Market,
    outcome::{Verdict, ensure, fail, skip},
    scene::Scene,
};

/// An order type of a kind to buy that does not trade at once where it need not.
pub(super) async fn far_type(
    scene: &Scene,
    instrument: &Instrument,
    market: Market,
    kind: OrderTypeKind,
) -> Verdict<OrderType> {
    let below = scene.price(instrument, market.bid, -25).await?;
    let nearer = scene.price(instrument, market.bid, -24).await?;
    let above = scene.price(instrument, market.ask, 25).await?;
    let higher = scene.price(instrument, market.ask, 26).await?;
    let contract = scene.contract(instrument).await?;
    let tick = contract.ticks.increment(market.bid);
    let distance = Price::new((market.bid.get().abs() / broker_core::dec!(5)).round_dp(8))?;
    let distance = contract.ticks.snap(distance, Side::Sell).get().max(tick);
    let offset = TrailingOffset::Amount(distance);
    let trigger = None;
    Ok(match kind {
        OrderTypeKind::Market => OrderType::Market,
        OrderTypeKind::Limit => OrderType::Limit { price: below },
        OrderTypeKind::Stop => OrderType::Stop { trigger: above },
        OrderTypeKind::StopLimit => OrderType::StopLimit {
            trigger: above,
            price: higher,
        },
        OrderTypeKind::TrailingStop => OrderType::TrailingStop { offset, trigger },
        OrderTypeKind::TrailingStopLimit => OrderType::TrailingStopLimit {
            offset,
            limit_offset: tick,
            trigger,
        },
        OrderTypeKind::MarketOnOpen => OrderType::MarketOnOpen,
        OrderTypeKind::LimitOnOpen => OrderType::LimitOnOpen { price: below },
        OrderTypeKind::MarketOnClose => OrderType::MarketOnClose,
        OrderTypeKind::LimitOnClose => OrderType::LimitOnClose { price: below },
        OrderTypeKind::MarketIfTouched => OrderType::MarketIfTouched { trigger: below },
        OrderTypeKind::LimitIfTouched => OrderType::LimitIfTouched {
            trigger: below,
            price: nearer,
        },
        OrderTypeKind::MarketToLimit => OrderType::MarketToLimit,
        OrderTypeKind::Auction => OrderType::Auction,
        OrderTypeKind::AuctionLimit => OrderType::AuctionLimit { price: below },
        OrderTypeKind::Twap => OrderType::Algo(Algo::new(AlgoStrategy::Twap)),
        OrderTypeKind::Vwap => OrderType::Algo(Algo::new(AlgoStrategy::Vwap)),
        other => fail!("no check knows the order type {other}"),
    })
}

/// A lifetime of a kind; a date is an hour ahead.
pub(super) fn lifetime(scene: &Scene, kind: TimeInForceKind) -> Verdict<TimeInForce> {
    Ok(match kind {
        TimeInForceKind::Day => TimeInForce::Day,
        TimeInForceKind::Gtc => TimeInForce::Gtc,
        TimeInForceKind::Gtd => {
            TimeInForce::Gtd(scene.broker.desk().clock().now() + TimeDelta::hours(1))
        }
        TimeInForceKind::Ioc => TimeInForce::Ioc,
        TimeInForceKind::Fok => TimeInForce::Fok,
        TimeInForceKind::Opg => TimeInForce::Opg,
        TimeInForceKind::AtClose => TimeInForce::AtClose,
        other => fail!("no check knows the lifetime {other}"),
    })
}

/// Every form of order in one instrument.
async fn forms(scene: &Scene, instrument: &Instrument) -> Verdict<Vec<NewOrder>> {
    let Some(market) = scene.rig.market(instrument).await else {
        return Ok(Vec::new());
    };
    let sample = scene.order_in(instrument, Side::Buy, 1).await?;
    let mut all = Vec::new();
    for kind in OrderTypeKind::ALL {
        let order_type = far_type(scene, instrument, market, *kind).await?;
        for time_in_force in TimeInForceKind::ALL {
            for session in TradingSession::ALL {
                let mut order = sample.clone();
                order.client_order_id = scene.fresh_id().await?;
                order.order_type = order_type.clone();
                order.time_in_force = lifetime(scene, *time_in_force)?;
                order.session = *session;
                all.push(order);
            }
        }
    }
    Ok(all)
}

fn form(order: &NewOrder) -> String {
    let (class, kind) = (order.instrument.asset_class(), order.order_type.kind());
    let (time, session) = (order.time_in_force.kind(), order.session);
    format!("{class} × {kind} × {time} × {session}")
}

/// Makes a check over every form of every instrument, each instrument in a fresh world.
async fn each_form(
    harness: &dyn Harness,
    mut check: impl AsyncFnMut(&Scene, &NewOrder) -> Verdict,
) -> Verdict {
    let world = Scene::trading(harness).await?.world;
    for instrument in core::iter::once(&world.equity).chain(&world.others) {
        let scene = Scene::trading(harness).await?;
        for order in forms(&scene, instrument).await? {
            check(&scene, &order).await?;
        }
    }
    Ok(())
}

pub(super) async fn p6_20_declared_forms_are_taken(harness: &dyn Harness) -> Verdict {
    let mut taken = 0_u32;
    each_form(harness, async |scene, order| {
        if scene.capabilities().await?.check(order).is_err() {
            return Ok(());
        }
        taken += 1;
        let mut answer = scene.submit(order).await?;
        while let Err(error) = &answer
            && error.kind() == ErrorKind::RateLimited
        {
            scene.advance(TimeDelta::seconds(1)).await;
            answer = scene.submit(order).await?;
        }
        if let Err(error) = answer {
            let about_form = !matches!(
                error.kind(),
                ErrorKind::MarketClosed | ErrorKind::InsufficientFunds
            );
            ensure!(
                !about_form,
                "{} is declared and refused: {error}",
                form(order)
            );
            return Ok(());
        }
        scene.settle().await;
        if let Some(known) = scene.order(&order.client_order_id)
            && known.status == OrderStatus::Rejected
        {
            fail!(
                "{} is declared and refused: {:?}",
                form(order),
                known.reason
            );
        }
        Ok(())
    })
    .await?;
    if taken == 0 {
        skip!("no form of order is declared");
    }
    Ok(())
}

pub(super) async fn p6_21_other_forms_never_leave(harness: &dyn Harness) -> Verdict {
    each_form(harness, async |scene, order| {
        if scene.capabilities().await?.check(order).is_ok() {
            return Ok(());
        }
        let before = scene.truth().await.commands;
        match scene.submit(order).await? {
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                ensure!(
                    error.field().is_some(),
                    "{}: no field is named",
                    form(order)
                );
            }
            other => fail!("{} is not declared, and submit says {other:?}", form(order)),
        }
        let truth = scene.truth().await;
        ensure!(
            truth.commands == before && truth.orders_of(&order.client_order_id).is_empty(),
            "{} is not declared and was sent",
            form(order)
        );
        Ok(())
    })
    .await
}

pub(super) async fn p6_22_other_forms_are_refused_by_the_broker(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    if scene.capabilities().await?.preview.get().is_none() {
        skip!("without previews the broker cannot be asked");
    }
    each_form(harness, async |scene, order| {
        let Some(trading) = scene.broker.trading() else {
            return Ok(());
        };
        let declared = scene.capabilities().await?.check(order).is_ok();
        let answer = scene.drive("preview", trading.preview(order)).await?;
        match answer {
            Ok(preview) if preview.accepted && !declared => {
                fail!(
                    "{} is not declared, and the broker would take it",
                    form(order)
                );
            }
            Err(error) if declared && error.kind() == ErrorKind::Unsupported => {
                fail!("{} is declared, and the preview says {error}", form(order));
            }
            _ => Ok(()),
        }
    })
    .await
}
