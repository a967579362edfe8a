//! Market data on request, and history.

use broker_core::{
    ErrorKind,
    model::{BarInterval, BarQuery, Currency, Instrument, Mic},
};
use chrono::TimeDelta;

use crate::conformance::{
    Harness,
    compare::expect_kind,
    outcome::{Verdict, ensure, fail, skip},
    scene::Scene,
};

pub(in crate::conformance) async fn c_quotes(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let Some(data) = scene.broker.market_data() else {
        skip!("the broker has no market data service");
    };
    let nothing = Instrument::equity(&scene.world.unknown_symbol, Mic::XNAS, Currency::USD)?;
    let asked = [scene.equity.clone(), nothing];
    let call = data.quotes(&asked);
    let answers = scene.drive("quotes", call).await??;
    let [Ok(quote), Err(error)] = &answers[..] else {
        fail!("a good and a bad instrument were answered with {answers:?}");
    };
    ensure!(
        error.kind() == ErrorKind::NotFound,
        "an instrument that is not there came as {}",
        error.kind()
    );
    ensure!(
        quote.instrument == scene.equity,
        "a quote of {}",
        quote.instrument
    );
    ensure!(
        quote.bid.zip(quote.ask).is_none_or(|(bid, ask)| bid <= ask),
        "a crossed quote: {quote:?}"
    );
    if quote.delayed {
        return Ok(());
    }
    let market = scene.market(&scene.equity).await?;
    ensure!(
        quote.bid == Some(market.bid) && quote.ask == Some(market.ask),
        "quoted {:?} to {:?}, really {} to {}",
        quote.bid,
        quote.ask,
        market.bid,
        market.ask
    );
    Ok(())
}

pub(in crate::conformance) async fn c_depth(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let Some(data) = scene.broker.market_data() else {
        skip!("the broker has no market data service");
    };
    let call = data.depth(&scene.equity, 5);
    let depth = match scene.drive("depth", call).await? {
        Err(error) if error.kind() == ErrorKind::Unsupported => skip!("no depth: {error}"),
        answer => answer?,
    };
    ensure!(
        depth.bids.len() <= 5 && depth.asks.len() <= 5,
        "five levels were asked for, {} and {} came",
        depth.bids.len(),
        depth.asks.len()
    );
    ensure!(
        depth
            .bids
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a.price > b.price))
            && depth
                .asks
                .windows(2)
                .all(|pair| matches!(pair, [a, b] if a.price < b.price)),
        "the levels are not sorted from the best: {depth:?}"
    );
    let market = scene.market(&scene.equity).await?;
    let best = depth.bids.first().map(|level| level.price);
    ensure!(
        best == Some(market.bid),
        "the best bid is {best:?}, really {}",
        market.bid
    );
    Ok(())
}

pub(in crate::conformance) async fn c_trades(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let Some(data) = scene.broker.market_data() else {
        skip!("the broker has no market data service");
    };
    scene.advance(TimeDelta::minutes(5)).await;
    let call = data.trades(&scene.equity, 10);
    let trades = match scene.drive("trades", call).await? {
        Err(error) if error.kind() == ErrorKind::Unsupported => skip!("no trades: {error}"),
        answer => answer?,
    };
    ensure!(
        trades.len() <= 10,
        "ten trades were asked for, {} came",
        trades.len()
    );
    ensure!(
        trades
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a.time <= b.time)),
        "the trades are not sorted from the oldest"
    );
    ensure!(
        trades.iter().all(|trade| trade.instrument == scene.equity),
        "a trade in another instrument"
    );
    Ok(())
}

pub(in crate::conformance) async fn c_history(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let capabilities = scene.capabilities().await?;
    let mut query = BarQuery::new(scene.equity.clone(), BarInterval::Minute1);
    query.limit = 30;
    let Some(data) = scene.broker.market_data() else {
        ensure!(
            capabilities.history.get().is_none(),
            "history is declared and there is no market data service"
        );
        skip!("the broker has no market data service");
    };
    let answer = scene.drive("bars", data.bars(&query)).await?;
    if capabilities.history.get().is_none() {
        return expect_kind("bars", answer, &[ErrorKind::Unsupported]);
    }
    let bars = answer?;
    ensure!(
        !bars.is_empty() && bars.len() <= 30,
        "30 bars were asked for, {} came",
        bars.len()
    );
    for bar in &bars {
        ensure!(
            bar.low <= bar.open.min(bar.close) && bar.high >= bar.open.max(bar.close),
            "an impossible bar: {bar:?}"
        );
    }
    ensure!(
        bars.windows(2)
            .all(|pair| matches!(pair, [a, b] if a.start < b.start)),
        "the bars are not sorted from the oldest"
    );
    query.limit = 0;
    let answer = scene.drive("bars", data.bars(&query)).await?;
    expect_kind(
        "bars with a limit of 0",
        answer,
        &[ErrorKind::InvalidRequest],
    )?;
    query.limit = BarQuery::MAX_LIMIT + 1;
    let answer = scene.drive("bars", data.bars(&query)).await?;
    expect_kind(
        "bars with a limit of 5001",
        answer,
        &[ErrorKind::InvalidRequest],
    )
}
