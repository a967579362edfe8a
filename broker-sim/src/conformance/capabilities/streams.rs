//! Market data as it comes, one check per kind of feed.

use broker_core::{
    BrokerExt as _, ErrorKind,
    feed::FeedItem,
    model::{BarInterval, FeedKind, Instrument, Subscription},
};

use crate::conformance::{
    Harness,
    compare::expect_kind,
    outcome::{Verdict, ensure, fail, skip},
    p10_lines::next,
    scene::Scene,
};

async fn stream(
    harness: &dyn Harness,
    subscription: impl Fn(Instrument) -> Subscription,
    is_about: impl Fn(&FeedItem, &Instrument) -> Option<bool>,
) -> Verdict {
    let scene = Scene::open(harness).await?;
    let capabilities = scene.capabilities().await?;
    let subscription = subscription(scene.equity.clone());
    let kind: FeedKind = subscription.kind();
    let declared = capabilities
        .feeds
        .get()
        .is_some_and(|feeds| feeds.contains(&kind));
    if scene.broker.market_data().is_none() {
        ensure!(
            !declared,
            "{kind} are declared and there is no market data service"
        );
        skip!("the broker has no market data service");
    }
    let call = scene.broker.subscribe(&subscription);
    let answer = scene.drive("subscribe", call).await?;
    if !declared {
        return expect_kind("subscribe", answer, &[ErrorKind::Unsupported]);
    }
    let mut stream = answer?;
    let mut seen = 0;
    for _ in 0..20 {
        let item = next(&scene, &mut stream).await?;
        match is_about(&item, &scene.equity) {
            Some(true) => seen += 1,
            Some(false) => fail!("a line of {} brought {item:?}", scene.equity),
            None => {}
        }
        if seen == 2 {
            return Ok(());
        }
    }
    fail!("20 items of a {kind} line had {seen} of {kind}")
}

pub(in crate::conformance) async fn c_stream_quotes(harness: &dyn Harness) -> Verdict {
    let subscription = |instrument| Subscription::Quotes { instrument };
    stream(harness, subscription, |item, instrument| match item {
        FeedItem::Quote(quote) => Some(quote.instrument == *instrument),
        FeedItem::Gap(_) => None,
        _ => Some(false),
    })
    .await
}

pub(in crate::conformance) async fn c_stream_depth(harness: &dyn Harness) -> Verdict {
    let subscription = |instrument| Subscription::Depth {
        instrument,
        levels: 5,
    };
    stream(harness, subscription, |item, instrument| match item {
        FeedItem::Depth(depth) => Some(depth.instrument == *instrument && depth.bids.len() <= 5),
        FeedItem::Gap(_) => None,
        _ => Some(false),
    })
    .await
}

pub(in crate::conformance) async fn c_stream_trades(harness: &dyn Harness) -> Verdict {
    let subscription = |instrument| Subscription::Trades { instrument };
    stream(harness, subscription, |item, instrument| match item {
        FeedItem::Trade(trade) => Some(trade.instrument == *instrument),
        FeedItem::Gap(_) => None,
        _ => Some(false),
    })
    .await
}

pub(in crate::conformance) async fn c_stream_bars(harness: &dyn Harness) -> Verdict {
    let is_about = |item: &FeedItem, _: &Instrument| match item {
        FeedItem::Bar(bar) => Some(bar.low <= bar.high),
        FeedItem::Gap(_) => None,
        _ => Some(false),
    };
    // The shortest bars of some brokers are minutes; which are not streamed has to be said.
    let scene = Scene::open(harness).await?;
    let shortest = Subscription::Bars {
        instrument: scene.equity.clone(),
        interval: BarInterval::Second5,
    };
    let answer = scene
        .drive("subscribe", scene.broker.subscribe(&shortest))
        .await?;
    let interval = match answer {
        Err(error)
            if error.kind() == ErrorKind::Unsupported && error.field() == Some("interval") =>
        {
            BarInterval::Minute1
        }
        _ => BarInterval::Second5,
    };
    drop(scene);
    let subscription = |instrument| Subscription::Bars {
        instrument,
        interval,
    };
    stream(harness, subscription, is_about).await
}
