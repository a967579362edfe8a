//! Pushes, which are counted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tigeropen::{
    config::ClientConfig,
    push::{Callbacks, PushClient, PushClientOptions, SubjectType, connect},
};
use tokio::sync::Notify;

use crate::{Outcome, say, told};

#[derive(Default)]
struct Seen {
    quotes: AtomicU64,
    trades: AtomicU64,
    orders: AtomicU64,
    assets: AtomicU64,
    /// Pushes so far, and how many are waited for.
    all: AtomicU64,
    wanted: AtomicU64,
    there: Notify,
}

impl Seen {
    /// Counts one, of which so many events were made.
    fn count(&self, kind: &AtomicU64, events: u64) {
        kind.fetch_add(events, Ordering::Relaxed);
        let all = self.all.fetch_add(1, Ordering::SeqCst) + 1;
        if all == self.wanted.load(Ordering::SeqCst) {
            self.there.notify_one();
        }
    }
}

/// Where pushes come from, which the crate does not read from the settings.
fn address(folder: &str) -> Outcome<String> {
    let text = std::fs::read_to_string(format!("{folder}/tiger_openapi_config.properties"))?;
    let mut lines = text.lines();
    let value = lines.find_map(|line| line.strip_prefix("socket_host_port=ssl,"));
    Ok(value.ok_or("no address for pushes")?.replace(',', ":"))
}

pub(crate) async fn listen(folder: &str, config: ClientConfig) -> Outcome {
    let account = config.account.clone();
    let options = PushClientOptions {
        push_url: Some(address(folder)?),
        auto_reconnect: Some(false),
        ..PushClientOptions::default()
    };
    let client = Arc::new(PushClient::new(config, Some(options)));
    let seen = Arc::new(Seen::default());
    let [quotes, trades, orders, assets] = [(); 4].map(|()| Arc::clone(&seen));
    client.set_callbacks(Callbacks {
        on_quote: Some(Arc::new(move |_| quotes.count(&quotes.quotes, 1))),
        on_tick: Some(Arc::new(move |tick| {
            let count = u64::try_from(tick.ticks.len()).unwrap_or_default();
            trades.count(&trades.trades, count);
        })),
        on_order: Some(Arc::new(move |_| orders.count(&orders.orders, 1))),
        on_asset: Some(Arc::new(move |_| assets.count(&assets.assets, 1))),
        on_error: Some(Arc::new(|why| eprintln!("{why}"))),
        ..Callbacks::default()
    });
    connect(&client).await?;
    // The flood brings the same whatever is asked for.
    for subject in [SubjectType::Quote, SubjectType::Tick] {
        client.subscribe(&subject, Some("AAPL"), None, None);
    }
    for subject in [SubjectType::Order, SubjectType::Asset] {
        client.subscribe(&subject, None, Some(&account), None);
    }
    say("ready", &[])?;
    while let Some((_, total, _)) = told().await? {
        seen.wanted.store(total, Ordering::SeqCst);
        while seen.all.load(Ordering::SeqCst) < total {
            // Whoever counted it before it was wanted has not told.
            let _late = tokio::time::timeout(Duration::from_millis(100), seen.there.notified());
            let _late = _late.await;
        }
        let now = [&seen.quotes, &seen.trades, &seen.orders, &seen.assets];
        say("done", &now.map(|count| count.load(Ordering::SeqCst)))?;
    }
    Ok(())
}
