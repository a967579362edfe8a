//! P10: one line per subscription, kept over a reconnect, released on the last drop.

use broker_core::{
    BrokerExt as _,
    feed::{FeedItem, FeedStream},
    model::{FeedKind, Subscription},
};
use chrono::TimeDelta;

use super::{
    Harness,
    outcome::{Verdict, ensure, fail, skip},
    p07_sequence::reconnect,
    scene::Scene,
};

/// A scene whose broker streams quotes of the share and whose server counts lines.
async fn streaming(harness: &dyn Harness) -> Verdict<(Scene, Subscription)> {
    let scene = Scene::open(harness).await?;
    let capabilities = scene.capabilities().await?;
    let feeds = capabilities.feeds.get();
    if !feeds.is_some_and(|feeds| feeds.contains(&FeedKind::Quotes)) {
        skip!("quotes cannot be subscribed to");
    }
    if scene.rig.upstream_lines().is_none() {
        skip!("the server of this rig does not count its lines");
    }
    let instrument = scene.equity.clone();
    Ok((scene, Subscription::Quotes { instrument }))
}

async fn lines(scene: &Scene, expected: usize, when: &str) -> Verdict {
    let seen = async || (scene.rig.upstream_lines() == Some(expected)).then_some(());
    if scene.until("lines", 10, seen).await.is_err() {
        let open = scene.rig.upstream_lines();
        fail!("{when} the server counts {open:?} lines instead of {expected}");
    }
    Ok(())
}

async fn readers(
    scene: &Scene,
    subscription: &Subscription,
    count: usize,
) -> Verdict<Vec<FeedStream>> {
    let mut streams = Vec::new();
    for _ in 0..count {
        let call = scene.broker.subscribe(subscription);
        streams.push(scene.drive("subscribe", call).await??);
    }
    Ok(streams)
}

pub(super) async fn p10_1_many_readers_one_line(harness: &dyn Harness) -> Verdict {
    let (scene, subscription) = streaming(harness).await?;
    lines(&scene, 0, "at first").await?;
    let mut streams = readers(&scene, &subscription, 5).await?;
    lines(&scene, 1, "with five readers").await?;
    streams.pop();
    lines(&scene, 1, "with four readers").await?;
    streams.clear();
    lines(&scene, 0, "without readers").await
}

pub(super) async fn p10_2_readers_at_once(harness: &dyn Harness) -> Verdict {
    let (scene, subscription) = streaming(harness).await?;
    let calls = (0..16).map(|_| scene.broker.subscribe(&subscription));
    let all = futures_util::future::join_all(calls);
    let mut streams = Vec::new();
    for stream in scene.drive("subscribe", all).await? {
        streams.push(stream?);
    }
    lines(&scene, 1, "with 16 readers that came at once").await?;
    drop(streams);
    lines(&scene, 0, "without readers").await
}

/// The next item, while time passes in the world.
pub(super) async fn next(scene: &Scene, stream: &mut FeedStream) -> Verdict<FeedItem> {
    match scene
        .drive("the next item of a line", stream.next())
        .await?
    {
        Some(FeedItem::Failed(error)) => fail!("the line failed: {error}"),
        Some(item) => Ok(item),
        None => fail!("the line ended"),
    }
}

pub(super) async fn p10_3_a_line_survives_a_reconnect(harness: &dyn Harness) -> Verdict {
    let (scene, subscription) = streaming(harness).await?;
    let mut streams = readers(&scene, &subscription, 2).await?;
    for stream in &mut streams {
        next(&scene, stream).await?;
    }
    reconnect(&scene).await?;
    scene.advance(TimeDelta::seconds(5)).await;
    lines(&scene, 1, "after a reconnect").await?;
    for stream in &mut streams {
        let mut gap = false;
        for _ in 0..50 {
            match next(&scene, stream).await? {
                FeedItem::Gap(_) => gap = true,
                _ if gap => break,
                _ => {}
            }
        }
        ensure!(gap, "a line was opened again and its reader was not told");
    }
    drop(streams);
    lines(&scene, 0, "without readers").await
}

pub(super) async fn p10_4_a_line_that_fails_leaves_nothing(harness: &dyn Harness) -> Verdict {
    use broker_core::model::{Currency, Instrument, Mic};
    let (scene, _) = streaming(harness).await?;
    let symbol = scene.world.unknown_symbol.clone();
    let instrument = Instrument::equity(&symbol, Mic::XNAS, Currency::USD)?;
    let nothing = Subscription::Quotes { instrument };
    let call = scene.broker.subscribe(&nothing);
    match scene.drive("subscribe", call).await? {
        Err(_) => {}
        Ok(mut stream) => match scene.drive("the next item", stream.next()).await? {
            Some(FeedItem::Failed(_)) | None => {}
            Some(item) => fail!("quotes of an instrument that is not there: {item:?}"),
        },
    }
    lines(&scene, 0, "after a subscription that failed").await
}
